const axios = require('axios');
const [baseUrl, token] = process.argv.slice(2);
const url = `${baseUrl}/users/logout`;
const config = {
  headers: {
    Authorization: token
  }
};

axios.post(url, null, config).then(response => {
  console.log(response.data);
}).catch(error => {
  console.error(error);
});

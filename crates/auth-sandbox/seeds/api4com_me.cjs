const axios = require('axios');
const [baseUrl, token] = process.argv.slice(2);
const url = `${baseUrl}/users/me`;
const config = {
  headers: {
    Authorization: token
  }
};
axios.get(url, config).then(response => {
  console.log(response.data);
}).catch(error => {
  console.error(error);
});

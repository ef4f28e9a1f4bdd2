const axios = require('axios');
const [baseUrl, token] = process.argv.slice(2);
const url = `${baseUrl}/users/accessTokens`;
const data = {
  ttl: 2592000
};
const config = {
  headers: {
    Authorization: token
  }
};

axios.post(url, data, config).then(response => {
  console.log(response.data);
}).catch(error => {
  console.error(error);
});

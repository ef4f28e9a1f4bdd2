const axios = require('axios');
const [baseUrl, email, password] = process.argv.slice(2);
const url = `${baseUrl}/users/login`;

const data = {
  email,
  password
};

axios.post(url, data).then(response => {
  console.log(response.data);
}).catch(error => {
  console.error(error);
});

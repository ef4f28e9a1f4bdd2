const [baseUrl] = process.argv.slice(2);

let token = null;
let tokenExpiry = null;

async function getValidToken() {
  // Se não tem token ou expirou, fazer login
  if (!token || Date.now() > tokenExpiry) {
    const response = await fetch(`${baseUrl}/auth`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({
        email: process.env.EMAIL,
        password: process.env.PASSWORD
      })
    });
    
    const data = await response.json();
    token = data.response.token;
    tokenExpiry = Date.now() + (3600 * 1000); // 1 hora
  }
  
  return token;
}

// Usar em requisições
const validToken = await getValidToken();

const me = await fetch(`${baseUrl}/auth`, { headers: { Authorization: `Bearer ${validToken}` } });
console.log(me.status, await me.text());

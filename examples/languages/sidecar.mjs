// Lists Pontotel's users and creates a profile at xigsapi, through `authctl serve`: without a login, a token or a signature.

const pontotel = process.env.PONTOTEL ?? 'http://127.0.0.1:8700'
const xigsapi = process.env.XIGSAPI ?? 'http://127.0.0.1:8701'

/** @param {string} url @param {RequestInit} [init] */
async function json(url, init) {
  const answer = await fetch(url, init)
  if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`)
  return answer.json()
}

for (let url = `${pontotel}/usuarios/?page_size=2`; url; ) {
  const page = await json(url)
  for (const user of page.results) console.log(user.username)
  url = page.next
}

const profile = { email: 'ana@casa.example', description: 'Casa da Ana', profileType: 'demo' }
const created = await json(`${xigsapi}/v1/profile`, { method: 'POST', body: JSON.stringify(profile) })
console.log('created', created.data.profileId)

// Does the job of sidecar.mjs without a sidecar: asks `authctl` for a token whenever one is needed.

import { execFileSync } from 'node:child_process'

const pontotel = process.env.PONTOTEL_BASE_URL ?? 'https://apis.pontotel.com.br/pontotel/api/v4'

/** @param {string[]} args */
const authctl = (...args) => execFileSync('authctl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })

/** A request of a profile's account, sent again once if its token was revoked. @param {string} url */
async function authenticated(profile, url) {
  const send = () => {
    const [, authorization] = authctl('token', profile, '--format', 'header').trim().split(': ')
    return fetch(url, { headers: { authorization } })
  }
  let answer = await send()
  if (answer.status === 401) {
    authctl('invalidate', profile)
    answer = await send()
  }
  if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`)
  return answer.json()
}

for (let url = `${pontotel}/usuarios/?page_size=2`; url; ) {
  const page = await authenticated('pontotel', url)
  for (const user of page.results) console.log(user.username)
  url = page.next
}

// A signature belongs to one token, so `authctl` signs and sends in one step.
const profile = JSON.stringify({ email: 'ana@casa.example', description: 'Casa da Ana', profileType: 'demo' })
const created = JSON.parse(authctl('request', 'xigsapi', 'POST', '/v1/profile', '--sign', '--fail', '-d', profile))
console.log('created', created.data.profileId)

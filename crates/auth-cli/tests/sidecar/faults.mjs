// Plays every fault of faults.json through the sidecar with a plain client, Node's `http`.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import http from 'node:http'

const { SIDECAR, PROVIDER } = process.env
const faults = JSON.parse(readFileSync(new URL('faults.json', import.meta.url), 'utf8'))

/** The status, the headers, and the body or null if it broke off. */
const play = (number) =>
  new Promise((resolve, reject) => {
    const request = http.get(`http://${SIDECAR}/fault/${number}`, { agent: false }, (answer) => {
      const parts = []
      let length = 0
      const done = (whole) => resolve({ answer, body: whole ? Buffer.concat(parts) : null })
      answer.on('data', (part) => {
        parts.push(part)
        length += part.length
        if (faults[number].expect === 'endless' && length > 1 << 20) {
          done(true)
          answer.destroy()
        }
      })
      answer.on('end', () => done(true))
      answer.on('error', () => done(false))
    })
    request.on('error', reject)
  })

const count = async (number) => Number(await (await fetch(`http://${PROVIDER}/count/${number}`)).text())

for (const [number, fault] of faults.entries()) {
  const before = await count(number)
  const { answer, body } = await play(number)
  const name = `${fault.name}: ${answer.statusCode}, ${body?.subarray(0, 200)}`
  if (fault.expect === 'broken') assert.ok(answer.statusCode === 200 && body === null, name)
  else if (fault.expect === 'endless') assert.ok(answer.statusCode === 200 && body.length > 1 << 20, name)
  else assert.ok(answer.statusCode === fault.expect && body !== null, name)
  assert.equal(answer.headers.location, fault.local, name)
  if (fault.kind !== 'echo') assert.ok(!body?.includes('a-token-of'), name)
  assert.equal((await count(number)) - before, fault.requests, name)
}
console.log(`ok ${faults.length} faults with Node.js`)

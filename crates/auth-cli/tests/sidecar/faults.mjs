// Plays every fault of faults.json through the sidecar with a plain client, Node's `http`.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import http from 'node:http'

const { PROVIDER } = process.env
const sidecars = JSON.parse(process.env.SIDECARS)
const faults = JSON.parse(readFileSync(new URL('faults.json', import.meta.url), 'utf8'))

/** The status, the headers, and the body or null if it broke off. */
const play = (number) =>
  new Promise((resolve, reject) => {
    const sidecar = sidecars[`fault-${number}`] ?? sidecars.faults
    const request = http.get(`http://${sidecar}/fault/${number}`, { agent: false }, (answer) => {
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

const ask = async (path) => (await fetch(`http://${PROVIDER}/${path}`)).text()

for (const [number, fault] of faults.entries()) {
  const { expect, kind, place, status = 200 } = fault
  const hasPlace = place !== undefined && place !== 'unresolved'
  if (hasPlace) {
    assert.equal((await play(number)).answer.statusCode, 200, fault.name)
    await ask(`strike/${number}`)
  }
  const before = Number(await ask(`count/${number}`))
  const { answer, body } = await play(number)
  const name = `${fault.name}: ${answer.statusCode}, ${body?.subarray(0, 300)}`
  if (expect === 'broken') assert.ok(answer.statusCode === 200 && body === null, name)
  else if (expect === 'endless') assert.ok(answer.statusCode === status && body.length > 1 << 20, name)
  else assert.ok(answer.statusCode === expect && body !== null, name)
  if (place && expect > 500) assert.ok(JSON.parse(body).detail.includes(fault.detail), name)
  assert.equal(answer.headers.location, fault.local, name)
  if (kind !== 'echo') assert.ok(!body?.includes('a-token-of'), name)
  assert.equal(Number(await ask(`count/${number}`)) - before, fault.requests, name)
  if (hasPlace) {
    await ask(`mend/${number}`)
    assert.equal((await play(number)).answer.statusCode, place === 'locked' ? 503 : 200, fault.name)
  }
}
console.log(`ok ${faults.length} faults with Node.js`)

// Compares the example `sign` with what Node computes, document by document.
//
// usage: node differential.mjs --sign PATH [--count N] [--seed N]
//        node differential.mjs --vectors [--count N] [--seed N]   prints vectors, a line each
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { parseArgs } from 'node:util';
import CryptoJS from 'crypto-js';
import sortKeys from 'sort-keys';
import { dice, document } from './documents.mjs';

const KEYS = ['a1b2c3d4e5f60718293a4b5c6d7e8f90', 'chave não ASCII é 😂', 'k'.repeat(128), 'k'.repeat(129), 'x', 'z'.repeat(300)];

const { values: options } = parseArgs({
  options: {
    sign: { type: 'string' },
    count: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '3' },
    vectors: { type: 'boolean', default: false },
  },
});
const roll = dice(Number(options.seed));
const documents = Array.from({ length: Number(options.count) }, () => document(roll));

if (options.vectors) {
  documents.filter(({ text }) => text.length < 500)
    .forEach((each, i) => console.log(JSON.stringify(vector(each, KEYS[i % KEYS.length]))));
} else {
  await compare();
}

function canonical(text) {
  return JSON.stringify(sortKeys(JSON.parse(text), { deep: true }));
}

function vector({ text, refused }, key) {
  if (refused) return { text, refused };
  const expected = canonical(text);
  return { text, canonical: expected, key, signature: signature(expected, key) };
}

/** The signature, by two implementations that have to agree. */
function signature(text, key) {
  const native = createHmac('sha512', key).update(text).digest('hex');
  const script = CryptoJS.HmacSHA512(text, key).toString();
  if (native !== script) throw new Error(`node:crypto and crypto-js differ on ${text}`);
  return native;
}

async function compare() {
  const differences = [];
  const check = ({ text, refused }, got, expected, by) => {
    if (refused ? !got.startsWith('error: ') : got !== expected()) differences.push({ by, text, refused, got });
  };
  const texts = await run(['--canonical']);
  documents.forEach((each, i) => check(each, texts[i], () => canonical(each.text), 'text'));
  const raws = await run(['--canonical', '--from', 'raw']);
  documents.forEach((each, i) => check(each, raws[i], () => canonical(each.text), 'raw'));
  // A Value has neither equal keys nor the digits of a number, so a text that is refused for these may be signed as by
  // Node.
  const values = await run(['--canonical', '--from', 'value']);
  documents.forEach((each, i) => {
    const got = values[i];
    const is_lost = ['duplicate', 'number'].includes(each.refused) && !got.startsWith('error: ');
    check(is_lost ? { ...each, refused: null } : each, got, () => canonical(each.text), 'value');
  });
  for (const [k, key] of KEYS.entries()) {
    const signatures = await run(['--key', key]);
    for (let i = k; i < documents.length; i += KEYS.length) {
      check(documents[i], signatures[i], () => signature(canonical(documents[i].text), key), 'signature');
    }
  }
  const refused = documents.filter(({ refused }) => refused).length;
  differences.slice(0, 10).forEach(difference => console.error(JSON.stringify(difference, null, 1)));
  console.log(`${documents.length} documents as text, RawValue and Value: ${documents.length - refused} signed, ${refused} refused, ` +
    `${differences.length} differences`);
  process.exit(differences.length ? 1 : 0);
}

/** The lines that the example prints for all documents. */
async function run(args) {
  const child = spawn(options.sign, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const chunks = [];
  child.stdout.on('data', chunk => chunks.push(chunk));
  const ended = new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  for (const { text } of documents) {
    if (!child.stdin.write(text + '\n')) await new Promise(resolve => child.stdin.once('drain', resolve));
  }
  child.stdin.end();
  const code = await ended;
  const lines = Buffer.concat(chunks).toString().split('\n');
  if (lines.length !== documents.length + 1) throw new Error(`${lines.length - 1} answers to ${documents.length} documents`);
  const any = lines.some(line => line.startsWith('error: '));
  if (code !== Number(any)) throw new Error(`exit code ${code}, and ${any ? 'a line was' : 'no line was'} refused`);
  return lines;
}

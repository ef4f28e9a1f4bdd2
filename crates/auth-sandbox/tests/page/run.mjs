// Tests the page at `/` in a headless Chromium: one line `ok NAME` for each.
//
// usage: node run.mjs                     all tests
//        node run.mjs --picture FILE      only takes the picture of the page that the README shows
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { contrasts, controls } from './audit.mjs';
import { Browser } from './browser.mjs';

const MANIFEST = fileURLToPath(new URL('../../Cargo.toml', import.meta.url));
const { values: options } = parseArgs({ options: { picture: { type: 'string' } } });

// The sandboxes.

execFileSync('cargo', ['build', '--quiet', '--manifest-path', MANIFEST, '--bin', 'auth-sandbox'], { stdio: 'inherit' });
const metadata = execFileSync('cargo', ['metadata', '--format-version', '1', '--no-deps', '--manifest-path', MANIFEST],
  { encoding: 'utf8', maxBuffer: 1 << 26 });
const program = `${JSON.parse(metadata).target_directory}/debug/auth-sandbox`;

/** Starts a sandbox. Returns its line of JSON, with the page's URL and `stop`. */
async function start(...flags) {
  const child = spawn(program, ['--json', ...flags], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => { child.on('exit', resolve); });
  const { value: line } = await createInterface(child.stdout)[Symbol.asyncIterator]().next();
  const all = JSON.parse(line);
  const stop = async () => {
    child.kill();
    await ended;
  };
  started.push(stop);
  return { ...all, page: `${new URL(all.pontotel.base_url).origin}/`, stop };
}
const started = [];

/** Logs in at Pontotel. Returns the answer's status and body. */
async function login({ pontotel: { base_url: url, username, password } }) {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${url}/login/`, { method: 'POST', headers, body: JSON.stringify({ username, password }) });
  return { status: answer.status, body: await answer.json() };
}

/** Returns the status of a protected request. */
async function users({ pontotel: { base_url: url } }, token) {
  const answer = await fetch(`${url}/usuarios/`, { headers: { authorization: `Bearer ${token}` } });
  await answer.arrayBuffer();
  return answer.status;
}

async function control({ control_url: url }, method, path, body) {
  const answer = await fetch(`${url}/${path}`, { method, body: body && JSON.stringify(body) });
  return answer.status === 204 ? null : answer.json();
}

const browser = new Browser();

/** Runs a test with a page on a new sandbox, in English. The page must not complain. */
async function test(name, run, { flags = [], language = 'en' } = {}) {
  const sandbox = await start(...flags);
  const page = await browser.open(sandbox.page, { 'accept-language': language });
  try {
    await run(page, sandbox);
    assert.deepEqual(page.problems, []);
  } catch (error) {
    throw new Error(`FAILED ${name}`, { cause: error });
  } finally {
    await browser.send('Target.closeTarget', { targetId: page.targetId });
    await sandbox.stop();
  }
  console.log(`ok ${name}`);
}

async function tests() {
  await test('a revoked token is refused and the next login appears', async (page, sandbox) => {
    const { body } = await login(sandbox);
    await page.until(`document.querySelectorAll('#tokens tr').length === 1`);
    await page.shows('#tokens', '59 min');
    assert.equal(await users(sandbox, body.access_token), 200);
    await page.shows('#requests li:first-child', '/pontotel/api/v4/usuarios/');
    await page.tabTo('#tokens button');
    await page.press('Enter', 13);
    await page.shows('#said', 'Revoked');
    await page.until(`document.querySelectorAll('#tokens tr').length === 0`);
    assert.equal(await page.value('document.activeElement.id'), 'tokens-title');
    assert.equal(await users(sandbox, body.access_token), 401);
    assert.equal((await login(sandbox)).status, 200);
    await page.shows('#requests li:first-child', 'login');
    await page.shows('#requests li:nth-child(2)', '401');
    await page.until(`document.querySelectorAll('#tokens tr').length === 1`);
  });

  await test('a fault is counted down and gone when it is used up', async (page, sandbox) => {
    await page.type('#fault [name=times]', '2');
    await page.click('#fault button');
    await page.shows('#faults tr', 'error status: 503');
    await page.shows('#faults td:nth-child(3)', '2');
    assert.equal((await login(sandbox)).status, 503);
    await page.shows('#faults td:nth-child(3)', '1');
    await page.shows('#requests li:first-child', '503');
    await page.shows('#requests li:first-child .bad', 'error status');
    assert.equal((await login(sandbox)).status, 503);
    await page.shows('section:has(#faults)', 'No fault is set.');
    assert.equal((await login(sandbox)).status, 200);
  });

  await test('a script fails and recovers with a click each', async (page, sandbox) => {
    await page.click('#fault [name=always]');
    await page.click('#fault button');
    await page.shows('#faults', 'until removed, met 0');
    assert.equal((await login(sandbox)).status, 503);
    await page.shows('#faults', 'until removed, met 1');
    await page.click('#clear-faults');
    await page.shows('section:has(#faults)', 'No fault is set.');
    assert.equal((await login(sandbox)).status, 200);
  });

  await test('every kind of fault is set with its own fields', async (page, sandbox) => {
    const set = async (kind, shown) => {
      await page.choose('#fault [name=kind]', kind);
      await page.click('#fault button');
      await page.shows('#faults tr:last-child', shown);
    };
    await set('too_many_requests', '429, too many requests: 2');
    await set('unauthorized', '401 on a live token');
    await set('delay', 'delay: 5 s');
    await set('truncated', 'half of the answer');
    await set('body', 'another answer: 503');
    await set('close', 'closed connection');
    await page.choose('#fault [name=on]', '');
    await page.type('#fault [name=path]', 'usuarios/');
    await set('status', 'usuarios/');
    const set7 = await control(sandbox, 'GET', 'providers/pontotel/faults');
    assert.deepEqual(set7.map(({ kind }) => kind),
      ['too_many_requests', 'unauthorized', 'delay', 'truncated', 'body', 'close', 'status']);
    assert.equal(set7[4].content_type, 'application/json');
    await page.click('#faults tr:nth-child(3) button');
    await page.until(`document.querySelectorAll('#faults tr').length === 6`);
    assert.equal((await control(sandbox, 'GET', 'providers/pontotel/faults')).length, 6);
  });

  await test('wrong input is named and its field gets the focus', async (page) => {
    await page.type('#fault [name=times]', '4294967296');
    await page.click('#fault button');
    await page.shows('#said', 'send an integer from 1 to 4294967295');
    await page.until(`document.activeElement.matches('[name=times][aria-invalid=true]')`);
    page.problems = page.problems.filter((problem) => !problem.includes('400 (Bad Request)'));
  });

  await test('the lifetime holds for the next token and the clock ends it', async (page, sandbox) => {
    await page.type('#lifetime input', '90');
    await page.press('Enter', 13);
    await page.shows('#said', 'New tokens live 1 min 30 s');
    const { body } = await login(sandbox);
    assert.equal(body.expires_in, 90);
    await page.shows('#tokens', '1 min');
    await page.click('#hour');
    await page.shows('#now', '+1 h');
    await page.shows('section:has(#tokens)', 'No token is alive.');
    assert.equal(await users(sandbox, body.access_token), 401);
    await page.click('#real');
    await page.until(`!document.querySelector('#now').textContent.includes('+')`);
  });

  await test('each provider has its base URL and its credentials to copy', async (page, sandbox) => {
    const origin = sandbox.page.slice(0, -1);
    const permissions = ['clipboardReadWrite', 'clipboardSanitizedWrite'];
    await browser.send('Browser.grantPermissions', { origin, permissions });
    for (const provider of await control(sandbox, 'GET', 'providers')) {
      await page.click(`#providers a[href='#${provider.name}']`);
      await page.shows('#name', provider.name);
      const members = ['base_url', 'username', 'email', 'password', 'api_key', 'recovery_token'];
      for (const member of members.filter((member) => provider[member])) {
        await page.shows('#credentials', provider[member]);
      }
      await page.click('#credentials button');
      await page.shows('#said', 'Copied: Base URL');
      assert.equal(await page.value('navigator.clipboard.readText()'), provider.base_url);
      await page.click(`#credentials > :nth-child(3) button`);
      await page.shows('#said', 'Copied: Password');
      assert.equal(await page.value('navigator.clipboard.readText()'), provider.password);
      await page.shows('#accounts', provider.username ?? provider.email);
    }
    await page.value('delete Navigator.prototype.clipboard');
    await page.click('#credentials button');
    await page.shows('#said', 'Copied: Base URL');
  });

  await test('a new account and its tokens appear as text', async (page, sandbox) => {
    const username = '<img src=x>loja';
    await control(sandbox, 'POST', 'providers/pontotel/accounts', { username, secret: 'segredo' });
    await page.shows('#accounts', username);
    assert.equal(await page.value(`document.images.length`), 0);
    const { body } = await login({ pontotel: { ...sandbox.pontotel, username, password: 'segredo' } });
    await page.shows('#tokens', username);
    await page.click('#accounts tr:nth-child(2) button');
    await page.shows('section:has(#tokens)', 'No token is alive.');
    assert.equal(await users(sandbox, body.access_token), 401);
  });

  await test('a request shows its masked headers and bodies', async (page, sandbox) => {
    await login(sandbox);
    await page.click('#requests summary');
    await page.shows('#requests details', '"password":"***"');
    await page.shows('#requests details', 'content-type: application/json');
    const text = await page.value(`document.querySelector('#requests').innerText`);
    assert.ok(!text.includes(sandbox.pontotel.password));
  });

  await test('requests are filtered, paused and emptied', async (page, sandbox) => {
    await login(sandbox);
    await page.shows('#requests', '/login/');
    await page.click(`#providers a[href='#econpay']`);
    await page.click('#only');
    await page.until(`document.querySelector('#requests').innerText === ''`);
    await page.click('#only');
    await page.shows('#requests', '/login/');
    await page.click('#clear-log');
    await page.until(`document.querySelectorAll('#requests li').length === 0`);
    await page.click('#paused');
    await page.value('look()');
    await login(sandbox);
    await page.value(`(() => {
      const wait = setTimeout;
      window.waits = 0;
      window.setTimeout = (next) => wait(next, 10, window.waits += 1);
    })()`);
    await page.until('window.waits > 3');
    assert.equal(await page.value(`document.querySelectorAll('#requests li').length`), 0);
    await page.click('#paused');
    await page.shows('#requests', '/login/');
  });

  await test('the language follows the browser and the switch', async (page, sandbox) => {
    const texts = () => page.value(`[...document.querySelectorAll('[data-t]')].map((element) => element.textContent)`);
    assert.equal(await page.value('document.documentElement.lang'), 'pt-BR');
    await page.shows('section:has(#faults)', 'Nenhuma falha ativa.');
    await control(sandbox, 'POST', 'providers/pontotel/faults', { on: 'login', kind: 'status', status: 503 });
    await login(sandbox);
    await page.shows('#requests', 'status de erro');
    const portuguese = await texts();
    await page.choose('#language', 'en');
    await page.shows('section:has(#faults)', 'No fault is set.');
    await page.shows('#requests', 'error status');
    await page.shows('#credentials', 'Password');
    assert.equal(await page.value('document.documentElement.lang'), 'en');
    const english = await texts();
    assert.ok([...portuguese, ...english].every((text) => text));
    await page.go(sandbox.page);
    assert.equal(await page.value('document.documentElement.lang'), 'en');
  }, { language: 'pt-BR,pt;q=0.9,en;q=0.8' });

  await test('every control has a name of its own, and every text a contrast', async (page, sandbox) => {
    await fill(sandbox);
    await page.click('#requests summary');
    await page.shows('#requests details', 'content-type');
    await page.until(`document.querySelectorAll('#faults tr').length === 2`);
    await page.value(`document.querySelectorAll('#requests .new').forEach((item) => item.classList.remove('new'))`);
    const { nodes } = await page.send('Accessibility.getFullAXTree');
    assert.deepEqual(controls(nodes), []);
    const pages = [];
    for (const scheme of ['light', 'dark']) {
      await page.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] });
      assert.deepEqual(await page.value(`(${contrasts})()`), [], scheme);
      pages.push(await page.value('getComputedStyle(document.body).backgroundColor'));
    }
    assert.notEqual(pages[0], pages[1]);
    await page.send('Emulation.setDeviceMetricsOverride', { width: 320, height: 640, deviceScaleFactor: 1, mobile: false });
    assert.ok(await page.value('document.documentElement.scrollWidth <= 320'));
  });

  await test('only the page\'s own script runs', async (page) => {
    await assert.rejects(page.value(`document.body.innerHTML = '<b>x</b>'`), /TrustedHTML/);
    await assert.rejects(page.value(`document.body.setAttribute('onclick', 'x()')`), /TrustedScript/);
    await assert.rejects(page.value(`import('data:text/javascript,1')`));
    await assert.rejects(page.value(`fetch('http://127.0.0.1:9/')`));
    await page.value(`document.head.append(Object.assign(document.createElement('style'), { textContent: 'body { opacity: 0 }' }))`);
    assert.equal(await page.value('getComputedStyle(document.body).opacity'), '1');
    for (const directive of ['script-src', 'style-src', 'connect-src']) {
      assert.ok(page.problems.some((problem) => problem.includes(directive)), `${directive} in ${page.problems}`);
    }
    page.problems = [];
  });

  await test('a page of another origin cannot steer, read or frame the sandbox', async (page, sandbox) => {
    const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<p>elsewhere</p>'));
    await new Promise((resolve) => { server.unref().listen(0, '127.0.0.1', resolve); });
    const { body } = await login(sandbox);
    const faults = `${sandbox.control_url}/providers/pontotel/faults`;
    await page.go(`http://127.0.0.1:${server.address().port}/`);
    const fault = JSON.stringify({ on: 'login', kind: 'close' });
    await page.value(`fetch('${faults}', { method: 'POST', mode: 'no-cors', body: '${fault}' })`);
    for (const method of ['POST', 'DELETE', 'GET']) {
      const init = method === 'POST' ? { method, body: fault } : { method };
      await assert.rejects(page.value(`fetch('${faults}', ${JSON.stringify(init)})`), /Failed to fetch/);
    }
    await page.value(`new Promise((resolve) => {
      const frame = document.createElement('iframe');
      frame.src = '${sandbox.page}';
      frame.onload = resolve;
      document.body.append(frame);
    })`);
    const { frameTree: { childFrames: [{ frame }] } } = await page.send('Page.getFrameTree');
    assert.match(frame.url, /^chrome-error:/);
    await page.value(`(() => {
      const form = document.createElement('form');
      Object.assign(form, { action: '${faults}', method: 'post', enctype: 'text/plain' });
      const field = document.createElement('input');
      Object.assign(field, { name: '{"on": "login", "kind": "body", "status": 200, "text": "', value: '"}' });
      form.append(field);
      document.body.append(form);
      form.submit();
    })()`);
    await page.until(`document.body?.innerText.includes('a page of another origin')`);
    assert.deepEqual(await control(sandbox, 'GET', 'providers/pontotel/faults'), []);
    assert.equal(await users(sandbox, body.access_token), 200);
    page.problems = [];
  });

  await test('without the control API the page says so', async (page) => {
    await page.shows('#problem', 'Start the sandbox without --no-control.');
    assert.equal(await page.value(`document.querySelector('#main').checkVisibility()`), false);
    page.problems = page.problems.filter((problem) => !problem.includes('404'));
  }, { flags: ['--no-control'] });

  const file = join(browser.profile, 'control-token');
  writeFileSync(file, 'segredo\n');
  await test('with a control token the page asks for it', async (page) => {
    await page.shows('#problem', 'needs the token');
    await page.type('#unlock input', 'errado');
    await page.click('#unlock button');
    await page.shows('#problem', 'wrong');
    await page.type('#unlock input', 'segredo');
    await page.click('#unlock button');
    await page.shows('#name', 'pontotel');
    assert.equal(await page.value(`document.querySelector('#unlock').checkVisibility()`), false);
    page.problems = page.problems.filter((problem) => !problem.includes('401'));
  }, { flags: ['--control-token-file', file] });

  await test('a sandbox that stopped is told, and a new one is shown', async (page, sandbox) => {
    await login(sandbox);
    await login(sandbox);
    await page.shows('#requests', '/login/');
    await sandbox.stop();
    await page.shows('#problem', 'The sandbox does not answer.');
    const port = new URL(sandbox.page).port;
    const next = await start('--port', port);
    await page.shows('#credentials', next.pontotel.password);
    await page.until(`document.querySelector('#problem').innerText === ''`);
    await login(next);
    await page.until(`document.querySelectorAll('#requests li').length === 1`);
    await next.stop();
    page.problems = page.problems.filter((problem) => !problem.includes('ERR_'));
  });
}

/** Gives the page something of everything to show. */
async function fill(sandbox) {
  const { body } = await login(sandbox);
  await control(sandbox, 'POST', 'providers/pontotel/accounts', { username: 'loja-2', secret: 'segredo' });
  await login({ pontotel: { ...sandbox.pontotel, username: 'loja-2', password: 'segredo' } });
  await users(sandbox, body.access_token);
  await users(sandbox, 'x');
  const fault = (fault) => control(sandbox, 'POST', 'providers/pontotel/faults', fault);
  await fault({ on: 'login', kind: 'status', status: 503, times: 3 });
  await fault({ on: 'resource', kind: 'too_many_requests', retry_after: 2, times: 4294967295 });
  await login(sandbox);
  await users(sandbox, body.access_token);
}

async function picture(file) {
  const sandbox = await start('--port', '4000');
  const page = await browser.open(sandbox.page, { 'accept-language': 'en' });
  await page.send('Emulation.setDeviceMetricsOverride', { width: 1200, height: 900, deviceScaleFactor: 1, mobile: false });
  await fill(sandbox);
  await page.until(`document.querySelectorAll('#requests li').length === 6`);
  await page.value(`document.querySelectorAll('#requests .new').forEach((item) => item.classList.remove('new'))`);
  const { data } = await page.send('Page.captureScreenshot', { format: 'png', captureBeyondViewport: true });
  writeFileSync(file, Buffer.from(data, 'base64'));
}

try {
  await (options.picture ? picture(options.picture) : tests());
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  await browser.close();
  await Promise.all(started.map((stop) => stop()));
}

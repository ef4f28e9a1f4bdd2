// A headless Chromium, driven over the DevTools protocol through a pipe: no port, and no package.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The milliseconds that a condition may take to become true. */
const PATIENCE = 10000;

export class Browser {
  #calls = new Map();
  #pages = new Map();
  #last = 0;

  constructor() {
    this.profile = mkdtempSync(join(tmpdir(), 'auth-sandbox-page-'));
    const flags = ['--headless', '--remote-debugging-pipe', `--user-data-dir=${this.profile}`, '--no-first-run',
      '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking', '--disable-component-update',
      // Root has no sandbox. The browser opens only pages of this test.
      '--no-sandbox'];
    this.process = spawn('chromium', flags, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
    this.ended = new Promise((resolve) => { this.process.on('exit', resolve).on('error', resolve); });
    this.ended.then(() => this.#calls.forEach(({ reject }) => reject(new Error('chromium ended'))));
    [, , , this.commands, this.answers] = this.process.stdio;
    let rest = '';
    this.answers.setEncoding('utf8').on('data', (text) => {
      const messages = (rest + text).split('\0');
      rest = messages.pop();
      messages.forEach((message) => this.#received(JSON.parse(message)));
    });
  }

  #received({ id, result, error, method, params, sessionId }) {
    if (method) return this.#pages.get(sessionId)?.event(method, params);
    const { resolve, reject, called } = this.#calls.get(id);
    this.#calls.delete(id);
    return error ? reject(new Error(`${called}: ${error.message}`)) : resolve(result);
  }

  send(method, params = {}, sessionId = undefined) {
    const id = this.#last += 1;
    this.commands.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve, reject, called: method });
      setTimeout(() => reject(new Error(`${method}: no answer`)), 3 * PATIENCE).unref();
    });
  }

  /** Opens a tab with these headers on all its requests. */
  async open(url, headers = {}) {
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
    const page = new Page((method, params) => this.send(method, params, sessionId), targetId);
    this.#pages.set(sessionId, page);
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await page.send(`${domain}.enable`);
    await page.send('Network.setExtraHTTPHeaders', { headers });
    await page.go(url);
    return page;
  }

  async close() {
    this.process.kill();
    await this.ended;
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

export class Page {
  /** What the page complained about: exceptions, refused resources, errors. */
  problems = [];
  #loaded = () => {};

  constructor(send, targetId) {
    Object.assign(this, { send, targetId });
  }

  event(method, params) {
    if (method === 'Page.loadEventFired') this.#loaded();
    if (method === 'Runtime.exceptionThrown') this.problems.push(params.exceptionDetails.exception?.description);
    if (method === 'Log.entryAdded' && params.entry.level === 'error') this.problems.push(params.entry.text);
  }

  async go(url) {
    const loaded = new Promise((resolve) => { this.#loaded = resolve; });
    await this.send('Page.navigate', { url });
    await loaded;
  }

  /** Returns the value of an expression, or what its promise resolves to. */
  async value(expression) {
    const options = { expression, awaitPromise: true, returnByValue: true, userGesture: true };
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', options);
    if (exceptionDetails) throw new Error(`${expression}: ${exceptionDetails.exception?.description}`);
    return result.value;
  }

  /** Waits until an expression is true. */
  async until(expression) {
    const end = Date.now() + PATIENCE;
    while (!await this.value(`Boolean(${expression})`)) {
      if (Date.now() > end) throw new Error(`not true: ${expression}; the page:\n${await this.value('document.body.innerText')}`);
      await new Promise((resolve) => { setTimeout(resolve, 20); });
    }
  }

  /** Waits until an element has this text somewhere. */
  async shows(selector, text) {
    await this.until(`document.querySelector(${JSON.stringify(selector)})?.innerText.includes(${JSON.stringify(text)})`);
  }

  async click(selector) {
    const name = JSON.stringify(selector);
    await this.until(`document.querySelector(${name})?.checkVisibility()`);
    const place = await this.value(`(() => {
      const element = document.querySelector(${name});
      element.scrollIntoView({ block: 'center' });
      const { x, y, width, height } = element.getBoundingClientRect();
      return { x: x + width / 2, y: y + height / 2 };
    })()`);
    const mouse = (type) => this.send('Input.dispatchMouseEvent', { type, ...place, button: 'left', clickCount: 1 });
    await mouse('mousePressed');
    await mouse('mouseReleased');
  }

  async press(key, code) {
    const text = key === 'Enter' ? '\r' : undefined;
    const event = { key, code: key, windowsVirtualKeyCode: code, text };
    await this.send('Input.dispatchKeyEvent', { type: text ? 'keyDown' : 'rawKeyDown', ...event });
    await this.send('Input.dispatchKeyEvent', { type: 'keyUp', ...event });
  }

  /** Presses Tab until an element has the focus. */
  async tabTo(selector) {
    for (let presses = 0; presses < 100; presses += 1) {
      await this.press('Tab', 9);
      if (await this.value(`document.activeElement.matches(${JSON.stringify(selector)})`)) return;
    }
    throw new Error(`Tab does not reach ${selector}`);
  }

  /** Replaces what is in a field. */
  async type(selector, text) {
    await this.value(`document.querySelector(${JSON.stringify(selector)}).select()`);
    await this.click(selector);
    await this.value(`document.activeElement.select()`);
    await this.send('Input.insertText', { text });
  }

  /** Chooses an option, as a person does. */
  async choose(selector, value) {
    await this.value(`(() => {
      const field = document.querySelector(${JSON.stringify(selector)});
      field.value = ${JSON.stringify(value)};
      for (const name of ['input', 'change']) field.dispatchEvent(new Event(name, { bubbles: true }));
    })()`);
  }
}

// Tests of a client in Node.js, with node:test and fetch, against the sandbox.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { after, before, beforeEach, test } from "node:test";

let program, sandbox;

before(async () => {
  program = spawn(process.env.AUTH_SANDBOX ?? "auth-sandbox", ["--json"], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(createInterface(program.stdout), "line");
  sandbox = JSON.parse(line);
});
after(() => program.kill());
beforeEach(() => control("DELETE", "econpay/faults"));

const json = { "content-type": "application/json" };

async function control(method, path, body) {
  const answer = await fetch(`${sandbox.control_url}/providers/${path}`, { method, body: JSON.stringify(body) });
  assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
  return answer.status === 204 ? undefined : answer.json();
}

function login({ base_url, email, password }) {
  return fetch(`${base_url}/auth`, { method: "POST", headers: json, body: JSON.stringify({ email, password }) });
}

async function token() {
  return (await (await login(sandbox.econpay)).json()).response.token;
}

function me(token) {
  return fetch(`${sandbox.econpay.base_url}/auth`, { headers: { authorization: `Bearer ${token}` } });
}

test("a login gives a token that works until it is revoked", async () => {
  const first = await token();
  assert.equal((await me(first)).status, 200);

  await control("DELETE", "econpay/tokens");
  assert.equal((await me(first)).status, 401);
  assert.equal((await me(await token())).status, 200);
});

test("each account has its own password and tokens", async () => {
  const { base_url } = sandbox.econpay;
  await control("POST", "econpay/accounts", { username: "loja@x.example", secret: "segredo" });
  assert.equal((await login({ base_url, email: "loja@x.example", password: "outra" })).status, 401);
  const shop = await login({ base_url, email: "loja@x.example", password: "segredo" });
  assert.equal(shop.status, 201);

  const other = await token();
  await control("DELETE", "econpay/accounts/loja%40x.example/tokens");
  assert.equal((await me((await shop.json()).response.token)).status, 401);
  assert.equal((await me(other)).status, 200);
});

test("a login recovers after the two requests that a fault hits", async () => {
  await control("POST", "econpay/faults", { on: "login", kind: "status", status: 503, times: 2 });
  const statuses = [];
  for (let request = 0; request < 3; request++) statuses.push((await login(sandbox.econpay)).status);
  assert.deepEqual(statuses, [503, 503, 201]);
});

test("a truncated answer fails while it is read", async () => {
  await control("POST", "econpay/faults", { on: "login", kind: "truncated", times: 1 });
  await assert.rejects(async () => (await login(sandbox.econpay)).json());
});

test("a token expires when the clock is shifted by its lifetime", async () => {
  const first = await token();
  const clock = (shift_seconds) =>
    fetch(`${sandbox.control_url}/clock`, { method: "PUT", body: JSON.stringify({ shift_seconds }) });
  await clock(3600);
  assert.equal((await me(first)).status, 401);
  await clock(0);
});

test("a logout at Api4Com ends its token", async () => {
  const { base_url, email, password } = sandbox.api4com;
  const body = JSON.stringify({ email, password });
  const session = await (await fetch(`${base_url}/users/login`, { method: "POST", headers: json, body })).json();
  const headers = { authorization: session.id };
  assert.equal((await fetch(`${base_url}/users/me`, { headers })).status, 200);
  assert.equal((await fetch(`${base_url}/users/logout`, { method: "POST", headers })).status, 204);
  assert.equal((await fetch(`${base_url}/users/me`, { headers })).status, 401);
});

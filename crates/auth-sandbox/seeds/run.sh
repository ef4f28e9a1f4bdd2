#!/usr/bin/env bash
# Runs the providers' own client examples against the sandbox: one line `ok NAME` for each.
set -euo pipefail

seeds=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
server=
trap 'if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; fi; rm -rf "$work"' EXIT

fail() {
  printf 'FAILED %s\n' "$*" >&2
  exit 1
}

# check NAME PATTERN COMMAND...: the command succeeds and its output matches.
check() {
  local name=$1 pattern=$2
  shift 2
  local output
  output=$(cd "$work" && "$@" 2>"$work/errors") || fail "$name: $output $(cat "$work/errors")"
  grep -Eq "$pattern" <<<"$output" || fail "$name: $output $(cat "$work/errors")"
  printf 'ok %s\n' "$name"
}

# What the clients need.
for tool in cargo python3 node npm curl jq; do
  command -v "$tool" >/dev/null || fail "$tool is missing: bash .ci/setup gets it"
done
python=python3
if ! python3 -c 'import requests' 2>/dev/null; then
  python3 -m venv "$work/venv"
  "$work/venv/bin/pip" install --quiet requests
  python=$work/venv/bin/python
fi
if ! node -e "require('axios')" 2>/dev/null; then
  npm install --silent --no-audit --no-fund --prefix "$work" axios >/dev/null
  export NODE_PATH=$work/node_modules
fi

# The sandbox.
cargo build --quiet --manifest-path "$seeds/../Cargo.toml" --bin auth-sandbox
target=$(cargo metadata --format-version 1 --no-deps --manifest-path "$seeds/../Cargo.toml" | jq -r .target_directory)
"$target/debug/auth-sandbox" --json >"$work/ready.json" &
server=$!
for _ in $(seq 100); do
  [ -s "$work/ready.json" ] && break
  sleep 0.05
done
[ -s "$work/ready.json" ] || fail "the sandbox did not start"
of() {
  jq -r ".$1" "$work/ready.json"
}
token_at() {
  curl -sS -X POST "$1" -H 'Content-Type: application/json' -d "$2" | jq -r "$3"
}

# Pontotel.
base_url=$(of pontotel.base_url) username=$(of pontotel.username) password=$(of pontotel.password)
for client in "$python $seeds/pontotel.py" "$python $seeds/pontotel_retry.py" "node $seeds/pontotel.mjs"; do
  # shellcheck disable=SC2086 # a program and its file
  check "${client##*/}" '^200 .*"count": ?5.*"results"' $client "$base_url" "$username" "$password"
done
check pontotel.sh '"count": ?5.*"results"' bash "$seeds/pontotel.sh" "$base_url" "$username" "$password"

# EconPay.
base_url=$(of econpay.base_url) EMAIL=$(of econpay.email) PASSWORD=$(of econpay.password)
export EMAIL PASSWORD
check econpay.sh '"response":.*"token":"eyJ' bash "$seeds/econpay.sh" "$base_url" "$EMAIL" "$PASSWORD"
check econpay.mjs '^200 .*"exp":[0-9]+' node "$seeds/econpay.mjs" "$base_url"

# Sopague: the documented request.
base_url=$(of sopague.base_url)
body=$(jq -c '.sopague | {userName: .username, password}' "$work/ready.json")
token=$(token_at "$base_url/api/authentication/login" "$body" .accessToken)
check sopague '"installmentStatus":"Paid"' \
  curl -fsS -X POST "$base_url/api/transaction/concil/search-by-code?nsu=123456" -H "Authorization: Bearer $token"

# Api4Com.
base_url=$(of api4com.base_url) username=$(of api4com.email) password=$(of api4com.password)
check api4com_login.cjs "ttl: '3600'" node "$seeds/api4com_login.cjs" "$base_url" "$username" "$password"
token=$(token_at "$base_url/users/login" "$(jq -c '.api4com | {email, password}' "$work/ready.json")" .id)
check api4com_access_tokens.cjs "ttl: '2592000'" node "$seeds/api4com_access_tokens.cjs" "$base_url" "$token"
check api4com_me.cjs 'role: .ADMIN' node "$seeds/api4com_me.cjs" "$base_url" "$token"
check api4com_logout.cjs '^$' node "$seeds/api4com_logout.cjs" "$base_url" "$token"
check 'api4com: the token is gone' AUTHORIZATION_REQUIRED curl -sS "$base_url/users/me" -H "Authorization: $token"

# xigsapi: the documented recipe, keys sorted by jq and signed by Node.js.
base_url=$(of signed_api.base_url)
session=$(curl -sS -X POST "$base_url/v1/auth/login" -H 'Content-Type: application/json' \
  -d "$(jq -c '.signed_api | {apiKey: .api_key}' "$work/ready.json")")
sorted=$(jq -ncS '{profileType: "demo", email: "joao@casa.example", description: "João"}')
signature=$(node -e 'const [key, text] = process.argv.slice(1);
  console.log(require("crypto").createHmac("sha512", key).update(text).digest("hex"))' \
  "$(jq -r .data.signatureToken <<<"$session")" "$sorted")
check signed_api '"status":"success"' curl -fsS -X POST "$base_url/v1/profile" \
  -H "Authorization: Bearer $(jq -r .data.accessToken <<<"$session")" \
  -H 'Content-Type: application/json' -H "x-signed-request: $signature" \
  -d '{"profileType": "demo", "email": "joao@casa.example", "description": "João"}'

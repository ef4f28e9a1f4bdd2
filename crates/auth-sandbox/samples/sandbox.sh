#!/usr/bin/env bash
# Tests of a client in shell, with curl and jq, against the sandbox: one line `ok NAME` for each.
set -euo pipefail

ready=$(mktemp)
"${AUTH_SANDBOX:-auth-sandbox}" --json >"$ready" &
trap 'kill $!; rm -f "$ready"' EXIT
until [ -s "$ready" ]; do
  kill -0 $! || exit 1
  sleep 0.05
done

base_url=$(jq -r .sopague.base_url "$ready")
control=$(jq -r .control_url "$ready")/providers/sopague
login() { jq -c '.sopague | {userName: .username, password}' "$ready" |
  curl -sS "$base_url/api/authentication/login" -H 'Content-Type: application/json' -d @- "$@"; }
status() { curl -s -o /dev/null -w '%{http_code}' "$@"; }
search() { status -X POST "$base_url/api/transaction/concil/search-by-code?nsu=123456" -H "Authorization: Bearer $1" "${@:2}"; }
expect() { # expect NAME WANTED GIVEN
  [ "$2" = "$3" ] || { echo "FAILED $1: $3 instead of $2" >&2; exit 1; }
  echo "ok $1"
}

token=$(login | jq -r .accessToken)
expect 'a login gives a token that works' 200 "$(search "$token")"

curl -fsS -X DELETE "$control/tokens"
expect 'a revoked token is refused' 401 "$(search "$token")"

curl -fsS "$control/faults" -d '{"on": "login", "kind": "status", "status": 503, "times": 2}' -o /dev/null
answers=$(for _ in 1 2 3; do login -o /dev/null -w '%{http_code} '; done)
expect 'a login recovers after two faults' '503 503 200 ' "$answers"

curl -fsS "$control/faults" -d '{"on": "resource", "kind": "delay", "seconds": 5, "times": 1}' -o /dev/null
token=$(login | jq -r .accessToken)
expect 'a slow answer meets the time limit of the client' 000 "$(search "$token" -m 0.2 || true)"

#!/usr/bin/env bash
# Validates each provider's document and the control API's as OpenAPI 3.1, and runs schemathesis with it against the
# sandbox from outside: one line `ok NAME` for each.
# What is given after the name of this file goes to schemathesis: --max-examples 500, say.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
crates=$here/../../..
work=$(mktemp -d)
server=
trap 'if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; fi; rm -rf "$work"' EXIT

fail() {
  printf 'FAILED %s\n' "$*" >&2
  exit 1
}

# The tools: those on the path, or new ones that go when this ends.
for tool in cargo python3 curl; do
  command -v "$tool" >/dev/null || fail "$tool is missing"
done
tool() { # tool COMMAND REQUIREMENT
  command -v "$1" || {
    [ -d "$work/venv" ] || python3 -m venv "$work/venv"
    "$work/venv/bin/pip" install --quiet "$2"
    printf '%s' "$work/venv/bin/$1"
  }
}
validator=$(tool openapi-spec-validator 'openapi-spec-validator>=0.7,<1')
schemathesis=$(tool schemathesis 'schemathesis>=4.32,<5')

# The documents.
for document in "$crates"/*/openapi.json "$crates/auth-sandbox/control.json"; do
  "$validator" --schema 3.1 "$document" >"$work/report" 2>&1 || { cat "$work/report" >&2; fail "$document"; }
  printf 'ok %s is OpenAPI 3.1\n' "$(basename "$(dirname "$document")")"
done

# The sandbox.
cargo build --quiet --manifest-path "$here/../../Cargo.toml" --bin auth-sandbox
field() { # field FILE MEMBER...: a member of the JSON in a file.
  python3 -c 'import functools, json, sys
print(functools.reduce(lambda value, name: value[name], sys.argv[2:], json.load(open(sys.argv[1]))))' "$@"
}
cargo metadata --format-version 1 --no-deps --manifest-path "$here/../../Cargo.toml" >"$work/metadata.json"
"$(field "$work/metadata.json" target_directory)/debug/auth-sandbox" --json >"$work/ready.json" &
server=$!
for _ in $(seq 100); do
  [ -s "$work/ready.json" ] && break
  sleep 0.05
done
[ -s "$work/ready.json" ] || fail "the sandbox did not start"
of() {
  field "$work/ready.json" "$@"
}

# login URL BODY MEMBER...: the token of a login.
login() {
  curl -fsS -X POST "$1" -H 'Content-Type: application/json' -d "$2" -o "$work/login.json"
  field "$work/login.json" "${@:3}"
}

# Each answer is what the document describes; what breaks it is refused; no token, no answer.
checks=not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance
checks+=,response_schema_conformance,negative_data_rejection,missing_required_header,ignored_auth
more=("$@")

# run NAME DOCUMENT URL AUTHORIZATION OPTIONS...
run() {
  local name=$1 document=$2 url=$3 authorization=$4
  shift 4
  (cd "$work" && "$schemathesis" run "$crates/$document" --url "$url" \
    --header "Authorization: $authorization" --phases examples,coverage,fuzzing --checks "$checks" \
    --max-examples 25 --seed 20261122 --workers 1 --warnings off --no-color "$@" ${more[@]+"${more[@]}"}) \
    >"$work/report" 2>&1 || { cat "$work/report" >&2; fail "$name"; }
  printf 'ok %s: %s\n' "$name" "$(grep -E 'test cases?|generated' "$work/report" | tail -1 | xargs)"
}

# credentials PROVIDER MEMBER NAME: {"NAME": the member of the sandbox's line, "password": password}.
credentials() {
  printf '{"%s": "%s", "password": "%s"}' "$3" "$(of "$1" "$2")" "$(of "$1" password)"
}

url=$(of pontotel base_url)
run pontotel pontotel-auth/openapi.json "$url" "Bearer $(login "$url/login/" "$(credentials pontotel username username)" access_token)"

url=$(of econpay base_url)
run econpay econpay-auth/openapi.json "$url" "Bearer $(login "$url/auth" "$(credentials econpay email email)" response token)"

url=$(of sopague base_url)
token=$(login "$url/api/authentication/login" "$(credentials sopague username userName)" accessToken)
run sopague sopague-auth/openapi.json "$url" "Bearer $token" --include-operation-id login --include-operation-id transactions

url=$(of sopague gateway_base_url)
token=$(login "$url/api/auth/token" "$(credentials sopague username userName)" accessToken)
run sopague-gateway sopague-auth/openapi.json "$url" "Bearer $token" --include-operation-id gatewayLogin --include-operation-id payment

# LoopBack takes any lifetime for a token, and a logout ends the token that the others need.
url=$(of api4com base_url)
token=$(login "$url/users/login" "$(credentials api4com email email)" id)
run api4com api4com-auth/openapi.json "$url" "$token" --exclude-operation-id logout --exclude-checks negative_data_rejection
run api4com-logout api4com-auth/openapi.json "$url" "$token" --include-operation-id logout

# No signature can be right here: what signed writes answer to one that is, the tests in Rust hold against the document.
url=$(of signed_api base_url)
body=$(printf '{"apiKey": "%s"}' "$(of signed_api api_key)")
run signed-api signed-api-auth/openapi.json "$url" "Bearer $(login "$url/v1/auth/login" "$body" data accessToken)"

# Last, because it changes accounts, faults and the clock. It needs no token on loopback. Quirks would close its own
# connections, or let none in.
run control auth-sandbox/control.json "$(of control_url)" none --exclude-operation-id setQuirks

#!/usr/bin/env bash
# Does the job of sidecar.sh without a sidecar: asks `authctl` for a token whenever one is needed.
set -euo pipefail

pontotel=${PONTOTEL_BASE_URL:-https://apis.pontotel.com.br/pontotel/api/v4}

# authenticated PROFILE CURL-ARGUMENTS...: a request, sent again once if its token was revoked
authenticated() {
  local profile=$1 answer
  shift
  for attempt in 1 2; do
    answer=$(authctl token "$profile" --format header | curl --silent --show-error -H @- -w '\n%{http_code}' "$@")
    [ "${answer##*$'\n'}" = 401 ] && [ "$attempt" = 1 ] || break
    authctl invalidate "$profile" >&2
  done
  [ "${answer##*$'\n'}" -lt 300 ] || { echo "$answer" >&2; return 1; }
  echo "${answer%$'\n'*}"
}

next="$pontotel/usuarios/?page_size=2"
while [ "$next" != null ]; do
  page=$(authenticated pontotel "$next")
  jq --raw-output '.results[].username' <<<"$page"
  next=$(jq --raw-output .next <<<"$page")
done

# A signature belongs to one token, so `authctl` signs and sends in one step.
authctl request xigsapi POST /v1/profile --sign --fail \
  -d '{"email": "ana@casa.example", "description": "Casa da Ana", "profileType": "demo"}' |
  jq --raw-output '"created " + .data.profileId'

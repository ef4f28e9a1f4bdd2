#!/usr/bin/env bash
# Lists Pontotel's users and creates a profile at xigsapi, through `authctl serve`: without a login, a token or a signature.
set -euo pipefail

pontotel=${PONTOTEL:-http://127.0.0.1:8700}
xigsapi=${XIGSAPI:-http://127.0.0.1:8701}

next="$pontotel/usuarios/?page_size=2"
while [ "$next" != null ]; do
  page=$(curl --fail-with-body --silent --show-error "$next")
  jq --raw-output '.results[].username' <<<"$page"
  next=$(jq --raw-output .next <<<"$page")
done

curl --fail-with-body --silent --show-error "$xigsapi/v1/profile" --header 'Content-Type: application/json' \
  --data '{"email": "ana@casa.example", "description": "Casa da Ana", "profileType": "demo"}' |
  jq --raw-output '"created " + .data.profileId'

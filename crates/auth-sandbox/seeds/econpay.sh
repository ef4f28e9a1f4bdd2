#!/usr/bin/env bash
base_url=$1 email=$2 password=$3

curl --request POST \
  --url "$base_url/auth" \
  --header 'Content-Type: application/json' \
  --data '{
    "email": "'"$email"'",
    "password": "'"$password"'"
  }'

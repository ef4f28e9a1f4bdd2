#!/usr/bin/env bash
base_url=$1 username=$2 password=$3

# 1. Login
curl -X POST "$base_url/login/" \
  -H "Content-Type: application/json" \
  -d '{
    "username": "'"$username"'",
    "password": "'"$password"'"
  }' \
  | jq -r '.access_token' > token.txt

# 2. Use token
TOKEN=$(cat token.txt)
curl -X GET "$base_url/usuarios/" \
  -H "Authorization: Bearer $TOKEN"

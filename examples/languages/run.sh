#!/usr/bin/env bash
# Runs every example against the sandbox, before and after all tokens are revoked, and counts the logins.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

cargo build --quiet --manifest-path ../../crates/auth-cli/Cargo.toml
target=$(cargo metadata --format-version 1 --no-deps --manifest-path ../../Cargo.toml | jq -r .target_directory)
PATH=$target/debug:$PATH
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; wait; rm -rf "$work"' EXIT
export PYTHONDONTWRITEBYTECODE=1
# Debian's packages are modules of its own Python, which is not always the first on the PATH.
python=python3
python3 -c 'import requests' 2>/dev/null || python=/usr/bin/python3

authctl sandbox --json --port 0 >"$work/sandbox" &
until [ -s "$work/sandbox" ]; do sleep 0.05; done
of() { jq --raw-output "$1" "$work/sandbox"; }
control=$(of .control_url)/providers
revoke() { for one in pontotel signed-api; do curl -fsS -X DELETE "$control/$one/tokens"; done; }
logins() { for one in pontotel signed-api; do curl -fsS "$control/$one" | jq .logins; done | tr '\n' ' '; }

PONTOTEL_PASSWORD=$(of .pontotel.password) PONTOTEL_BASE_URL=$(of .pontotel.base_url)
SIGNED_API_KEY=$(of .signed_api.api_key)
export PONTOTEL_PASSWORD SIGNED_API_KEY PONTOTEL_BASE_URL AUTHCTL_CONFIG=$work/profiles.toml
sed -e "s|a.user@example.com|$(of .pontotel.username)|" \
  -e "/^provider = \"pontotel\"/a base_url = \"$PONTOTEL_BASE_URL\"" -e "s|https://api.provider.example|$(of .signed_api.base_url)|" -e 's/:870[01]"/:0"/' profiles.toml >"$AUTHCTL_CONFIG"

job() { # job KIND LANGUAGE
  case $2 in
    sh) bash "$1.sh" ;;
    py) "$python" "$1.py" ;;
    mjs) node "$1.mjs" ;;
    php) php "$1.php" ;;
  esac >"$work/$1.$2.out"
  # Five users, and one profile that was created.
  [ "$(grep -c . "$work/$1.$2.out")" = 6 ] && grep -q '^created .' "$work/$1.$2.out" ||
    { echo "FAILED $1.$2:" >&2; cat "$work/$1.$2.out" >&2; exit 1; }
  echo "ok $1.$2"
}
expect() { [ "$2" = "$3" ] || { echo "FAILED $1: $3 instead of $2" >&2; exit 1; }; echo "ok $1"; }

mkdir -m 700 "$work/state"
AUTHCTL_STATE=$work/state authctl serve 2>"$work/log" &
address() { jq --raw-output "select(.message == \"served\" and .profile == \"$1\") | .address" "$work/log"; }
until [ -n "$(address xigsapi)" ]; do sleep 0.05; done
PONTOTEL=http://$(address pontotel) XIGSAPI=http://$(address xigsapi)
export PONTOTEL XIGSAPI
for language in sh py mjs php; do job sidecar $language; done
expect "four programs share one login of each account" "1 1 " "$(logins)"
revoke
for language in sh py mjs php; do job sidecar $language; done
expect "no program notices that the tokens were revoked" "2 2 " "$(logins)"

# Each helper has logins of its own here, and reports its own token.
helper() {
  mkdir -m 700 "$work/$1"
  AUTHCTL_STATE=$work/$1 job helper "$1"
  touch "$work/$1/first"
  until [ -e "$work/revoked" ]; do sleep 0.1; done
  AUTHCTL_STATE=$work/$1 job helper "$1"
}
helpers=()
for language in sh py mjs php; do helper $language & helpers+=($!); done
for language in sh py mjs php; do
  until [ -e "$work/$language/first" ]; do
    kill -0 "${helpers[@]}" || exit 1
    sleep 0.1
  done
done
expect "each helper logged in once" "6 6 " "$(logins)"
# `authctl invalidate` keeps a login of the last ten seconds.
sleep 11
revoke
touch "$work/revoked"
for one in "${helpers[@]}"; do wait "$one"; done
expect "each helper logged in again after its token was revoked" "10 10 " "$(logins)"

#!/usr/bin/env bash
# Compares canonical texts and signatures with Node's (node:crypto; npm's sort-keys and crypto-js), for bodies that come
# as text, as a RawValue and as a Value.
#
#   crates/signed-api-auth/tests/differential/run.sh                     20,000 documents, as CI does
#   crates/signed-api-auth/tests/differential/run.sh --count 200000      the full run
#   crates/signed-api-auth/tests/differential/run.sh --vectors --count 500 --seed 1 >crates/signed-api-auth/tests/vectors/node.jsonl
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here"/*.mjs "$work"
(cd "$work" && npm install --silent --no-fund --no-audit crypto-js@4.2.0 sort-keys@6.0.0 >&2)
case " $* " in
*" --vectors "*) sign=() ;;
*)
  (cd "$here" && cargo build --quiet --release --package signed-api-auth --example sign)
  target=${CARGO_TARGET_DIR:-$(cd "$here/../../../.." && pwd)/target}
  sign=(--sign "$target/release/examples/sign")
  ;;
esac
node "$work/differential.mjs" "${sign[@]}" "$@"

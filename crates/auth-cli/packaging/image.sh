#!/usr/bin/env bash
# Builds the program as the container file does, without a daemon. Fails if it is not static, or the image has 15 MB.
#
#   bash crates/auth-cli/packaging/image.sh
#
# Needs rustup and musl-tools.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

target=x86_64-unknown-linux-musl
rustup target add "$target"
cargo build --profile dist --locked --target "$target" --package auth-cli --features jemalloc
program=$(cargo metadata --format-version 1 --no-deps | jq -r .target_directory)/$target/dist/authctl
"$program" --version
if readelf --dynamic "$program" | grep NEEDED; then
  echo "FAILED: the program needs libraries, and the image has none" >&2
  exit 1
fi
# The image's files: the program, and the certificates.
bytes=$(cat "$program" /etc/ssl/certs/ca-certificates.crt | wc --bytes)
echo "the image has $bytes bytes, and the program alone $(stat --format %s "$program")"
((bytes < 15000000)) || { echo "FAILED: that is 15 MB or more" >&2; exit 1; }

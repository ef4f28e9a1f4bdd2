#!/usr/bin/env bash
# Runs every fuzz target for ten minutes, or for so many seconds, each by the command at the top of its file. Begins with
# the seeds and the corpus, and leaves new inputs in the corpus, which is not in git.
set -euo pipefail
cd "$(dirname "$0")"
seconds=${1:-600}

failed=()
for file in fuzz_targets/*.rs; do
    target=$(basename "$file" .rs)
    command=$(sed -n 's|^//! \(cargo +nightly fuzz run .*\)|\1|p' "$file" | sed "s/-runs=[0-9]*/-max_total_time=$seconds/")
    if [ -z "$command" ]; then
        echo "$file has no command at its top: write one, as the others have" >&2
        exit 1
    fi
    mkdir -p "corpus/$target"
    echo "== $command"
    bash -c "$command" || failed+=("$target")
done
if [ ${#failed[@]} -gt 0 ]; then
    echo "failed: ${failed[*]}; their inputs are in fuzz/artifacts" >&2
    exit 1
fi

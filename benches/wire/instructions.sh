#!/usr/bin/env bash
# The instructions of a warm request in user space, beside those of the same reqwest with a constant header. They vary less
# than CPU time, which `end_to_end` measures. Needs valgrind.
#
#   bash benches/wire/instructions.sh                 GET, and POST of 4 KiB
#   bash benches/wire/instructions.sh get-path …      other requests of end_to_end
set -euo pipefail
cd "$(dirname "$0")"

[ $# -gt 0 ] || set -- get post
program=$(cargo build --release --bin end_to_end --message-format json | sed -n 's/.*"executable":"\([^"]*\)".*/\1/p')

# A longer argument moves everything on the heap, which alone changes a run by up to half a per cent: so these are means.
lengths=(4 12 30 55 90 140)

# instructions SHAPE SIDE COUNT: those of all runs.
instructions() {
    local length sum=0
    for length in "${lengths[@]}"; do
        (( sum += $(valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" \
            --only "$1" "$2" "$(printf '%0*d' "$length" "$3")" 2>&1 | sed -n 's/.*Collected : //p') ))
    done
    echo "$sum"
}

for shape in "$@"; do
    for side in bare ours; do
        few=$(instructions "$shape" "$side" 200)
        many=$(instructions "$shape" "$side" 1000)
        declare "$side=$(((many - few) / 800 / ${#lengths[@]}))"
    done
    awk -v shape="$shape" -v bare="$bare" -v ours="$ours" \
        'BEGIN { printf "%-10s bare %6d  ours %6d  %+5d  %.4f\n", shape, bare, ours, ours - bare, ours / bare }'
done

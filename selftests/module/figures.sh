#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# figures.sh - how long pools, leases and reclaims take: tools/bench module, in the guest
#
# timeout: 240
# kernels: 6.12
#
# No figure is too high: only one that is missing is a failure.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

module_up
"$BUILD/selftests/module/figures-tool" -o /out/figures.jsonl -r "${LEASES:-10}" \
	"$PF" 4 "${POOLS:-2}" >"$WORK/said" 2>&1 || fail "$(cat "$WORK/said")"
while read -r line; do
	ok "$line"
done <"$WORK/said"
check "four figures" test "$results" = 4
check "each with its runs" test \
	"$(jq -s "map(.runs) == [${POOLS:-2}, ${POOLS:-2}, ${LEASES:-10}, ${LEASES:-10}]" \
		/out/figures.jsonl)" = true
check "and milliseconds that a machine can have" test \
	"$(jq -s 'all(.[]; .value > 0 and .value < 60000)' /out/figures.jsonl)" = true

#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# bench.sh - the MSS clamp costs data packets nothing and a SYN less than 60 cycles
# timeout: 120
#
# Best runs are compared: what else the machine does has little say in them.

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"

# figures CONDITION: of all of them
figures() { jq -se "$1" "$WORK/mss.jsonl" >/dev/null; }

check "bench mss is content" "$BUILD/tools/benchmarks/bench-mss" -r 15 -o "$WORK/mss.jsonl"
check "data packets never reach the clamp" figures \
	'map(select(.metric == "clamp_calls")) | length == 1 and all(.[]; .max == 0)'
check "SYNs: lowered, left, inserted" figures \
	'map(select(.metric == "cycles_added")) | map(.case) == ["lower", "leave", "insert"] and
	 all(.[]; .value < 60)'

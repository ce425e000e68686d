#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# hostile.sh - frames that no honest host sends: each is dropped by its name, and
# the connections beside them do not notice

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../fleet.sh
. "$TESTDIR/fleet.sh"

# drops: every named drop, over all engines
drops()
{
	vf -j stats | jq '[.engines[].counters.drops | to_entries[]] |
		group_by(.key) | map({(.[0].key): (map(.value) | add)}) | add'
}

# drop_sum FILE: of what drops wrote
drop_sum() { jq '[.[]] | add' "$1"; }

# all_dropped SENT: so many more than in $WORK/before
all_dropped()
{
	drops >"$WORK/after"
	[ $(($(drop_sum "$WORK/after") - $(drop_sum "$WORK/before"))) -ge "$1" ]
}

have_binaries
topo_up 2 2
servers_start 2
fleet_config 2 2 >"$CONFIG"
check "a fleet starts" fleet_start
scale_to 2
pids=$(engine_pids | sort)
in_client ping -q -c 1 -W 5 "$VIP4" >/dev/null
in_client ping -q -c 1 -W 5 "$VIP6" >/dev/null
spawn "$NS_CLIENT" "$WORK/load" "$HTTPLOAD" --keep-alive 20 --rate 50 \
	--log "$WORK/load.jsonl" "$VIP4:$PORT_HTTP"
load=$SPAWNED
wait_for "grep -q '\"ok\":[1-9]' $WORK/load.jsonl" 20 || fail "no load"

drops >"$WORK/before"
in_client "$HOSTILE" eth0 "$CLIENT4" "$CLIENT6" "$VIP4" "$VIP6" "$PORT_HTTP" \
	"$PORT_ECHO" >"$WORK/hostile"
sent=$(jq .sent "$WORK/hostile")
wait_for "all_dropped $sent" 20 ||
	fail "$sent frames, dropped $(jq -c . "$WORK/before") -> $(jq -c . "$WORK/after")"
[ $(($(drop_sum "$WORK/after") - $(drop_sum "$WORK/before"))) -le "$sent" ] ||
	fail "more than the $sent hostile frames were dropped"
echo "ok: all $sent hostile frames were dropped"
while read -r name expected; do
	[ "$name" != any ] || continue
	got=$(jq -n --slurpfile a "$WORK/after" --slurpfile b "$WORK/before" \
		--arg n "$name" '$a[0][$n] - $b[0][$n]')
	[ "$got" -ge "$expected" ] ||
		fail "$name: $got dropped, $expected sent: $(jq -c . "$WORK/after")"
	echo "ok: $name: $expected"
done < <(jq -r '.drops | to_entries[] | "\(.key) \(.value)"' "$WORK/hostile")
check "the engines live" test "$(engine_pids | sort)" = "$pids"
kill "$load"
wait "$load" || fail "requests failed meanwhile: $(cat "$WORK/load")"
echo "ok: none of $(jq .summary.ok "$WORK/load") requests failed meanwhile"
check "no packet is unaccounted for" into /dev/null wait_for conserved 20

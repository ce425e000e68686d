#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# autoscale.sh - policies that act, load that is evened out, a ledger that stays
# timeout: 240
# shellcheck disable=SC2016 # conditions go to eval as they are written

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../fleet.sh
. "$TESTDIR/fleet.sh"

SKEW=$TESTDIR/clients/skew

# apply SCALING: the configuration with this section, into force
apply()
{
	{ fleet_config 3 2; echo "scaling: {$1}"; } >"$WORK/new.yaml"
	vf config apply "$WORK/new.yaml" >"$WORK/out" 2>&1 || fail "apply: $(cat "$WORK/out")"
}

# logged FILTER: an entry of the ledger is like that
logged() { vf -j scale log | jq -e "any(.[]; $1)" >/dev/null; }

# The fleet goes up because of packets, and down again without them.
load='hold_ms: 300, hold_down_ms: 300, cooldown_up_ms: 300, cooldown_down_ms: 300, sample_ms: 100'
load+=', up_pps: 400, rebalance_pct: 0'

have_binaries
topo_up 3 2
servers_start 2
{ fleet_config 3 2; echo "scaling: {policy: threshold, up_busy_pct: 100, $load}"; } >"$CONFIG"
fleet_start
spawn '' "$WORK/events" "$VFLEET" -j monitor
spawn "$NS_CLIENT" "$WORK/load" "$UDPSEQ" send --rate 1000 --flows 64 \
	"$VIP4:$PORT_ECHO"
loader=$SPAWNED
check "packets make the fleet grow" wait_for 'engines_ready 3' 30
check "the ledger says why" logged '.to == 2 and (.reason |
	test("(packets/s per engine|busy [0-9]+%) on 1 engine"))'
stop_pid "$loader"
check "without them it shrinks" wait_for 'engines_ready 1' 60
check "no packet was lost or reordered by it" eval \
	'vf -j scale log | jq -e "all(.[]; .lost == 0 and .reordered == 0)" >/dev/null'
check "monitor told beginning, progress and end" wait_for \
	'jq -se "map(select(.id == 2) | .event) | .[0] == \"scale_begin\" and
	 .[-1] == \"scale_end\" and (map(select(. == \"scale_progress\")) | length > 1)" \
	 "$WORK/events" >/dev/null' 10

check "an operator's word ends automatic scaling" eval 'scale_to 2 &&
	vf -j scale | jq -e ".auto == false" >/dev/null'

# The clock wants two; the same ones share what is on one of them.
apply "policy: schedule, schedule: [{from: 00:00, to: 24:00, size: 2}], sample_ms: 100,
  rebalance_pct: 30, rebalance_ms: 1000"
vf scale auto on >"$WORK/out"
check "the schedule is kept" eval 'wait_for "engines_ready 2" 30 &&
	vf -j scale | jq -e ".auto and .policy == \"schedule\"" >/dev/null'
spawn "$NS_CLIENT" "$WORK/skew" "$SKEW" "$VIP4" "$PORT_ECHO" "$VFLEET" 0 16 2000 \
	"$WORK/skew.ports"
skew=$SPAWNED
check "all load is on engine 0" wait_for 'grep -q "16 flows of engine 0" "$WORK/skew"' 30
check "a rebalance is in the ledger" wait_for \
	'logged ".from == 2 and .to == 2 and .slices_moved > 0 and
	 .lost == 0 and .reordered == 0 and (.reason | test(\"^rebalance: engines \"))"' 60
# busy_flows ENGINE: of the flows that carry the load
busy_flows()
{
	vf -j flow show service echo4 | jq --slurpfile ports "$WORK/skew.ports" --argjson e "$1" \
		'[.[] | select(.engine == $e and (.client | split(":")[1] | tonumber |
		 IN($ports[0][])))] | length'
}
check "each engine has a fair part of the busy flows" wait_for \
	'[ "$(busy_flows 0)" -ge 5 ] && [ "$(busy_flows 1)" -ge 5 ]' 30
check "every slice has an owner" [ "$(owned_slices)" = 256 ]
stop_pid "$skew"

# The ledger is in the fabric.
vf scale auto off >"$WORK/out"
wait_for 'vf -j scale log outcome running | jq -e "length == 0" >/dev/null' 20
vf -j scale log >"$WORK/before"
kill -9 "$SUPERVISOR"
wait "$SUPERVISOR" 2>/dev/null || true
supervisor_start
check "history survives kill -9 of vfleetd" eval 'vf -j scale log |
	jq -e --slurpfile b "$WORK/before" ".[:(\$b[0] | length)] == \$b[0]" >/dev/null'
check "the last entries" eval 'vf -j scale log last 2 |
	jq -e --slurpfile b "$WORK/before" "length == 2 and .[1].id >= \$b[0][-1].id" >/dev/null'
check "those after an id" eval 'vf -j scale log after 2 outcome done handover migrate |
	jq -e "length > 0 and all(.[]; .id > 2 and .outcome == \"done\" and
		.handover == \"migrate\")" >/dev/null'
check "an outcome that is none" eval '! vf scale log outcome lost 2>"$WORK/out" &&
	grep -q "running, done, failed or aborted, not .lost." "$WORK/out"'
check "packets are conserved" wait_for 'conserved' 10

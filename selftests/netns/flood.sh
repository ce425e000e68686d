#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# flood.sh - a flood of forged SYNs, and clients do not notice: the engines begin to
# answer with cookies and end, through a scale event and a dead engine
# timeout: 300
#
# At least 100,000 SYNs/s have to be answered where nothing else runs; a machine that
# does something else has to make a flood, and the rate is printed. RATE_LEAST, a number
# of SYNs/s, is wanted in any case; RATE_JSON is a file that gets the rate as a line.

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../fleet.sh
. "$TESTDIR/fleet.sh"

SYNFLOOD=$BUILD/selftests/clients/synflood
RATE=${RATE:-150000} # asked for, per second
WINDOW=5 WINDOWS_LEAST=2 WINDOWS=12
FLOWS=65536
HALF_OPEN=500

# flood_config: every service answers SYNs in a flood; forged clients have a route
flood_config()
{
	fleet_config 3 2 | sed -e "s/^services:/profiles:\n  - {name: default, \
syn: cookie, syn_half_open: $HALF_OPEN, syn_rate: 10000, \
timeouts: {tcp_syn_s: 3}}\n&/" -e "s/^  snat:/  routes:\n    - {prefix: 0.0.0.0\/0, \
via: $CLIENT4, side: client}\n&/" -e "s/^  name: test/&\n  flows: $FLOWS/"
}

# cookies WORD: whether web4's SYNs are answered by engines: true or false
cookies()
{
	vf -j service show web4 | jq -e ".[0].syn.on == $1" >/dev/null
}

# sent_by_now: cookies of web4
sent_by_now() { vf -j service show web4 | jq .[0].syn.cookies_sent; }

flows() { vf -j flow count | jq '.. | numbers' | head -n 1; }

# few_flows: the table is far from full: the flood does not get into it
few_flows()
{
	FLOWS_NOW=$(flows)
	[ "$FLOWS_NOW" -lt $((FLOWS / 8)) ] || fail "$FLOWS_NOW flows in the table"
}

# cpu_times: all of them, and the idle ones
cpu_times()
{
	awk '/^cpu / { for (i = 2; i <= 9; i++) all += $i; print all, $5 + $6 }' /proc/stat
}

# quiet: nine tenths of two seconds are idle
quiet()
{
	local before after

	read -ra before < <(cpu_times)
	sleep 2
	read -ra after < <(cpu_times)
	[ $(((after[1] - before[1]) * 10)) -ge $(((after[0] - before[0]) * 9)) ]
}

# answered: SYNs/s over a window
answered()
{
	local begin begin_ms end end_ms

	begin=$(sent_by_now) begin_ms=$(date +%s%3N)
	sleep "$WINDOW"
	end=$(sent_by_now) end_ms=$(date +%s%3N)
	echo $(((end - begin) * 1000 / (end_ms - begin_ms)))
}

if [ -z "${RATE_LEAST:-}" ]; then
	RATE_LEAST=1000
	! quiet || RATE_LEAST=100000
fi
echo "ok: at least $RATE_LEAST SYNs/s are wanted"
have_binaries
topo_up 3 2
servers_start 2
flood_config >"$CONFIG"
check "a fleet starts" fleet_start
scale_to 2
in_client ping -q -c 1 -W 5 "$VIP4" >/dev/null
mac=$(in_client ip neigh show "$VIP4" | sed 's/.*lladdr \([^ ]*\).*/\1/')
spawn "$NS_CLIENT" "$WORK/load" "$HTTPLOAD" --keep-alive 20 --rate 100 \
	--connect-rate 20 --timeout-ms 30000 --log "$WORK/load.jsonl" \
	"$VIP4:$PORT_HTTP"
load=$SPAWNED
wait_for "grep -q '\"ok\":[1-9]' $WORK/load.jsonl" 20 || fail "no load"
check "no cookie without a flood" cookies false

spawn "$NS_CLIENT" "$WORK/flood" "$SYNFLOOD" eth0 "$mac" "$VIP4" "$PORT_HTTP" \
	"$RATE"
flood=$SPAWNED
check "the engines begin to answer SYNs themselves" wait_for "cookies true" 20
few_flows
rate=0
for ((i = 1; i <= WINDOWS_LEAST || (i <= WINDOWS && rate < RATE_LEAST); i++)); do
	now=$(answered)
	few_flows
	echo "ok: $now SYNs/s answered for $WINDOW s, $FLOWS_NOW flows in the table of $FLOWS"
	rate=$((now > rate ? now : rate))
done
scale_to 3
few_flows
echo "ok: a scale event in the flood, $FLOWS_NOW flows"
victim=$(vf -j engine | jq -r 'map(select(.state == "ready")) | max_by(.id) | .pid')
kill -9 "$victim"
check "a killed engine is replaced in the flood" wait_for "engines_ready 3 &&
	! vf -j engine | jq -e 'any(.[]; .pid == $victim)'" 90
engine_pids >/dev/null
few_flows
check "still cookies" cookies true
kill "$flood"
wait "$flood" || fail "the flood: $(cat "$WORK/flood")"
cat "$WORK/flood"
check "the engines end to answer SYNs themselves" wait_for "cookies false" 60
kill "$load"
wait "$load" || fail "requests failed: $(cat "$WORK/load")"
jq -e '.summary | .failed == 0 and .reopened == 0' "$WORK/load" >/dev/null ||
	fail "the load: $(cat "$WORK/load")"
echo "ok: none of $(jq .summary.ok "$WORK/load") requests failed"
check "no packet is unaccounted for" into /dev/null wait_for conserved 20
if [ -n "${RATE_JSON:-}" ]; then
	jq -nc --argjson v "$rate" '{bench: "flood", case: "cookies",
		metric: "syns_answered_per_second", value: $v, unit: "SYN/s",
		runs: 1, min: $v, max: $v}' >>"$RATE_JSON"
fi
[ "$rate" -ge "$RATE_LEAST" ] ||
	fail "only $rate SYNs/s were answered, $(jq .rate "$WORK/flood") sent"

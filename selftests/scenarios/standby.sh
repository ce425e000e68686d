# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# standby.sh - engines started ahead: taken, replaced, more and fewer of them
#
# Sourced after fleet.sh, with a network of one server and six engines.

# stand_by COUNT: exactly so many are asleep, none is on its way
stand_by()
{
	vf -j engine | jq -e "(map(select(.state == \"standby\")) | length) == $1 and
		all(.[]; .state != \"starting\")" >/dev/null
}

# with_standby COUNT: the configuration with that many
with_standby()
{
	fleet_config 3 1 | sed "s/^  start: 1/&\n  standby: $1/" >"$CONFIG"
}

standby_pids() { vf -j engine | jq -r '.[] | select(.state == "standby") | .pid'; }

# serves PID SLICES
serves()
{
	vf -j engine | jq -e --argjson pid "$1" "any(.[]; .pid == \$pid and
		.state == \"ready\" and .slices == $2)" >/dev/null
}

# cpu_ticks PID...: user and system time, in ticks of the kernel
cpu_ticks()
{
	local pid

	for pid in "$@"; do
		sed 's/.*) //' "/proc/$pid/stat" | awk '{print $12 + $13}'
	done | paste -sd+ | bc
}

# idle_share SECONDS PID...: CPU time these processes take, in per mille of a core
idle_share()
{
	local seconds=$1 before

	shift
	before=$(cpu_ticks "$@")
	sleep "$seconds"
	echo $((($(cpu_ticks "$@") - before) * 1000 / ($(getconf CLK_TCK) * seconds)))
}

# A fleet of one with nothing to do; then packets wake it, and none is lost.
idle_fleet()
{
	local pid supervisor share

	pid=$(vf -j engine | jq '.[] | select(.state == "ready") | .pid')
	supervisor=$(cat "$WORK/state/test.lock")
	wait_for "[ \$(idle_share 1 $pid) -lt 100 ]" 20 || fail "it does not go to sleep"
	share=$(idle_share 10 "$pid" "$supervisor")
	echo "idle: engine and vfleetd take $share per mille of a core," \
		"a standby $(idle_share 10 "$(standby_pids)")"
	[ "$share" -lt 30 ] || fail "that is over 3 %"
	check "packets wake it, and none is lost" in_client "$UDPSEQ" send \
		--flows 20 --rate 2000 --duration 2 "$VIP4:$PORT_ECHO"
}

# scenario_standby
scenario_standby()
{
	local pid id

	check "servers listen" servers_start 1
	with_standby 1
	check "a fleet of one engine starts" fleet_start
	check "one more stands by, and owns nothing" wait_for "stand_by 1" 60
	vf -j engine | jq -e 'all(.[] | select(.state == "standby");
		.slices == 0 and .addresses == 0)' >/dev/null ||
		fail "a standby has duties: $(vf engine)"
	check "it is not among those that serve" \
		test "$(vf -j scale | jq -c '[.engines, .standby]')" = '[1,1]'

	idle_fleet
	pid=$(standby_pids)
	for id in 1 2 3 4 5; do
		in_client curl -sS -f -m 5 "http://$VIP4/" >/dev/null
	done
	scale_to 2
	check "the fleet grows by the one that stood by" serves "$pid" 128
	check "another one takes its place" wait_for "stand_by 1" 60

	pid=$(standby_pids)
	kill -9 "$pid"
	check "a killed standby is replaced" \
		wait_for "stand_by 1 && [ \"\$(standby_pids)\" != $pid ]" 60
	check "and nobody had to wait for it" ledger_clean 2

	with_standby 3
	check "three of them are applied" vf config apply "$CONFIG"
	check "and there" wait_for "stand_by 3" 60
	with_standby 0
	check "none is applied" vf config apply "$CONFIG"
	check "and all have gone" wait_for "stand_by 0" 30
	check "the fleet still serves" in_client curl -sS -f -m 5 -o /dev/null "http://$VIP4/"
	with_standby 14
	if vf config apply "$CONFIG" >"$WORK/refusal" 2>&1; then
		fail "14 standbys and 3 engines were accepted"
	fi
	check "too many are refused with the reason" \
		grep -q 'fleet.standby.*expected at most 13' "$WORK/refusal"

	with_standby 1
	vf config apply "$CONFIG" >/dev/null
	wait_for "stand_by 1" 60 || fail "no standby: $(vf engine)"
	pid=$(standby_pids)
	kill -9 "$SUPERVISOR"
	wait "$SUPERVISOR" 2>/dev/null || true
	supervisor_start
	check "a new vfleetd finds the standby" test "$(standby_pids)" = "$pid"
	id=$(vf -j engine | jq 'map(select(.state == "ready"))[0].id')
	kill -9 "$(vf -j engine | jq ".[] | select(.id == $id) | .pid")"
	check "it takes the place of a killed engine" wait_for "serves $pid 128" 20
	engine_pids >/dev/null
	check "no packet is unaccounted for" into /dev/null wait_for conserved 20
}

# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# upgrade.sh - every engine is replaced by one of another program, under load
#
# Sourced after fleet.sh, with a network of two servers and seven engines.

# shellcheck source-path=SCRIPTDIR source=stress.sh
. "$TESTDIR/scenarios/stress.sh"

NEXT=$BUILD/userspace/engine/vfleet-engine-next

# versions: of those that serve, each once
versions() { vf -j engine | jq -c '[.[] | select(.state == "ready") | .version] | unique'; }

# refuses_program PATH SENTENCE: and nothing changes
refuses_program()
{
	local before

	before=$(vf -j engine | jq -c 'map([.id, .pid, .state])')
	if vf engine upgrade "$1" >"$WORK/refusal" 2>&1; then
		fail "$1 was accepted"
	fi
	grep -q "$2" "$WORK/refusal" && [ "$(wc -l <"$WORK/refusal")" = 1 ] ||
		fail "the refusal of $1: $(cat "$WORK/refusal")"
	[ "$(vf -j engine | jq -c 'map([.id, .pid, .state])')" = "$before" ] ||
		fail "the engines are others now: $(vf engine)"
}

# program NAME LINE: a script that says LINE when asked for its version, and no more
program()
{
	# shellcheck disable=SC2016 # the script's own $1
	printf '#!/bin/sh\n[ "$1" = --version ] && echo "%s" && exit\nexit 7\n' "$2" \
		>"$WORK/$1"
	chmod +x "$WORK/$1"
}

# scenario_upgrade CONNECTIONS RATE
scenario_upgrade()
{
	local before abi events

	stress_start 1 1
	stress_load "$1" "$2" 10 0
	scale_to 3
	wait_for "vf -j scale | jq -e '.standby == 1'" 60 >/dev/null ||
		fail "no standby: $(vf engine)"
	before=$(versions)
	abi=$("$BUILD/userspace/engine/vfleet-engine" --version | awk '{print $4}')

	program alien "vfleet-engine 9.9 fabric-abi $((abi + 1))"
	program broken "vfleet-engine 9.9 fabric-abi $abi"
	check "a program for another fabric is refused" refuses_program "$WORK/alien" \
		"made for fabric ABI $((abi + 1)), this fleet has $abi"
	check "what is no engine is refused" refuses_program /bin/true "is no vfleet-engine"
	check "a path that leads nowhere is refused" refuses_program "$WORK/none" "$WORK/none"
	if vf engine upgrade "$WORK/broken" >"$WORK/refusal" 2>&1; then
		fail "an upgrade to a program that ends at once succeeded"
	fi
	check "an upgrade that fails names the engine" grep -q 'engine [0-9].*did not start' \
		"$WORK/refusal"
	check "and leaves the old ones" test "$(versions)" = "$before"
	check "which serve on" wait_for "at_rest 3" 20

	vf -j scale log | jq length >"$WORK/events"
	events=$(cat "$WORK/events")
	check "three engines are replaced by another build" into "$WORK/upgraded" \
		vf engine upgrade "$NEXT"
	engine_pids >/dev/null
	check "all are of the new version" test "$(versions)" = '["next"]'
	check "there are three of them, with all slices" wait_for "at_rest 3" 20
	vf -j scale log | jq -e --argjson n "$events" '.[$n:] | length > 0 and all(.[];
		.outcome == "done" and .lost == 0 and .reordered == 0 and .from == .to)' \
		>/dev/null || fail "the ledger: $(vf -j scale log | jq -c .[])"
	check "a standby of the new version stands by" into /dev/null wait_for "vf -j engine |
		jq -e 'any(.[]; .state == \"standby\" and .version == \"next\")'" 60
	kill -9 "$SUPERVISOR"
	wait "$SUPERVISOR" 2>/dev/null || true
	supervisor_start
	scale_to 4
	check "a later vfleetd goes on with the new one" test "$(versions)" = '["next"]'
	stress_end "$1"
	check "no datagram was lost" test "$(udp_counts lost)" = 0
	check "none was reordered" test "$(udp_counts reordered)" = 0
}

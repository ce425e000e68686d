#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# container-scale.sh - a fleet of containers grows to three and shrinks again under load
# timeout: 300

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../fleet.sh
. "$TESTDIR/fleet.sh"
# shellcheck source-path=SCRIPTDIR source=../containers.sh
. "$TESTDIR/containers.sh"
# shellcheck source-path=SCRIPTDIR source=../scenarios/stress.sh
. "$TESTDIR/scenarios/stress.sh"
# shellcheck source-path=SCRIPTDIR source=../scenarios/crash.sh
. "$TESTDIR/scenarios/crash.sh"

# second_refused: a container's name is a slot of the fleet; whoever else wants one that is
# taken does not get it, and its owner does not notice
second_refused()
{
	local before

	before=$(engine_pids)
	! podman run --name vfleet-test-0 --network=none "$IMAGE" >"$WORK/second" 2>&1 ||
		fail "a second container of the name"
	check "podman has one container of a name" grep -q 'already in use' "$WORK/second"
	sed "s|\"$VFLEET_SOCKET\"|\"$WORK/second.sock\"\n  metrics: off|" \
		"$CONFIG" >"$WORK/second.yaml"
	spawn '' "$WORK/second.log" nsenter "--net=/run/netns/$NS_LB" "$VFLEETD" \
		--foreground --config "$WORK/second.yaml" --state-dir "$WORK/second-state"
	check "a second vfleetd does not get the slots of the first" wait_for \
		"grep -q 'did not start: .*vfleet-test-0. is already in use' $WORK/second.log" 60
	# It has tried to tidy up as well by the time of the next try.
	wait_for "[ \"\$(grep -c 'did not start' $WORK/second.log)\" -ge 2 ]" 60 ||
		fail "one try: $(cat "$WORK/second.log")"
	stop_pid "$SPAWNED"
	check "and leaves the first alone" [ "$(engine_pids)" = "$before" ]
}

# lost_by_name: packets that engines dropped or ports missed, all in all
lost_by_name()
{
	vf -j stats | jq '[.engines[].counters | .rx_missed, .drops[]] | add'
}

# full_queue: what the queue of a container has no room for while it stands still is dropped
# by name, the rest is processed in its order; what lab/containers calls S1.5
full_queue()
{
	local id pid before full flood dropped lost

	read -r id pid < <(chosen max_by)
	before=$(lost_by_name) full=$(total ring_full)
	kill -STOP "$pid"
	spawn "$NS_CLIENT" "$WORK/flood" "$UDPSEQ" send --flows 64 --rate 4000 \
		"$VIP4:$PORT_ECHO"
	flood=$SPAWNED
	wait_for "[ \"\$(total ring_full)\" -gt $((full + 100)) ]" 8 ||
		fail "no full queue: $(vf stats)"
	kill -CONT "$pid"
	kill "$flood"
	wait "$flood" || true # it tells that some were lost
	check "no packet is unaccounted for" into /dev/null wait_for conserved 20
	dropped=$(($(lost_by_name) - before)) full=$(($(total ring_full) - full))
	echo "full queue: $(jq -c '{sent, received, lost, reordered, duplicated}' "$WORK/flood")," \
		"$dropped dropped, $full as ring_full"
	lost=$(jq .lost "$WORK/flood")
	[ "$full" -le "$lost" ] && [ "$lost" -le "$dropped" ] || fail "$lost lost, not counted"
	echo "ok: S1.5: what a full queue has no room for is lost and counted"
	check "S1.5: the rest keeps its order" into /dev/null jq -e '.reordered == 0 and
		.duplicated == 0 and .received > 0' "$WORK/flood"
	check "engine $id goes on" [ "$(chosen max_by)" = "$id $pid" ]
}

have_binaries
podman_setup
image_load
topo_up 4 2
stress_start 10 0
stress_load 100 100 10 2
for size in 3 1 3 1; do
	scale_to "$size"
	vf -j scale log | jq -r '.[-1] | "event \(.id): \(.from) -> \(.to), " +
		"\(.slices_moved) slices, pause \(.pause_us) us, held \(.held), " +
		"lost \(.lost), reordered \(.reordered)"'
	check "a container for each engine, and no more" \
		wait_for "[ \"\$(containers | wc -l)\" = $size ]" 30
	engines_confined packet
	[ "$size" = 1 ] || [ -e "$WORK/second.log" ] || second_refused
done
stress_end 100
udp_exact
check "the ledger has 4 events, none with a loss" ledger_clean 4
scale_to 2
full_queue
check "the fleet ends" into /dev/null vf engine stop all
check "its containers are gone without a trace" wait_for nothing_left 30

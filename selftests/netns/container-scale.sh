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
check "the fleet ends" into /dev/null vf engine stop all
check "its containers are gone without a trace" wait_for nothing_left 30

#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# container-basic.sh - one engine in a container on raw sockets: every protocol, both
# families, and what the container may and has

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../fleet.sh
. "$TESTDIR/fleet.sh"
# shellcheck source-path=SCRIPTDIR source=../containers.sh
. "$TESTDIR/containers.sh"
# shellcheck source-path=SCRIPTDIR source=../scenarios/basic.sh
. "$TESTDIR/scenarios/basic.sh"

# started_wrong YAML TEXT: with that key wrong vfleetd says TEXT
started_wrong()
{
	sed "s|^  container: .*|  container: $1|" "$CONFIG" >"$WORK/wrong.yaml"
	spawn '' "$WORK/wrong.log" nsenter "--net=/run/netns/$NS_LB" "$VFLEETD" \
		--foreground --config "$WORK/wrong.yaml" --state-dir "$WORK/wrong"
	wait_for "grep -q '$2' $WORK/wrong.log" 30 >/dev/null ||
		fail "not '$2' but $(cat "$WORK/wrong.log")"
	stop_pid "$SPAWNED"
	echo "ok: said: $2"
}

have_binaries
podman_setup
image_load
topo_up 2 2
fleet_config 2 2 >"$CONFIG"
started_wrong '{image: localhost/nobody:1}' 'did not start: .*localhost/nobody:1: image not known'
started_wrong "{image: \"$IMAGE\", seccomp: /nowhere.json}" '/nowhere.json'
basic_fleet
engines_confined packet
basic_traffic
check "the fleet ends" into /dev/null vf engine stop all
check "its container is gone without a trace" wait_for nothing_left 20

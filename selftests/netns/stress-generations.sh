#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# stress-generations.sh - EVENTS (20) random changes of whole sets under mixed load
# timeout: 400

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../fleet.sh
. "$TESTDIR/fleet.sh"
# shellcheck source-path=SCRIPTDIR source=../scenarios/stress.sh
. "$TESTDIR/scenarios/stress.sh"

have_binaries
# Every frame costs every engine, and two sets are up to eight of them: what two CPUs
# can do is a fraction of what netns/stress asks for. A socket without room loses a
# frame, and the test says how many did.
export STEERING=mirror DRAIN_S=1 STRESS_STANDBY=0 STRESS_UDP_RATE=200
# shellcheck disable=SC2034 # for the scenario
DOWN_BYTES_PER_S=1000000
topo_up 1 2
scenario_stress "${EVENTS:-20}" "${MEGABYTES:-20}" 1 40 100 "${STRESS_CONNECTS:-50}"

#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# generations.sh - whole sets of engines take over under load, on mirrored raw sockets
# timeout: 500

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../fleet.sh
. "$TESTDIR/fleet.sh"
# shellcheck source-path=SCRIPTDIR source=../scenarios/scale.sh
. "$TESTDIR/scenarios/scale.sh"

have_binaries
export STEERING=mirror DRAIN_S=3
topo_up 1 2
# Both ways of going: by the connections' own end, and moved at the deadline.
# One slow download: every frame costs every engine, and there are up to seven. A socket
# without room loses a frame, which is not what this is about.
DOWN_BYTES_PER_S=1000000
scenario_scale "${EVENTS:-6}" "${MEGABYTES:-5}" 1 0 40 100

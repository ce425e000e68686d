#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# pmtu.sh - narrow links on both sides of a fleet on raw sockets
# timeout: 300

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../fleet.sh
. "$TESTDIR/fleet.sh"
# shellcheck source-path=SCRIPTDIR source=../scenarios/pmtu.sh
. "$TESTDIR/scenarios/pmtu.sh"

have_binaries
topo_up 2 1
pmtu_up "vf$$-routerc" "vf$$-routers"
scenario_pmtu

#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# crash.sh - kill -9 of engines and of vfleetd under load: VFs come back
# timeout: 600

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../guest.sh
. "$(dirname "$(readlink -f "$0")")/../guest.sh"
# shellcheck source-path=SCRIPTDIR source=../../fleet.sh
. "$TESTDIR/fleet.sh"
# shellcheck source-path=SCRIPTDIR source=../../scenarios/crash.sh
. "$TESTDIR/scenarios/crash.sh"

have_binaries
topo_up 3 2
check "the module gives two pools" vf_pools 4
scenario_crash 30 20

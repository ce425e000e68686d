#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# s2.sh - two sets of engines whose VFs all get every frame: whose is a packet?
# timeout: 400

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../guest.sh
. "$(dirname "$(readlink -f "$0")")/../guest.sh"
# shellcheck source-path=SCRIPTDIR source=../../fleet.sh
. "$TESTDIR/fleet.sh"
# shellcheck source-path=SCRIPTDIR source=../../scenarios/s2.sh
. "$TESTDIR/scenarios/s2.sh"

have_binaries
topo_up 3 1
check "the module gives two pools" vf_pools 4
SETTLE_S=1.5 # an emulated CPU, and seven processes on it
scenario_s2

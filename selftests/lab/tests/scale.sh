#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# scale.sh - scale events under load on VFs, compared segment by segment
# timeout: 900
#
# The emulated CPU carries a few Mbit/s: smaller files than on the host.

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../guest.sh
. "$(dirname "$(readlink -f "$0")")/../guest.sh"
# shellcheck source-path=SCRIPTDIR source=../../fleet.sh
. "$TESTDIR/fleet.sh"
# shellcheck source-path=SCRIPTDIR source=../../scenarios/scale.sh
. "$TESTDIR/scenarios/scale.sh"

have_binaries
topo_up 4 2
check "the module gives two pools" vf_pools 4
DOWN_BYTES_PER_S=200000
STALL_MS=5000 # the emulator itself stands still for a second now and then
scenario_scale "${EVENTS:-8}" "${MEGABYTES:-2}" 2 1 40 40

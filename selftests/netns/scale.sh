#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# scale.sh - 20 scale events under load, compared segment by segment at both ends
# timeout: 600

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../fleet.sh
. "$TESTDIR/fleet.sh"
# shellcheck source-path=SCRIPTDIR source=../scenarios/scale.sh
. "$TESTDIR/scenarios/scale.sh"

have_binaries
topo_up 4 2
scenario_scale "${EVENTS:-20}" "${MEGABYTES:-100}" 3 1 200 200

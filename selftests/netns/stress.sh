#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# stress.sh - EVENTS (40) random scale events under mixed load on raw sockets
# timeout: 600

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../fleet.sh
. "$TESTDIR/fleet.sh"
# shellcheck source-path=SCRIPTDIR source=../scenarios/stress.sh
. "$TESTDIR/scenarios/stress.sh"

have_binaries
topo_up 7 2
scenario_stress "${EVENTS:-40}" 100 2 100 200 "${STRESS_CONNECTS:-200}"

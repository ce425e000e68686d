#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# lab-stress.sh - EVENTS (200) random scale events under mixed load on VFs
# timeout: 9300

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

in_guest "$0" BUILD EVENTS MEGABYTES STRESS_SEED STRESS_CONNECTS LAB_STALL_MS
topo_up 7 2
check "the module gives two pools" vf_pools 7
scenario_stress "${EVENTS:-200}" "${MEGABYTES:-100}" 1 30 30 "${STRESS_CONNECTS:-10}"

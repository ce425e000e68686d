#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# lab-stress.sh - EVENTS (200) random scale events under mixed load on VFs
# timeout: 7200

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

in_guest "$0" BUILD EVENTS STRESS_SEED
topo_up 7 2
check "the module gives two pools" vf_pools 7
scenario_stress "${EVENTS:-200}" 2 1 30 30 10

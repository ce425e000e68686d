#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# lab-deaths.sh - STRESS_ROUNDS (60) deaths in the middle of scale events, on VFs
# timeout: 7200

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

in_guest "$0" BUILD STRESS_ROUNDS STRESS_SEED
topo_up 7 2
check "the module gives two pools" vf_pools 7
scenario_deaths "${STRESS_ROUNDS:-60}" 30 30 10

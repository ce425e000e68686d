#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# lab-crash-generations.sh - STRESS_ROUNDS (20) deaths at the phases of a change of sets,
# on VFs that get every frame
# timeout: 7200

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

in_guest "$0" BUILD STRESS_ROUNDS STRESS_SEED
export STEERING=mirror DRAIN_S=1
topo_up 1 2
check "the module gives two pools" vf_pools 7
scenario_generation_deaths "${STRESS_ROUNDS:-20}" 20 20 5

#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# lab-generations.sh - EVENTS (200) random changes of whole sets under mixed load, on VFs
# that get every frame
# timeout: 9300

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

in_guest "$0" BUILD EVENTS MEGABYTES STRESS_SEED STRESS_CONNECTS LAB_STALL_MS
# Two sets are up to seven engines, each with a VF of both PFs: all that a PF has.
export STEERING=mirror DRAIN_S=1 STRESS_STANDBY=0
topo_up 1 2
check "the module gives two pools" vf_pools 7
export DOWN_BYTES_PER_S=100000
scenario_stress "${EVENTS:-200}" "${MEGABYTES:-100}" 1 20 20 "${STRESS_CONNECTS:-5}"

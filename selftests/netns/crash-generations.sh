#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# crash-generations.sh - STRESS_ROUNDS (8) deaths in the middle of changes of whole sets
# timeout: 400

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../fleet.sh
. "$TESTDIR/fleet.sh"
# shellcheck source-path=SCRIPTDIR source=../scenarios/generation_deaths.sh
. "$TESTDIR/scenarios/generation_deaths.sh"

have_binaries
export STEERING=mirror DRAIN_S=1 STRESS_UDP_RATE=200
topo_up 1 2
scenario_generation_deaths "${STRESS_ROUNDS:-8}" 40 100 20

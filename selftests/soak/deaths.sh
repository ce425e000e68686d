#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# deaths.sh - STRESS_ROUNDS (100) random deaths of engines and vfleetd in the middle of changes
# timeout: 900

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../netns/lib.sh
. "$(dirname "$(readlink -f "$0")")/../netns/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../fleet.sh
. "$TESTDIR/fleet.sh"
# shellcheck source-path=SCRIPTDIR source=../scenarios/stress.sh
. "$TESTDIR/scenarios/stress.sh"

have_binaries
topo_up 7 2
scenario_deaths "${STRESS_ROUNDS:-100}" 100 100 20

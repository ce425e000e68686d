#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# upgrade.sh - vfleet engine upgrade under load: to another build, and what is refused
# timeout: 300

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../fleet.sh
. "$TESTDIR/fleet.sh"
# shellcheck source-path=SCRIPTDIR source=../scenarios/upgrade.sh
. "$TESTDIR/scenarios/upgrade.sh"

have_binaries
topo_up 7 2
scenario_upgrade 50 50

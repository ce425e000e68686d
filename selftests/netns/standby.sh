#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# standby.sh - engines started ahead: taken, replaced, more and fewer of them
# timeout: 240

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../fleet.sh
. "$TESTDIR/fleet.sh"
# shellcheck source-path=SCRIPTDIR source=../scenarios/standby.sh
. "$TESTDIR/scenarios/standby.sh"

have_binaries
topo_up 6 1
scenario_standby

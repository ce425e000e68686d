#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# crash.sh - kill -9 of engines and of vfleetd under load, on raw sockets
# timeout: 400

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../fleet.sh
. "$TESTDIR/fleet.sh"
# shellcheck source-path=SCRIPTDIR source=../scenarios/crash.sh
. "$TESTDIR/scenarios/crash.sh"

have_binaries
topo_up 3 2
scenario_crash 100 100

#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# s2.sh - two sets of engines on mirrored raw sockets: whose is a packet?
# timeout: 300

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../fleet.sh
. "$TESTDIR/fleet.sh"
# shellcheck source-path=SCRIPTDIR source=../scenarios/s2.sh
. "$TESTDIR/scenarios/s2.sh"

have_binaries
topo_up 1 1
scenario_s2

#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# basic.sh - one engine on raw sockets: every protocol, both families

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../fleet.sh
. "$TESTDIR/fleet.sh"
# shellcheck source-path=SCRIPTDIR source=../scenarios/basic.sh
. "$TESTDIR/scenarios/basic.sh"

have_binaries
topo_up 2 2
scenario_basic

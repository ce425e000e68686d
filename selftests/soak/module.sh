#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# module.sh - the module's tests on the debug kernel, one after the other in one guest
# timeout: 5400

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"

[ "$(id -u)" = 0 ] || skip "the lab needs root"
"$REPO/tools/kernel-debug"
"$TESTDIR/lab/run" -v -k debug -t 5000 -o "$BUILD/test-logs/soak/module.out" \
	"$TESTDIR/module/all.sh"

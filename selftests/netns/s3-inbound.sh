#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# s3-inbound.sh - ports of the host that lead to a service in a container, whose kernel
# has no part in it
# timeout: 200

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../fleet.sh
. "$TESTDIR/fleet.sh"
# shellcheck source-path=SCRIPTDIR source=../containers.sh
[ -n "${PROCESSES:-}" ] || . "$TESTDIR/containers.sh"
# shellcheck source-path=SCRIPTDIR source=../scenarios/s3.sh
. "$TESTDIR/scenarios/s3.sh"

s3_up
check "rules are listed, and in the kernel" s3_listed
s3_translated
s3_hairpin
s3_run_time
s3_reload
s3_supervisor_dies
s3_flat "${REQUESTS:-10000}"
check "no packet is unaccounted for" into /dev/null wait_for conserved 20
s3_end

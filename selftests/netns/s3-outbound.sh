#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# s3-outbound.sh - applications beside the engine of a container reach the world through a
# link, the engine's translation and the host's
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

# shellcheck disable=SC2034 # for s3.sh
OUTBOUND=1
s3_up
[ -z "${CONTAINERS:-}" ] || engines_confined packet
s3_out_start
check "the application's end of the link" s3_link
check "the engine answers a ping on the link" in_pod ping -q -c 2 -i 0.2 -W 5 192.168.77.1
check "and over IPv6" in_pod ping -q -c 2 -i 0.2 -W 5 fd77::1
check "row 7: both translations are listed, each in its table" s3_two_tables
s3_out_translated
s3_errors_undone
check "an application reaches the service by the host's port" says "$NEIGHBOUR4" "$NS_POD" \
	"http://$HOST4:8080/"
s3_shared_ports
s3_engine_dies
check "no packet is unaccounted for" into /dev/null wait_for conserved 20
s3_end

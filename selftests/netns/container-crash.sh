#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# container-crash.sh - containers end in every way, and so does vfleetd, under load
# timeout: 500

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../fleet.sh
. "$TESTDIR/fleet.sh"
# shellcheck source-path=SCRIPTDIR source=../containers.sh
. "$TESTDIR/containers.sh"
# shellcheck source-path=SCRIPTDIR source=../scenarios/stress.sh
. "$TESTDIR/scenarios/stress.sh"
# shellcheck source-path=SCRIPTDIR source=../scenarios/crash.sh
. "$TESTDIR/scenarios/crash.sh"
# shellcheck source-path=SCRIPTDIR source=../scenarios/containers.sh
. "$TESTDIR/scenarios/containers.sh"

have_binaries
podman_setup
image_load
topo_up 4 2
scenario_containers_end "${EVENTS:-20}" 50 50

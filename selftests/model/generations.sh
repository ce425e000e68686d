#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# generations.sh - the cut between two sets of engines, in every order of its steps
# timeout: 600

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

holds generations
holds generations -DPACKETS=2 -DDEATHS=1

for mutant in NO_WAIT_HOLD NO_DRAIN NO_CHECK NO_STALE NO_MARGIN NO_MOVE_HOLD NO_TRAIL \
	NO_NEWS; do
	caught generations "$mutant"
done

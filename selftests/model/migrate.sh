#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# migrate.sh - the hand-over of a slice, in every order of its steps and deaths
# timeout: 600

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

quiet=(-DDEATHS=0 -DRESTARTS=0)

holds migrate -DPACKETS=3 -DMOVES=2 "${quiet[@]}"
holds migrate -DPACKETS=2 -DMOVES=1 -DDEATHS=0
for receiver in 0 1 2; do
	holds migrate -DRECEIVER=$receiver -DPACKETS=2 -DMOVES=1 -DRESTARTS=0
done
holds migrate -DPACKETS=1 -DMOVES=1

for mutant in OVERTAKE NO_HOLD NO_FENCE TWO_STORES HASTY_ADOPT; do
	caught migrate "$mutant" "${quiet[@]}"
done
caught migrate NO_ADOPT -DPACKETS=2 -DMOVES=1 -DRESTARTS=0
caught migrate NO_BUMP -DPACKETS=2 -DMOVES=1

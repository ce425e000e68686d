#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# deaths.sh - owners killed at random moments leave nothing behind
#
# timeout: 300

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

DEATHS=${DEATHS:-40}

# what must be the same before and after
footprint()
{
	awk '$1 == "vfleet" { print "module references", $3 }' /proc/modules
	echo "leases $(t lease | wc -l)"
	echo "vfio groups $(find /dev/vfio -name '[0-9]*' | wc -l)"
	echo "devices $(find /sys/bus/pci/devices/ -mindepth 1 | wc -l)"
	echo "iommu groups $(find /sys/kernel/iommu_groups -mindepth 1 -maxdepth 1 | wc -l)"
}

module_up
t pool "$PF" 3
before=$(footprint)
t cycles "$DEATHS" || fail "a VF did not come back"
check "nothing is left of $DEATHS owners" test "$(footprint)" = "$before"
check "every VF is free" test "$(pf "$PF" | cut -d' ' -f1-5)" = "active 3 3 0 0"
check "the module can go" rmmod vfleet

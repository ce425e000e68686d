#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# deaths.sh - 500 owners killed at random moments leave nothing behind
#
# timeout: 420
# kernels: 6.12 6.1

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

DEATHS=${DEATHS:-500}
AT_ONCE=4
DEATHS_TOOL=$BUILD/selftests/module/deaths-tool

# what must be the same before and after
footprint()
{
	awk '$1 == "vfleet" { print "module references", $3 }' /proc/modules
	echo "leases $(t lease | wc -l)"
	echo "vfio groups $(find /dev/vfio -name '[0-9]*' | wc -l)"
	echo "devices $(find /sys/bus/pci/devices/ -mindepth 1 | wc -l)"
	echo "iommu groups $(find /sys/kernel/iommu_groups -mindepth 1 -maxdepth 1 | wc -l)"
	echo "class $(find /sys/class/vfleet -mindepth 1 2>/dev/null | wc -l)"
}

# objects in use: one left by each death would be as many as deaths
objects()
{
	awk '/^(kmalloc|anon_inode|inode_cache|dentry|filp|pid|skbuff)/ { print $1, $2 }' \
		/proc/slabinfo
}

grown()
{
	join <(sort "$1") <(sort "$2") |
		awk -v most=$((DEATHS / 2)) '$3 - $2 > most { print $1, "+" $3 - $2 }'
}

module_up
pool "$PF" 7
check "a first few" "$DEATHS_TOOL" 16 "$AT_ONCE"
before=$(footprint)
echo 3 >/proc/sys/vm/drop_caches
objects >"$WORK/objects"
said=$("$DEATHS_TOOL" "$DEATHS" "$AT_ONCE" $RANDOM) || fail "$said"
ok "$said"
check "every VF is free" test "$(pf "$PF" | cut -d' ' -f1-5)" = "active 7 7 0 0"
check "nothing is left of them" test "$(footprint)" = "$before"
echo 3 >/proc/sys/vm/drop_caches
objects >"$WORK/objects.after"
check "nor in the kernel's memory" test -z "$(grown "$WORK/objects" "$WORK/objects.after")"
check "the IOMMU caught no transfer" \
	test -z "$(dmesg | grep -E 'DMAR:.*(fault|DMA (Read|Write))')"
check "the module can go" rmmod vfleet

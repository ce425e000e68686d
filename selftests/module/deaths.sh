#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# deaths.sh - 500 owners killed at random moments leave nothing behind
#
# timeout: 420
# kernels: 6.12 6.1

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

DEATHS=${DEATHS:-500}
ROUNDS=5
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

# objects: those in use, by cache. What a CPU keeps ready for itself counts as in use,
# until a shrink takes it away.
objects()
{
	local file

	echo 3 >/proc/sys/vm/drop_caches
	for file in /sys/kernel/slab/*/shrink; do
		echo 1 >"$file"
	done
	awk '/^(kmalloc|anon_inode|inode_cache|dentry|filp|pid|skbuff)/ { print $1, $2 }' \
		/proc/slabinfo
}

# leaking FILE...: caches that have grown from each to the next. What owners leave does
# that, a third of the dead having been some; what the kernel frees late does not.
leaking()
{
	awk -v least=$((DEATHS / ROUNDS / 10)) '
		FNR == 1 { round++ }
		round > 1 && $2 - last[$1] > least { grew[$1]++ }
		{ last[$1] = $2 }
		END { for (cache in grew) if (grew[cache] == round - 1) print cache }' "$@"
}

module_up
pool "$PF" 7
check "a first few" "$DEATHS_TOOL" 16 "$AT_ONCE"
before=$(footprint)
objects >"$WORK/objects0"
for ((round = 1; round <= ROUNDS; round++)); do
	said=$("$DEATHS_TOOL" $((DEATHS / ROUNDS)) "$AT_ONCE" $RANDOM) || fail "$said"
	ok "$said"
	objects >"$WORK/objects$round"
done
check "every VF is free" test "$(pf "$PF" | cut -d' ' -f1-5)" = "active 7 7 0 0"
check "nothing is left of them" test "$(footprint)" = "$before"
# KASAN keeps for a while what was freed; where it does, kmemleak looks when the guest ends.
left=$(leaking "$WORK"/objects[0-9])
[ -z "$left" ] || [ -e /sys/kernel/debug/kmemleak ] || fail "the kernel's memory fills: $left"
ok "nor in the kernel's memory"
check "the IOMMU caught no transfer" \
	test -z "$(dmesg | grep -E 'DMAR:.*(fault|DMA (Read|Write))')"
check "the module can go" rmmod vfleet

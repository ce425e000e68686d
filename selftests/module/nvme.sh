#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# nvme.sh - a PF without network interface; one that shares its group with its VFs
#
# timeout: 300
# kernels: 6.12 6.1 debug
# lab: -q -device -q nvme-subsys,id=one -q -device -q nvme-subsys,id=two
# lab: -q -device -q pcie-root-port,id=port1,chassis=20
# lab: -q -device -q pcie-root-port,id=port2,chassis=21,disable-acs=on
# lab: -q -device -q nvme,subsys=one,bus=port1,serial=1,sriov_max_vfs=2
# lab: -q -device -q nvme,subsys=two,bus=port2,serial=2,sriov_max_vfs=2
# lab: -q -global -q nvme.sriov_vq_flexible=4 -q -global -q nvme.sriov_vi_flexible=2
# lab: -q -global -q nvme.max_ioqpairs=6 -q -global -q nvme.msix_qsize=5

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# nvme_of SERIAL: the PCI address of that controller
nvme_of()
{
	local dir serial

	for dir in /sys/class/nvme/*; do
		read -r serial <"$dir/serial"
		[ "$serial" != "$1" ] || basename "$(readlink -f "$dir/device")"
	done
}

modprobe -a nvme vfio-pci vfleet
wait_for '[ -n "$(nvme_of 1)" ] && [ -n "$(nvme_of 2)" ]' 30 || fail "no NVMe controllers"
PF=$(nvme_of 1)
SHARED=$(nvme_of 2)

check "it is a PF" test "$(pf "$PF")" = "idle 0 0 0 0 $(pf "$PF" | cut -d' ' -f6) 2"
check "make a pool of 2" t pool "$PF" 2
check "the pool is active" test "$(pf "$PF" | cut -d' ' -f1-5)" = "active 2 2 0 0"
hold one pf "$PF"
check "a VF is leased" test "$(vf "$VF" | cut -d' ' -f1-3)" = "leased vfio-pci $ID"
check "without MAC" test "$MAC" = -
refuses EOPNOTSUPP "" set "$VF" vlan 5
refuses EOPNOTSUPP "" hold pf "$PF" mac 02:00:00:00:00:01
kill -9 "$OWNER"
check "kill -9: free" wait_for "state_is $VF free" 10
check "after a reset" test "$(vf "$VF" | awk '{ print $NF }')" -ge 1
HOW=vfio hold two pf "$PF"
check "with the device open" state_is "$VF" leased
kill -9 "$OWNER"
check "kill -9: free" wait_for "state_is $VF free" 10
wait_for "! t vf | grep -v ' free '" 10 || fail "not all free"
check "remove the pool" t pool "$PF" 0

echo "# VFs that share an IOMMU group"
t pool "$SHARED" 2
doctor
check "doctor sees it" test "$(verdict groups)" = warn
check "and names a VF of the card" \
	grep -qE "${SHARED%.*}\.[0-9] shares its IOMMU group" "$WORK/doctor"
refuses EXDEV "shares its IOMMU group" hold pf "$SHARED"
check "refused, it is free again" wait_for "! t vf | grep -v ' free '" 10
check "remove the pool" t pool "$SHARED" 0
check "the module can go" rmmod vfleet

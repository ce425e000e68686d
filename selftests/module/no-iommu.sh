#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# no-iommu.sh - without an IOMMU nothing is leased, whatever vfio would allow
#
# timeout: 300
# kernels: 6.12 6.1 debug
# lab: -a intel_iommu=off

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

UNSAFE=/sys/module/vfio/parameters/enable_unsafe_noiommu_mode

module_up
t pool "$PF" 1
check "a pool can be made" test "$(pf "$PF" | cut -d' ' -f1-3)" = "active 1 1"
refuses EPERM "no IOMMU" hold
check "refused, the VF is free again" wait_for "t vf | grep -q ' free $NEW'" 10
if [ -e "$UNSAFE" ]; then
	echo 1 >"$UNSAFE"
	refuses EPERM "no IOMMU" hold
	check "nor with the unsafe mode of vfio" wait_for "t vf | grep -q ' free $NEW'" 10
fi
doctor
check "doctor sees it" test "$(verdict iommu)" = bad
check "remove the pool" t pool "$PF" 0

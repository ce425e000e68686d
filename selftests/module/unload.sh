#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# unload.sh - the module stays while a lease lives, leaves when none does, finds its way back
#
# timeout: 300

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

refcount()
{
	awk '$1 == "vfleet" { print $3 }' /proc/modules
}

module_up
t pool "$PF" 2
hold one
! rmmod vfleet 2>/dev/null || fail "rmmod went through with a lease"
check "rmmod is refused while a lease lives" state_is "$VF" leased
check "one lease, one reference" test "$(refcount)" = 1
kill -9 "$OWNER"
wait_for "free_and_new $VF" 10 || fail "not free"
check "no lease, no reference" test "$(refcount)" = 0
check "rmmod goes through" rmmod vfleet
check "the VFs are still there, for any driver" \
	test "$(cat "/sys/bus/pci/devices/$VF/driver_override")" = "(null)"

modprobe vfleet
check "they are foreign to the next load" state_is "$VF" foreign
check "a PF with foreign VFs only is idle" test "$(pf "$PF" | cut -d' ' -f1-3)" = "idle 2 0"
refuses EAGAIN "has no pool" hold pf "$PF"
refuses EBUSY "adopt them" pool "$PF" 0
modprobe igbvf
check "igbvf takes them" test -e "/sys/bus/pci/drivers/igbvf/$VF"
refuses EBUSY "unbind it" pool "$PF" 2
rmmod igbvf
check "adopted by the present number" t pool "$PF" 2
check "free after a reset" wait_for "free_and_new $VF" 10
hold two pf "$PF" index 0
check "and leased" state_is "$VF" leased
kill -9 "$OWNER"
wait_for "free_and_new $VF" 10 || fail "not free"
check "the last rmmod" rmmod vfleet

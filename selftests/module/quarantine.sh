#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# quarantine.sh - a VF that cannot be reset, or is used without a lease, goes to nobody
#
# timeout: 300

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

SYS=/sys/bus/pci/devices

module_up
t pool "$PF" 1

echo "# no reset method"
hold one
echo >"$SYS/$VF/reset_method"
kill -9 "$OWNER"
check "a failed reset: quarantined" wait_for "state_is $VF quarantined" 10
check "the PF counts it" test "$(pf "$PF" | cut -d' ' -f1-5)" = "active 1 0 0 1"
refuses EUCLEAN "quarantined" hold pf "$PF" index 0
refuses EAGAIN "no VF of the PF is free" hold pf "$PF"
t reset "$VF"
check "still no method: quarantined again" wait_for "state_is $VF quarantined" 10
echo default >"$SYS/$VF/reset_method"
t reset "$VF"
check "with a method: free and as new" wait_for "free_and_new $VF" 10

echo "# the lease given up, vfio kept open"
HOW=orphan hold two
check "draining" wait_for "state_is $VF draining" 10
refuses EBUSY "draining" reset "$VF"
refuses EBUSY "draining" pool "$PF" 0
check "the module can go all the same" rmmod vfleet
modprobe vfleet
check "the next load leaves the VF alone" state_is "$VF" foreign
refuses EBUSY "unbind it" pool "$PF" 1
kill -9 "$OWNER"
echo "$VF" >"$SYS/$VF/driver/unbind"
check "adopted" t pool "$PF" 1
check "by way of a reset" wait_for "free_and_new $VF" 10

echo "# a free VF used behind the module's back"
echo igbvf >"$SYS/$VF/driver_override"
modprobe igbvf
echo "$VF" >/sys/bus/pci/drivers_probe
check "igbvf has it" test -e "/sys/bus/pci/drivers/igbvf/$VF"
refuses EBUSY "behind vfleet's back" reset "$VF"
refuses EBUSY "behind vfleet's back" pool "$PF" 0
refuses EBUSY "behind vfleet's back" hold
check "a VF that was asked for waits for its user" wait_for "state_is $VF draining" 10
rmmod igbvf
check "then comes back through a reset" wait_for "free_and_new $VF" 10
check "and the pool can go" t pool "$PF" 0

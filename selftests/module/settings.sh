#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# settings.sh - settings belong to a lease: given back when they are lost, then scrubbed
#
# timeout: 300
# shellcheck disable=SC2016 # conditions go to eval as they are written

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# settings "MAC VLAN SPOOFCHK TRUST MAXRATE": what VF has
settings() { [ "$(vf "$VF" | cut -d' ' -f4-8)" = "$1" ]; }

module_up
NET=$(ls "/sys/bus/pci/devices/$PF/net")
t pool "$PF" 1
hold one mac 02:00:00:00:0b:01
t set "$VF" vlan 100
t set "$VF" trust 1
WANTED="02:00:00:00:0b:01 100 1 1 0"
check "set" settings "$WANTED"

# Someone else's change stands for a driver that forgot: both are told by the interface.
ip link set "$NET" vf 0 vlan 7 mac 02:00:00:00:66:66 spoofchk off trust off
check "given back" wait_for 'settings "$WANTED"' 20
ip link set "$NET" down
ip link set "$NET" vf 0 vlan 0
ip link set "$NET" up
check "also when the interface comes up again" wait_for 'settings "$WANTED"' 20

link_up "$PF"
"$BUILD/userspace/cli/vfleet" vf set "$VF" max-rate 50 >/dev/null
check "a rate" settings "02:00:00:00:0b:01 100 1 1 50"
ip link set "$NET" down
wait_for "! grep -q 1 /sys/class/net/$NET/carrier 2>/dev/null" 20 || fail "carrier stays"
kill -9 "$OWNER"
check "without carrier a rate cannot be scrubbed: quarantined" \
	wait_for "state_is $VF quarantined" 20
check "for that reason" test "$(cat "/sys/class/vfleet/$PF-vf0/last_error")" = 100
ip link set "$NET" up
check "with the carrier back it is free and as new" wait_for "free_and_new $VF" 30
check "the pool can go" t pool "$PF" 0
check "so can the module" rmmod vfleet

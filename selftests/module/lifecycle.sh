#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# lifecycle.sh - a pool, a lease, a death: the VF comes back as new
#
# timeout: 300

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

module_up
modprobe igbvf

check "a PF without a pool is idle" test "$(pf "$PF" | cut -d' ' -f1-5)" = "idle 0 0 0 0"
check "make a pool of 3" t pool "$PF" 3
check "the pool is active" test "$(pf "$PF" | cut -d' ' -f1-5)" = "active 3 3 0 0"
read -r FIRST _ < <(t vf)
check "no driver took the new VFs" test "$(t vf | grep -c ' free - 0 ')" = 3
check "setting the same number again is no change" t pool "$PF" 3

hold one label "first owner"
[[ "$MAC" =~ ^.[26ae]: ]] || fail "not a local unicast address: $MAC"
check "the VF is leased on vfio-pci with its MAC, spoof check on, trust off" \
	test "$(vf "$VF")" = "leased vfio-pci $ID $MAC 0 1 0 0 0"
check "the PF counts it" test "$(pf "$PF" | cut -d' ' -f1-5)" = "active 3 2 1 0"
check "the lease is listed" test "$(t lease)" = "$ID $VF first owner $OWNER"
check "its group has a device node" test -c "/dev/vfio/$GROUP"
ip link show "$(ls "/sys/bus/pci/devices/$PF/net")" | grep -q "vf 0 .*$MAC" ||
	fail "ip link shows another MAC"
grep -q "vfleet-vf:.*$VF" "/proc/$OWNER/fdinfo/"* || fail "no fdinfo"
t set "$VF" vlan 100 && t set "$VF" trust 1
check "settings can change while leased" \
	test "$(vf "$VF")" = "leased vfio-pci $ID $MAC 100 1 1 0 0"

kill -9 "$OWNER"
check "kill -9: the VF is free and as new again" wait_for "free_and_new $VF" 10
check "no lease is left" test -z "$(t lease)"

hold two mac 02:00:00:00:aa:01 index 2 pf "$PF"
check "a lease of a certain VF with a certain MAC" \
	test "$(vf "$VF" | cut -d' ' -f1-4)" = "leased vfio-pci $ID 02:00:00:00:aa:01"
let_go two
check "closed: free and as new" wait_for "free_and_new $VF" 10

# The lease is the fd, not the process: a child that has a copy keeps it.
HOW=fork hold child
wait_for "! kill -0 $OWNER" 5 || fail "the parent lives"
check "its owner gone, a child keeps the lease" state_is "$VF" leased
let_go child
check "the child gone too: free and as new" wait_for "free_and_new $VF" 10

HOW=vfio hold three
check "vfio open" state_is "$VF" leased
kill -9 "$OWNER"
check "kill -9 with vfio open: free and as new" wait_for "free_and_new $VF" 10

check "reset a free VF" t reset "$FIRST"
check "it comes back" wait_for "free_and_new $FIRST" 10
check "and the reset was counted" test "$(vf "$FIRST" | awk '{ print $NF }')" -ge 1

check "remove the pool" t pool "$PF" 0
check "the PF is idle again" test "$(pf "$PF" | cut -d' ' -f1-5)" = "idle 0 0 0 0"
check "no VF is left" test -z "$(t vf)"

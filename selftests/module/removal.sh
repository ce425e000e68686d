#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# removal.sh - a PF that goes away under its leases: defined outcomes, no hang
#
# timeout: 300

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

SYS=/sys/bus/pci/devices

module_up
t pool "$PF" 2

echo "# a lease whose user is slow to let go"
HOW=vfio hold slow
t revoke "$ID"
check "revoked and in use: draining" wait_for "state_is $VF draining" 10
refuses EBUSY "draining" hold pf "$PF" index 0
refuses EBUSY "draining" pool "$PF" 0
kill -9 "$OWNER"
check "free once the user is gone" wait_for "free_and_new $VF" 10

echo "# someone else writes sriov_numvfs"
hold one
if echo 0 2>/dev/null >"$SYS/$PF/sriov_numvfs"; then
	fail "igb gave leased VFs away"
fi
check "refused by the PF's driver while a VF is leased" state_is "$VF" leased
kill -9 "$OWNER"
wait_for "free_and_new $VF" 10 || fail "not free"
generation=$(pf "$PF" | cut -d' ' -f6)
echo 0 >"$SYS/$PF/sriov_numvfs"
check "free VFs removed from outside: idle" \
	test "$(pf "$PF" | cut -d' ' -f1-5)" = "idle 0 0 0 0"
check "another generation" test "$(pf "$PF" | cut -d' ' -f6)" != "$generation"
echo 0 >"$SYS/$PF/sriov_drivers_autoprobe"
echo 1 >"$SYS/$PF/sriov_numvfs"
check "a VF made from outside is foreign" test "$(t vf | cut -d' ' -f2)" = foreign
echo 0 >"$SYS/$PF/sriov_numvfs"

echo "# the PF's driver leaves"
t pool "$PF" 2
HOW=polite hold two
# It waits for the owner, who has vfio open: so he must hear of it.
(echo "$PF" >/sys/bus/pci/drivers/igb/unbind) &
check "the owner sees a hangup" wait_for "grep -q hangup $WORK/two" 10
wait $! || fail "unbind"
check "the VFs are gone" test -z "$(t vf)"
check "no lease is left" test -z "$(t lease)"
check "the PF is idle" test "$(pf "$PF" | cut -d' ' -f1-2)" = "idle 0"
refuses EOPNOTSUPP "no driver" pool "$PF" 1
echo "$PF" >/sys/bus/pci/drivers/igb/bind
link_up "$PF"
check "its driver is back: a new pool" t pool "$PF" 2
hold three
check "and a lease" state_is "$VF" leased

echo "# the PF is unplugged"
echo 1 >"$SYS/$PF/remove"
check "the owner sees a hangup" wait_for "grep -q hangup $WORK/three" 10
check "the PF is gone" test -z "$(pf "$PF")"
check "the other is not" test -n "$(pf "$PF2")"
check "no lease is left" test -z "$(t lease)"

# back: PF2 is there again, with link
back()
{
	echo 1 >/sys/bus/pci/rescan
	wait_for "[ -n \"\$(ls $SYS/$PF2/net)\" ]" 20 || fail "no PF after a rescan"
	link_up "$PF2"
}

# slot_of BDF: the directory of its hotplug slot
slot_of()
{
	grep -l "^${1%.*}\$" /sys/bus/pci/slots/*/address | xargs dirname
}

echo "# removal and enable at the same time"
for round in 1 2 3; do
	(echo 1 >"$SYS/$PF2/remove") &
	t pool "$PF2" 2 || true
	wait
	check "round $round: neither hung" test -z "$(pf "$PF2")"
	back
	check "round $round: back, idle" test "$(pf "$PF2" | cut -d' ' -f1-2)" = "idle 0"
done

echo "# the slot of a PF is switched off"
t pool "$PF2" 2
HOW=polite hold four
(echo 0 >"$(slot_of "$PF2")/power") &
check "the owner sees a hangup" wait_for "grep -q hangup $WORK/four" 20
wait $! || fail "power"
check "the PF is gone" wait_for '[ -z "$(pf "$PF2")" ]' 10
check "no lease is left" test -z "$(t lease)"
check "the module can go" rmmod vfleet

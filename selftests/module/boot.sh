#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# boot.sh - modprobe.d makes the pool as soon as the PF's driver is there
#
# timeout: 300
# kernels: 6.12 6.1
# shellcheck disable=SC2016 # conditions go to eval as they are written

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

CONF=/etc/modprobe.d/vfleet.conf

# The sample as it is installed, with its lines for a pool at boot in use and its PF
# and its path those of this guest.
use_sample()
{
	sed -e 's/^#\(softdep\|install\) /\1 /' -e "s/0000:01:00.0/$PF/" \
		-e "s,/usr/local/bin/vfleet,$BUILD/userspace/cli/vfleet," \
		"$REPO/dist/modprobe.d-vfleet.conf" >"$CONF"
}

module_up
rmmod vfleet igb
mkdir -p "${CONF%/*}"
at_exit "rm -f $CONF"
use_sample
check "the sample has both lines" test "$(grep -cE '^(softdep|install) ' "$CONF")" = 2
check "the card's driver loads" modprobe igb
check "vfleet came with it" grep -q '^vfleet ' /proc/modules
said=$(pf "$PF")
[[ "$said" == "active 4 4 "* ]] || fail "no pool: $said"
ok "and there is a pool"
check "none on the other card" test "$(pf "$PF2" | cut -d' ' -f1-2)" = "idle 0"
hold one pf "$PF"
check "it can be leased from" state_is "$VF" leased

# The first who asks for the family by its name has the module loaded, by the same rule.
let_go one
wait_for "! t vf | grep -v ' free '" 10 || fail "not all free"
t pool "$PF" 0
rmmod vfleet vfio-pci
setpriv --reuid=65534 --regid=65534 --clear-groups "$T" pf >"$WORK/said" 2>&1 ||
	fail "not loaded by its first user, whoever that is: $(cat "$WORK/said")"
check "the family's name loads the module" grep -q '^vfleet ' /proc/modules
check "and the module vfio-pci" test -e /sys/bus/pci/drivers/vfio-pci
check "the pool is there for the first user" grep -q "^$PF active 4 4 " "$WORK/said"
rm "$CONF"
t pool "$PF" 0
rmmod vfleet
check "without the rule there is none" test "$(pf "$PF" | cut -d' ' -f1-2)" = "idle 0"

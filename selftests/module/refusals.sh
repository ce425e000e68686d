#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# refusals.sh - what is refused says so in a sentence, and changes nothing
#
# timeout: 300

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

echo "blacklist vfleet" >/etc/modprobe.d/vfleet-test.conf
refuses ENOENT "modprobe vfleet" pf
rm /etc/modprobe.d/vfleet-test.conf
check "the first question loads the module" test "$(t pf | wc -l)" = 2
module_up

refuses EAGAIN "no pool has a free VF" hold
refuses EAGAIN "make one" hold pf "$PF"
refuses ERANGE "total-vfs" pool "$PF" 8
refuses ENODEV "no SR-IOV capable PF" pool 0000:99:00.0 1
refuses ENODEV "no SR-IOV capable PF" hold pf 0000:99:00.0
refuses EINVAL "policy" pool 0000:99:00.00000000000000 1
check "nothing changed" test "$(pf "$PF" | cut -d' ' -f1-5)" = "idle 0 0 0 0"

t pool "$PF" 2
read -r FIRST _ < <(t vf)
refuses EBUSY "num-vfs to 0 first" pool "$PF" 3
refuses ENODEV "of that index" hold pf "$PF" index 2
refuses EINVAL "needs a PF" hold index 0
refuses EINVAL "63 bytes" hold label "$(printf 'x%.0s' {1..64})"
refuses EINVAL "unicast" hold mac 01:00:5e:00:00:01
refuses ERANGE "out of range" hold vlan 4095
refuses EOPNOTSUPP "tunables" hold link 1
refuses ENODEV "no VF of that name" reset 0000:99:10.0
refuses ESTALE "generation" reset "$FIRST" 999
refuses EBUSY "needs a lease" set "$FIRST" vlan 5
refuses ENOENT "no lease" revoke 12345
# A refused acquire may have prepared the VF already: it then goes through a reset.
check "no VF is lost" wait_for "[ \$(t vf | grep -c ' free $NEW') = 2 ]" 10

hold one pf "$PF" index 0
refuses EBUSY "is leased" hold pf "$PF" index 0
refuses EBUSY "is leased" reset "$VF"
refuses EBUSY "leased, draining" pool "$PF" 0
refuses EINVAL "unicast" set "$VF" mac 03:00:00:00:00:00
check "the owner noticed nothing" test "$(vf "$VF" | cut -d' ' -f1-4)" = \
	"leased vfio-pci $ID $MAC"
hold two
refuses EAGAIN "no VF of the PF is free" hold pf "$PF"
refuses EAGAIN "no pool has a free VF" hold

# Someone else bound a free VF: it is not given away, and not lost when he is done.
let_go two
wait_for "free_and_new $VF" 10 || fail "not free"
echo vfio-pci >"/sys/bus/pci/devices/$VF/driver_override"
echo "$VF" >/sys/bus/pci/drivers_probe
refuses EBUSY "behind vfleet's back" hold pf "$PF" index 1
check "it comes back through a reset" wait_for "free_and_new $VF" 10

echo "# without privilege"
nobody()
{
	setpriv --reuid=65534 --regid=65534 --clear-groups "$T" "$@" 2>&1
}
check "anyone may look at PFs" test "$(nobody pf | wc -l)" = 2
check "and VFs" test "$(nobody vf | wc -l)" = 2
# Root of a user namespace of its own, in the network namespace where the family is
userns() { unshare -Ur "$T" "$@" 2>&1; }
# root, but one capability short
without_net_admin()
{
	setpriv --bounding-set -net_admin --inh-caps -net_admin "$T" "$@" 2>&1
}
check "so may root of a user namespace" test "$(userns pf | wc -l)" = 2
for who in nobody userns without_net_admin; do
	for words in "pool $PF 0" "hold" "revoke 1" "reset $VF" "set $VF vlan 5" "lease" \
		"events 1"; do
		# shellcheck disable=SC2086 # words
		said=$($who $words </dev/null) && fail "$who: $words without privilege"
		[[ "$said" == EPERM:* ]] || fail "$who: $words: $said"
		ok "refused to $who: $words -> $said"
	done
done
said=$(setpriv --bounding-set -sys_admin --inh-caps -sys_admin "$T" hold 2>&1 </dev/null) &&
	fail "a lease without CAP_SYS_ADMIN"
[[ "$said" == EPERM:*CAP_SYS_ADMIN* ]] || fail "without CAP_SYS_ADMIN: $said"
ok "refused without CAP_SYS_ADMIN -> $said"
said=$(unshare -Urn "$T" pf 2>&1) && fail "seen from another network namespace"
[[ "$said" == ENOENT:* ]] || fail "from another namespace: $said"
ok "root of a user namespace sees nothing"

echo "# the device of a lease is its owner's"
HOW=vfio hold three pf "$PF" index 1
said=$(setpriv --reuid=65534 --regid=65534 --clear-groups \
	bash -c "exec 3<>/dev/vfio/$GROUP" 2>&1) && fail "anyone can open the VF"
check "nobody else opens it: $said" grep -q "Permission denied" <<<"$said"
said=$(bash -c "exec 3<>/dev/vfio/$GROUP" 2>&1) && fail "two have the VF open"
check "nor does another root: $said" grep -q "busy" <<<"$said"
check "the owners noticed nothing" test "$(t vf | grep -c ' leased ')" = 2

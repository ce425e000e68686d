#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# cni.sh - the CNI plugin on the module: pods get VFs, open them, and give them back
# shellcheck disable=SC2016 # conditions go to eval as they are written
# timeout: 240

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../guest.sh
. "$(dirname "$(readlink -f "$0")")/../guest.sh"
# shellcheck source-path=SCRIPTDIR source=../../fleet.sh
. "$TESTDIR/fleet.sh"
# shellcheck source-path=SCRIPTDIR source=../../cni.sh
. "$TESTDIR/cni.sh"

PLUGIN=$BUILD/userspace/cni/vfleet-cni

# state VF WORD: what the module says of it
state()
{
	[ "$(vf -j vf | jq -r ".[] | select(.bdf == \"$1\").state")" = "$2" ]
}

keeper_of() { vf -j lease | jq -r ".[] | select(.vf == \"$1\").pid"; }

# use_vf VF: a program of the pod's, of no privileges, opens its VF by VFIO and keeps it;
# USER_PID is its process
use_vf()
{
	local group

	group=$(basename "$(readlink "/sys/bus/pci/devices/$1/iommu_group")")
	spawn "vf$$-$POD" "$WORK/user-$POD" setpriv --reuid 65532 --regid 65532 --clear-groups \
		--no-new-privs --bounding-set=-all /usr/bin/python3 -c '
import fcntl, os, struct, sys, time
container = os.open("/dev/vfio/vfio", os.O_RDWR)
group = os.open("/dev/vfio/" + sys.argv[1], os.O_RDWR)
fcntl.ioctl(group, 0x3b68, struct.pack("i", container))  # VFIO_GROUP_SET_CONTAINER
fcntl.ioctl(container, 0x3b66, 3)                        # VFIO_SET_IOMMU, TYPE1v2
fcntl.ioctl(group, 0x3b6a, sys.argv[2].encode() + b"\0") # VFIO_GROUP_GET_DEVICE_FD
print("open", flush=True)
time.sleep(1000)' "$group" "$1"
	USER_PID=$SPAWNED
	wait_for "grep -q open $WORK/user-$POD" 20 || fail "vfio: $(cat "$WORK/user-$POD")"
}

[ -x "$PLUGIN" ] || fail "no $PLUGIN: build first"
topo_up 1 0
modprobe vfleet
pod none
cni STATUS
check "STATUS before there is a pool" refuses 50 "has no free VF"
cni ADD
check "ADD before there is a pool: try again later" refuses 11 "no pool has a free VF"
vf pf set "$PF_CLIENT" vfs 2
CONF=$(jq -c --arg pf "$PF_CLIENT" '. + {pf: $pf, user: 65532, vlan: 7}' <<<"$CONF")
cni STATUS
check "STATUS: ready" silent

pod one
add_vf
first=$VF first_keeper=$(keeper_of "$VF")
check "ADD: its VF is leased" state "$first" leased
check "by a process of its own" test "$(cat "/proc/$first_keeper/comm")" = vfleet-cni-keep
check "MAC and VLAN are those of the VF" test "$(vf -j vf | jq -r ".[] |
	select(.bdf == \"$first\").tuning | \"\(.mac) \(.vlan)\"")" = \
	"$(jq -r '.interfaces[0].mac' "$WORK/answer") 7"
use_vf "$first"
echo "ok: a program in the pod, user 65532 without capabilities, has the VF open"
pod two
add_vf
second=$VF
check "a second pod has the other VF" test "$first" != "$second"
check "leased, too" state "$second" leased
pod three
cni ADD
check "no VF is left: try again later" refuses 11 "no VF of the PF is free"
pod two
cni CHECK "$(prev_result)"
check "CHECK" silent
cni DEL
check "DEL" silent
check "gives back the VF" wait_for "state $second free" 20
cni DEL
check "DEL once more" silent
cni CHECK "$(prev_result)"
check "CHECK: no VF" refuses 101 "has no VF"

pod one
cni DEL
check "DEL while the pod's program has the VF open" silent
check "its holder ends" wait_for "[ ! -e /proc/$first_keeper ]"
check "nobody else gets it" wait_for "state $first draining"
kill -9 "$USER_PID"
check "the program ends: the VF is free" wait_for "state $first free" 20

pod one
add_vf
kill -9 "$(keeper_of "$VF")"
check "its holder killed: the VF is free" wait_for "state $VF free" 20
cni CHECK "$(prev_result)"
check "CHECK tells" refuses 101 "has no VF"

pod dies
add_vf
use_vf "$VF"
ip netns del "vf$$-dies"
check "the namespace has no name, but a program: leased" state "$VF" leased
kill -9 "$USER_PID"
check "the pod dies without DEL: the VF is free" wait_for "state $VF free" 20

pod kept
add_vf
kept=$VF
pod stale
add_vf
cni GC '{"cni.dev/valid-attachments": [{containerID: "kept", ifname: "net1"}]}'
check "GC" silent
check "takes the VF of whom the runtime does not know" wait_for "state $VF free" 20
check "and no other" state "$kept" leased
vf lease revoke "$(vf -j lease | jq '.[0].id')" >/dev/null
check "so does the operator" wait_for "state $kept free" 20
check "no process is left" wait_for '! pgrep -x vfleet-cni-keep'

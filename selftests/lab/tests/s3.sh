#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# s3.sh - a service in a container, and an application's container with the same network:
# podman, cgroup v2, a NIC as uplink; on a bridge, and then on VFs
# timeout: 600
# lab: -m 2600M
# needs: image

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../guest.sh
. "$(dirname "$(readlink -f "$0")")/../guest.sh"
# shellcheck source-path=SCRIPTDIR source=../../fleet.sh
. "$TESTDIR/fleet.sh"
# shellcheck source-path=SCRIPTDIR source=../../containers.sh
. "$TESTDIR/containers.sh"
# shellcheck source-path=SCRIPTDIR source=../../scenarios/s3.sh
. "$TESTDIR/scenarios/s3.sh"

# bridge_is_nic: the server side's PF in place of the bridge, with a pool of VFs, and the
# neighbour at the other end of its wire; the container has no interface any more
bridge_is_nic()
{
	local near=${NS_SERVER[1]}

	ip link del near0
	ip link del pod0
	ip link del br0
	rename_nic 52:54:00:00:0b:01 br0
	rename_nic 52:54:00:00:0b:02 nics
	ethtool -K br0 gro off gso off tso off
	ethtool -K nics gro off gso off tso off
	ip link set br0 up
	s3_gateway
	ip link set nics netns "$near" name eth0
	ip -n "$near" link set eth0 up
	s3_near
	wait_for "grep -q 1 /sys/class/net/br0/carrier" 20 || fail "the PF has no link"
	PF_BRIDGE=$(bdf_of br0)
	modprobe -a vfio-pci vfleet
	check "a pool of two VFs" into /dev/null vf pf set "$PF_BRIDGE" vfs 2
}

# another_fleet: of the same container, with ports of another kind
another_fleet()
{
	stop_pid "$SUPERVISOR"
	rm -r "$WORK/state"
	s3_rules >"$CONFIG"
	s3_fleet
}

mount -t cgroup2 cgroup2 /sys/fs/cgroup
# shellcheck disable=SC2034 # for s3.sh and fleet.sh
OUTBOUND=1 FLEET_START_S=120 FILE_BYTES=300000
s3_up
engines_confined packet
s3_out_start
check "rules are listed, and in the kernel" s3_listed
s3_translated
s3_hairpin
check "row 5: the application's end of the link" s3_link
check "row 7: both translations are listed, each in its table" s3_two_tables
s3_out_translated
s3_errors_undone
s3_flat "${REQUESTS:-10000}"
check "no packet is unaccounted for" into /dev/null wait_for conserved 20
s3_end
bridge_is_nic
another_fleet
engines_confined VFs
check "the container has the link and no other interface" [ "$(in_pod ip -br link |
	cut -d' ' -f1 | paste -sd' ')" = 'lo app0' ]
s3_translated
s3_out_translated
s3_flat "${REQUESTS:-1000}"
check "no packet is unaccounted for" into /dev/null wait_for conserved 20
s3_end
check "every VF is free again" into /dev/null wait_for all_free 30

# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# guest.sh - the test network in the lab's guest: two SR-IOV NICs, two segments
#
#   client ns                 this namespace                  server ns 1..M
#   eth0 (virtio) -- hub 0 -- pfc (igb PF, VFs)
#                             pfs (igb PF, VFs) -- hub 1 -- (virtio) macvlan eth0
#
# Engines get VFs of pfc and pfs; the supervisor reaches the servers from pfs.
# Same words and addresses as netns/lib.sh.

# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

[ -n "${VFLEET_LAB:-}" ] || skip "runs in the lab's guest only: selftests/lab/run"

# netdev_of MAC: the interface with that hardware address
netdev_of()
{
	local dir mac

	for dir in /sys/class/net/*; do
		read -r mac <"$dir/address"
		[ "$mac" != "$1" ] || { echo "${dir##*/}" && return 0; }
	done
	return 1
}

# bdf_of NETDEV: its PCI address
bdf_of()
{
	basename "$(readlink -f "/sys/class/net/$1/device")"
}

# rename_nic MAC NAME: wait for its driver, give it a name that tests can use
rename_nic()
{
	local old

	wait_for "netdev_of $1" 20 || fail "no NIC $1"
	old=$(netdev_of "$1")
	[ "$old" = "$2" ] || ip link set "$old" down name "$2"
}

# new_ns NAME
new_ns()
{
	ip netns add "$1"
	quiet_ipv6 "$1"
	ip -n "$1" link set lo up
}

# client_wire NAME NS: the PF of the client side, and the NIC at the other end of its
# wire in a new namespace, both silent and up
client_wire()
{
	rename_nic 52:54:00:00:0a:01 "$1"
	rename_nic 52:54:00:00:0a:02 nicc
	quiet_ipv6 ''
	sysctl -qw "net.ipv6.conf.$1.disable_ipv6=1"
	# The PFs have to be up: they answer their VFs' mailboxes.
	ip link set "$1" up
	# What is captured at the ends must be what is on the wire: no merging.
	ethtool -K nicc gro off gso off tso off
	new_ns "$2"
	ip link set nicc netns "$2" name eth0
	ip -n "$2" link set eth0 up
}

# uplink_up: another network: up0, a PF of this namespace, which is called a host, is on a
# wire with eth0 of NS_CLIENT
uplink_up()
{
	modprobe -a igb virtio_net tun
	NS_LB=host NS_CLIENT=outside
	ip netns attach "$NS_LB" $$
	client_wire up0 "$NS_CLIENT"
	sysctl -qw net.ipv6.conf.up0.disable_ipv6=0
	ethtool -K up0 gro off gso off tso off
	export NS_CLIENT NS_LB
	wait_for "grep -q 1 /sys/class/net/up0/carrier" 20 || fail "the PF has no link"
}

# topo_up ENGINES SERVERS: drivers, names, addresses and namespaces. ENGINES is
# for likeness with the host's: VFs are the module's to make. Sets PF_CLIENT and
# PF_SERVER to the PCI addresses of the two PFs, with link.
topo_up()
{
	local servers=$2 i

	modprobe -a igb virtio_net macvlan vfio-pci
	NS_CLIENT=client NS_LB='' NS_SERVER=()
	client_wire pfc "$NS_CLIENT"
	rename_nic 52:54:00:00:0b:01 pfs
	rename_nic 52:54:00:00:0b:02 nics
	PF_CLIENT=$(bdf_of pfc)
	PF_SERVER=$(bdf_of pfs)
	export PF_CLIENT PF_SERVER
	sysctl -qw net.ipv4.conf.all.arp_ignore=1
	ip link set pfs up
	ip addr add "$LB4/24" dev pfs
	ip addr add "$LB6/64" dev pfs nodad

	ethtool -K nics gro off gso off tso off

	ip -n client addr add "$CLIENT4/24" dev eth0
	ip -n client addr add "$CLIENT6/64" dev eth0 nodad

	sysctl -qw net.ipv6.conf.nics.disable_ipv6=1
	ip link set nics up
	for ((i = 1; i <= servers; i++)); do
		NS_SERVER[i]=server$i
		new_ns "server$i"
		ip link add link nics name eth0 netns "server$i" \
			type macvlan mode bridge
		# A macvlan leaves segmentation to the NIC below whatever one says.
		ip -n "server$i" link set eth0 gso_max_segs 1
		ip -n "server$i" link set eth0 up
		ip -n "server$i" addr add "$(server4 "$i")/24" dev eth0
		ip -n "server$i" addr add "$(server6 "$i")/64" dev eth0 nodad
	done
	wait_for "grep -q 1 /sys/class/net/pfc/carrier &&
		grep -q 1 /sys/class/net/pfs/carrier" 20 || fail "a PF has no link"
}

# topo_down: the guest goes away with everything in it
topo_down()
{
	:
}

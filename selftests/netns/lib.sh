# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# lib.sh - the test network on this host: namespaces, two bridges, veth pairs
#
#   client ns            lb ns                                server ns 1..M
#   eth0 ------------ c0 [brc]  vc0p-vc0 engine 0 vs0-vs0p [brs] s1 ------ eth0
#                        [brc]  vc1p-vc1 engine 1 vs1-vs1p [brs] s2 ------ eth0
#
# Engine I has the raw sockets of vcI (client side) and vsI (server side), which
# have no address. The supervisor reaches the servers from brs. Names carry the
# process id, so that runs beside each other do not meet.

# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

[ "$(id -u)" = 0 ] || skip "network namespaces need root"

# port_client I, port_server I: netdevs of engine I
port_client() { echo "vc$1"; }
port_server() { echo "vs$1"; }

new_ns()
{
	ip netns add "$1"
	at_exit "ip netns del $1"
	quiet_ipv6 "$1"
	ip -n "$1" link set lo up
}

# plug_host NS BRIDGE PORT ADDRESS4 ADDRESS6: a machine on a bridge
plug_host()
{
	local name=$1 bridge=$2 port=$3

	ip -n "$NS_LB" link add "$port" type veth peer name eth0 netns "$name"
	ip -n "$NS_LB" link set "$port" master "$bridge" up
	ip -n "$name" link set eth0 up
	ip -n "$name" addr add "$4/24" dev eth0
	ip -n "$name" addr add "$5/64" dev eth0 nodad
	plain_veth "$name" eth0
	plain_veth "$NS_LB" "$port"
}

# plug_engine I: its port on each side, silent as far as the kernel goes
plug_engine()
{
	local port bridge

	for port in "vc$1" "vs$1"; do
		bridge=br${port:1:1}
		ip -n "$NS_LB" link add "$port" type veth peer name "${port}p"
		ns "$NS_LB" sysctl -qw "net.ipv6.conf.$port.disable_ipv6=1" \
			"net.ipv6.conf.${port}p.disable_ipv6=1"
		ip -n "$NS_LB" link set "${port}p" master "$bridge" up
		ip -n "$NS_LB" link set "$port" up
		plain_veth "$NS_LB" "$port" "${port}p"
	done
}

# uplink_up: another network: up0 of NS_LB, a host, is on a wire with eth0 of NS_CLIENT
uplink_up()
{
	NS_LB=vf$$-host NS_CLIENT=vf$$-outside
	new_ns "$NS_LB"
	new_ns "$NS_CLIENT"
	ip -n "$NS_LB" link add up0 type veth peer name eth0 netns "$NS_CLIENT"
	ip -n "$NS_LB" link set up0 up
	ip -n "$NS_CLIENT" link set eth0 up
	plain_veth "$NS_LB" up0
	plain_veth "$NS_CLIENT" eth0
	export NS_CLIENT NS_LB
}

# topo_up ENGINES SERVERS: the whole network; comes down with the test
topo_up()
{
	local engines=$1 servers=$2 i

	NS_CLIENT=vf$$-client NS_LB=vf$$-lb NS_SERVER=()
	new_ns "$NS_LB"
	new_ns "$NS_CLIENT"
	bridges_are_wires
	new_bridge brc
	new_bridge brs
	# The kernel must not answer ARP on an engine's port for its own address.
	ns "$NS_LB" sysctl -qw net.ipv4.conf.all.arp_ignore=1 \
		net.ipv6.conf.brc.disable_ipv6=1
	ip -n "$NS_LB" addr add "$LB4/24" dev brs
	ip -n "$NS_LB" addr add "$LB6/64" dev brs nodad
	plug_host "$NS_CLIENT" brc c0 "$CLIENT4" "$CLIENT6"
	for ((i = 1; i <= servers; i++)); do
		NS_SERVER[i]=vf$$-server$i
		new_ns "${NS_SERVER[i]}"
		plug_host "${NS_SERVER[i]}" brs "s$i" "$(server4 "$i")" \
			"$(server6 "$i")"
	done
	for ((i = 0; i < engines; i++)); do
		plug_engine "$i"
	done
	export NS_CLIENT NS_LB
}

# topo_down: before the test ends, to look at what is left
topo_down()
{
	local name

	for name in "${NS_SERVER[@]}" "$NS_CLIENT" "$NS_LB"; do
		ip netns del "$name" 2>/dev/null || true
	done
	NS_CLIENT='' NS_LB='' NS_SERVER=()
}

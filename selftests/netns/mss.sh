#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# mss.sh - the MSS rule over raw sockets: VLANs, jumbo frames, changes while it runs
# timeout: 420

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../fleet.sh
. "$TESTDIR/fleet.sh"
# shellcheck source-path=SCRIPTDIR source=../scenarios/mss.sh
. "$TESTDIR/scenarios/mss.sh"

# jumbo: every link of the test network carries 9216 bytes in a tagged frame
jumbo()
{
	local name dev

	for name in "$NS_LB" "$NS_CLIENT" "${NS_SERVER[@]}"; do
		for dev in $(ip -n "$name" -o link show type veth | cut -d: -f2 | cut -d@ -f1); do
			ip -n "$name" link set "$dev" mtu 9220
		done
	done
	for dev in brc brs; do
		ip -n "$NS_LB" link set "$dev" mtu 9220
	done
	LINK_MTU=9216
}

links=0

# vlan_link NS ID MTU: the host's kernel need not know VLANs: NS gets a link named
# eth0.ID, and `trunk` puts the tag on between it and the bridge.
vlan_link()
{
	local bridge=brs n=$((links += 1)) dev

	[ "$1" != "$NS_CLIENT" ] || bridge=brc
	ip -n "$NS_LB" link add "in$n" mtu 9220 type veth peer name "eth0.$2" mtu "$3" netns "$1"
	ip -n "$NS_LB" link add "out$n" mtu 9220 type veth peer name "port$n" mtu 9220
	ns "$NS_LB" sysctl -qw "net.ipv6.conf.in$n.disable_ipv6=1" \
		"net.ipv6.conf.out$n.disable_ipv6=1" "net.ipv6.conf.port$n.disable_ipv6=1"
	ip -n "$NS_LB" link set "port$n" master "$bridge"
	for dev in in out port; do
		ip -n "$NS_LB" link set "$dev$n" up
	done
	plain_veth "$1" "eth0.$2"
	plain_veth "$NS_LB" "in$n" "out$n" "port$n"
	spawn "$NS_LB" "$WORK/trunk-$n" "$TESTDIR/clients/trunk" "$2" "in$n" "out$n"
	wait_for "grep -q ready $WORK/trunk-$n" 10 || fail "trunk: $(cat "$WORK/trunk-$n")"
}

have_binaries
topo_up 1 3
jumbo
scenario_mss

#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# bounce.sh - a PF goes down and comes back: its VFs were forgotten, the engine mends that
# lab: -t 240
# kernels: 6.12

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../guest.sh
. "$(dirname "$(readlink -f "$0")")/../guest.sh"
# shellcheck source-path=SCRIPTDIR source=../../fleet.sh
. "$TESTDIR/fleet.sh"

get() { in_client curl -sS -m 10 "http://$VIP4/"; }

have_binaries
topo_up 1 1
modprobe vfleet
for pf in "$PF_CLIENT" "$PF_SERVER"; do
	vf pf set "$pf" vfs 1
done
nginx_start "${NS_SERVER[1]}" "$(server4 1)" 80 "$REPO"
fleet_config 1 1 >"$CONFIG"
fleet_start
check "the service answers" wait_for get 20
engine=$(engine_pids)

for pf in pfc pfs; do
	ip link set "$pf" down
	ip link set "$pf" up
	wait_for "grep -q 1 /sys/class/net/$pf/carrier" 20 || fail "$pf has no link"
	# The client must not know the engine's MAC: broadcast has to work as well.
	ip -n client neigh flush dev eth0
	check "it answers after $pf was down" wait_for get 20
	check "ping still reaches the IPv6 VIP" \
		wait_for "in_client ping -q -c 1 -W 5 $VIP6" 20
done
check "by the same engine" test "$(engine_pids)" = "$engine"

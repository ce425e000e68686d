#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# network.sh - the lab itself: both segments carry traffic, the PFs have VFs
# lab: -n
# kernels: 6.12 6.1

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../guest.sh
. "$(dirname "$(readlink -f "$0")")/../guest.sh"

topo_up 0 2

check "server 1 answers on the server side" \
	ping -c 1 -W 5 -q "$(server4 1)"
check "server 2 answers over IPv6" \
	ping -c 1 -W 5 -q "$(server6 2)"
check "servers reach each other" \
	in_server 1 ping -c 1 -W 5 -q "$(server4 2)"

nginx_start "${NS_SERVER[1]}" "$(server4 1),$(server6 1)" 80 "$REPO"
[ "$(curl -sf -m 5 "http://$(server4 1)/")" = "$(server4 1)" ] ||
	fail "wrong answer from the web server"
check "a file arrives as it was sent" cmp "$REPO/COPYING" \
	<(curl -sf -m 10 "http://[$(server6 1)]/files/COPYING")

! in_client ping -c 1 -W 1 -q "$(server4 1)" >/dev/null 2>&1 ||
	fail "the client reaches a server without vfleet"
ip addr add 10.1.0.1/24 dev pfc
check "the client reaches the PF" in_client ping -c 1 -W 5 -q 10.1.0.1

for pf in "$PF_CLIENT" "$PF_SERVER"; do
	dir=/sys/bus/pci/devices/$pf
	[ "$(cat "$dir/sriov_totalvfs")" -ge 7 ] || fail "$pf has too few VFs"
	echo 0 >"$dir/sriov_drivers_autoprobe"
	echo 1 >"$dir/sriov_numvfs"
	[ -e "$dir/virtfn0/iommu_group" ] || fail "the VF of $pf has no IOMMU group"
	group=("$dir"/virtfn0/iommu_group/devices/*)
	[ ${#group[@]} = 1 ] ||
		fail "the VF of $pf shares its IOMMU group"
	echo "ok: $pf gives a VF with an IOMMU group of its own"
done

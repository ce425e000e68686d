#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# mss.sh - the MSS rule over leased VFs with VLANs, in one boot
# timeout: 600

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../guest.sh
. "$(dirname "$(readlink -f "$0")")/../guest.sh"
# shellcheck source-path=SCRIPTDIR source=../../fleet.sh
. "$TESTDIR/fleet.sh"
# shellcheck source-path=SCRIPTDIR source=../../scenarios/mss.sh
. "$TESTDIR/scenarios/mss.sh"

# The emulated links carry 1500 bytes; the MSS of larger ones is negotiated all the same.
export LINK_MTU=1500

# vlan_link NS ID MTU
vlan_link()
{
	ip -n "$1" link add link eth0 name "eth0.$2" mtu "$3" type vlan id "$2"
}

have_binaries
modprobe 8021q
topo_up 1 3
check "the module gives two pools" vf_pools 2
scenario_mss

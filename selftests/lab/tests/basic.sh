#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# basic.sh - one engine on two leased VFs: every protocol, both families

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../guest.sh
. "$(dirname "$(readlink -f "$0")")/../guest.sh"
# shellcheck source-path=SCRIPTDIR source=../../fleet.sh
. "$TESTDIR/fleet.sh"
# shellcheck source-path=SCRIPTDIR source=../../scenarios/basic.sh
. "$TESTDIR/scenarios/basic.sh"

have_binaries
topo_up 2 2
check "the module gives two pools" vf_pools 2
scenario_basic
vf -j vf >"$WORK/vfs"
check "the engine has one VF of each side" jq -e \
	'[.[] | select(.state == "leased")] | length == 2 and
	([.[].pf] | unique | length == 2)' "$WORK/vfs"
for bdf in $(jq -r '.[] | select(.state == "leased") | .bdf' "$WORK/vfs"); do
	[ ! -e "/sys/bus/pci/devices/$bdf/net" ] || fail "$bdf has a netdev"
done
echo "ok: the kernel has no network device for them"
! rmmod vfleet 2>/dev/null || fail "the module went away under leased VFs"
echo "ok: the module cannot be removed under them"
check "the fleet ends" into /dev/null vf engine stop all
check "every VF is free again" into /dev/null wait_for all_free 10
check "now the module goes" rmmod vfleet

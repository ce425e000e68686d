#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# generations.sh - whole sets of engines take over under load, on VFs that get every frame
# timeout: 600
# lab: -p 320

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../guest.sh
. "$(dirname "$(readlink -f "$0")")/../guest.sh"
# shellcheck source-path=SCRIPTDIR source=../../fleet.sh
. "$TESTDIR/fleet.sh"
# shellcheck source-path=SCRIPTDIR source=../../scenarios/scale.sh
. "$TESTDIR/scenarios/scale.sh"

# pfs_listen: both PFs are members of the fleet's groups
pfs_listen()
{
	ip maddr show dev pfc | grep -q ' 03:76:' && ip maddr show dev pfs | grep -q ' 03:76:'
}

# churn: until $WORK/enough exists, both PFs join and leave another group ten times a
# second. Each time the driver clears the NIC's multicast table and fills it again.
churn()
{
	/usr/bin/python3 -c '
import fcntl, os, socket, struct, sys, time
SIOCADDMULTI, SIOCDELMULTI = 0x8931, 0x8932
s, changes = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), 0
while not os.path.exists(sys.argv[1]):
    for what in SIOCADDMULTI, SIOCDELMULTI:
        for pf in b"pfc", b"pfs":
            fcntl.ioctl(s, what, struct.pack("16sH14s", pf, 0, b"\x01\x00\x5e\x11\x22\x33"))
            changes += 1
    time.sleep(0.1)
print(changes)' "$WORK/enough"
}

have_binaries
export STEERING=mirror DRAIN_S=3
topo_up 4 2
check "the module gives two pools" vf_pools 5
# shellcheck disable=SC2034 # for the scenario
DOWN_BYTES_PER_S=100000
# shellcheck disable=SC2034
STALL_MS=5000 # the emulator itself stands still for a second now and then
# shellcheck disable=SC2034
SIZES=(2 1)
# shellcheck disable=SC2034
ECHO_RATE=40
churn >"$WORK/churn" &
churning=$!
scenario_scale "${EVENTS:-2}" "${MEGABYTES:-1}" 1 0 20 20
wait "$churning"
echo "ok: the NICs' multicast tables were written $(cat "$WORK/churn") times meanwhile"

check "both PFs listen to the fleet's group" pfs_listen
kill -9 "$SUPERVISOR"
wait "$SUPERVISOR" 2>/dev/null || true
check "they do without a supervisor" pfs_listen
supervisor_start
check "a new supervisor ends the fleet" into /dev/null vf engine stop all
check "then they listen no more" wait_for "! pfs_listen" 20

#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# sysfs.sh - class vfleet: what netlink says and does, a file each
#
# timeout: 300
# shellcheck disable=SC2016 # conditions go to eval as they are written

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

CLASS=/sys/class/vfleet

module_up
P=$CLASS/$PF

# is FILE VALUE
is()
{
	local value

	read -r value <"$1" && [ "$value" = "$2" ]
}

# denies ERRNO-WORDS VALUE FILE: the write fails with these words of strerror()
denies()
{
	local said

	if said=$( { printf '%s' "$2" >"$3"; } 2>&1); then
		return 1
	fi
	[[ "$said" == *"$1"* ]] || { echo "$said" >&2 && return 1; }
}

check "each PF has a directory" test -d "$P" -a -d "$CLASS/$PF2"
check "that is a child of its device" test "$(basename "$(readlink -f "$P/device")")" = "$PF"
check "idle, of 7 VFs" eval 'is $P/state idle && is $P/total_vfs 7 && is $P/num_vfs 0'
check "the defaults" eval 'is $P/policy parked && is $P/guard 1 &&
	is $P/drain_timeout_ms 10000 && is $P/drain_poll_ms 500'
check "an unknown policy" denies "Invalid argument" borrowed "$P/policy"
check "a poll interval out of bounds" denies "range" 5 "$P/drain_poll_ms"
check "a timeout out of bounds" denies "Invalid argument" 64001 "$P/drain_timeout_ms"
check "a number that is none" denies "Invalid argument" soon "$P/drain_timeout_ms"
check "refusals changed nothing" eval 'is $P/policy parked && is $P/drain_poll_ms 500 &&
	is $P/drain_timeout_ms 10000'
check "the drain times can be set" eval 'echo 3000 >$P/drain_timeout_ms &&
	echo 50 >$P/drain_poll_ms && is $P/drain_timeout_ms 3000 && is $P/drain_poll_ms 50'

pool "$PF" 2
check "a pool of 2" eval 'is $P/state active && is $P/num_vfs 2 && is $P/free_vfs 2'
check "its generation" test "$(cat "$P/generation")" = "$(pf "$PF" | cut -d' ' -f6)"
check "a directory for each VF" test -d "$P-vf0" -a -d "$P-vf1"
check "with policy fixed" denies busy vfio "$P/policy"
V=$P-vf0
check "a free VF" eval 'is $V/state free && is $V/in_use 0 && is $V/lease_id 0 &&
	is $V/driver "" && is $V/last_error 0 && [ $(cat $V/iommu_group) -ge 0 ]'
check "settings are there as the PF's driver has them" test "$(cd "$V/tuning" && echo *)" = \
	"mac max_tx_rate min_tx_rate qos spoofchk trust vlan vlan_proto"
check "a free VF takes no settings" denies busy 100 "$V/tuning/vlan"

hold one pf "$PF" index 0
check "leased" eval 'is $V/state leased && is $V/driver vfio-pci && is $V/lease_id $ID &&
	is $P/leased_vfs 1 && is $P/stats/leases 1'
check "its MAC, spoof check on, trust off" eval 'is $V/tuning/mac $MAC &&
	is $V/tuning/spoofchk 1 && is $V/tuning/trust 0 && is $V/tuning/vlan 0'
check "VLAN and priority" eval 'echo 100 >$V/tuning/vlan && echo 3 >$V/tuning/qos &&
	is $V/tuning/vlan 100 && is $V/tuning/qos 3 && is $V/tuning/vlan_proto 802.1Q'
check "MAC, trust, spoof check, rate" eval 'echo 02:00:00:00:0a:77 >$V/tuning/mac &&
	echo on >$V/tuning/trust && echo 0 >$V/tuning/spoofchk && echo 50 >$V/tuning/max_tx_rate'
check "netlink tells the same" test "$(vf "$VF" | cut -d' ' -f4-8)" = \
	"02:00:00:00:0a:77 100 0 1 50"
check "and ip link" eval 'ip link show "$(ls /sys/bus/pci/devices/$PF/net)" |
	grep -q "vf 0 .*02:00:00:00:0a:77.*vlan 100, qos 3.*50Mbps.*checking off.*trust on"'
check "a VLAN that is none" denies range 4095 "$V/tuning/vlan"
check "a MAC that is a group's" denies "Invalid argument" 01:00:5e:00:00:01 "$V/tuning/mac"
check "a MAC with a tail" denies "Invalid argument" 02:00:00:00:0a:78x "$V/tuning/mac"
check "a protocol the driver lacks" denies "" 802.1ad "$V/tuning/vlan_proto"
check "a rate above the link's" denies "Invalid argument" 500000 "$V/tuning/max_tx_rate"
check "refusals changed nothing" test "$(vf "$VF" | cut -d' ' -f4-8)" = \
	"02:00:00:00:0a:77 100 0 1 50"
check "without capabilities nothing" eval '! setpriv --bounding-set -net_admin \
	--inh-caps -net_admin sh -c "echo 5 >$V/tuning/vlan" && is $V/tuning/vlan 100'
check "the guard can go" eval 'echo 0 >$P/guard && is $P/guard 0 && echo 1 >$P/guard'

kill -9 "$OWNER"
check "free and as new" wait_for "free_and_new $VF" 10
check "counted" eval 'is $P/stats/reclaims 1 && is $P/stats/resets 1 &&
	is $P/stats/reset_failures 0 && is $P/stats/stuck 0'

# Readers and writers of every file while the files come and go: the drain of sysfs
# must not wait for a lock that the enabler holds.
(while [ ! -e "$WORK/stop" ]; do
	cat "$P"-vf*/* "$P"-vf*/tuning/* "$P"/* >/dev/null 2>&1
	echo 40 2>/dev/null >"$P/drain_poll_ms"
	for f in "$P"-vf*/tuning/vlan; do echo 7 2>/dev/null >"$f"; done
done) &
READER=$!
at_exit "kill $READER 2>/dev/null"
for _ in 1 2 3; do
	check "pool off and on" eval 't pool "$PF" 0 && t pool "$PF" 3'
done
: >"$WORK/stop"
wait "$READER" || true
check "no VF, no directory" eval 't pool "$PF" 0 && ! ls -d $P-vf* 2>/dev/null'

echo "-- policies"
check "vfio" eval 'echo vfio >$P/policy && t pool "$PF" 1'
VF=$(t vf | cut -d' ' -f1)
check "a free VF waits on vfio-pci" wait_for \
	'test "$(vf $VF | cut -d" " -f1-2)" = "free vfio-pci"' 10
hold two
check "leased" state_is "$VF" leased
kill -9 "$OWNER"
check "back on vfio-pci" wait_for 'test "$(vf $VF | cut -d" " -f1-4)" = \
	"free vfio-pci 0 00:00:00:00:00:00"' 10
check "it ends" t pool "$PF" 0
modprobe igbvf
check "native" eval 'echo native >$P/policy && t pool "$PF" 1'
check "the kernel's driver has the VF" wait_for \
	'test "$(t vf | cut -d" " -f2-3)" = "foreign igbvf"' 10
refuses EAGAIN "no pool" hold pf "$PF"
check "it ends all the same" t pool "$PF" 0
check "back to parked" eval 'echo parked >$P/policy && is $P/policy parked'

echo 1 >"/sys/bus/pci/devices/$PF2/remove"
check "a PF that is unplugged has no directory" test ! -e "$CLASS/$PF2"
check "the module can go" rmmod vfleet
check "and its class with it" test ! -e "$CLASS"

#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# containers.sh - a fleet of containers on VFs, from one to three and back under load
# timeout: 600
# lab: -m 2600M
# needs: image
#
# With more memory, some of it above 4 GB, no frame reaches an emulated VF. Lines "S1.N"
# are what a cluster of containers with a VF each promises: 1 containers in user space,
# 2 VFs that nobody shares, 3 past the kernel, 4 each packet to one container, 5 in the
# order of its queue, 6 their number changes. What a full queue does: netns/container-scale.

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../guest.sh
. "$(dirname "$(readlink -f "$0")")/../guest.sh"
# shellcheck source-path=SCRIPTDIR source=../../fleet.sh
. "$TESTDIR/fleet.sh"
# shellcheck source-path=SCRIPTDIR source=../../containers.sh
. "$TESTDIR/containers.sh"
# shellcheck source-path=SCRIPTDIR source=../../scenarios/stress.sh
. "$TESTDIR/scenarios/stress.sh"
# shellcheck source-path=SCRIPTDIR source=../../scenarios/crash.sh
. "$TESTDIR/scenarios/crash.sh"

# An emulated CPU, on which podman takes many seconds.
STALL_MS=15000 LOAD_TIMEOUT_MS=120000 START_TIMEOUT_S=180 FLEET_START_S=180
ADOPT_S=60 RETURN_S=20 REPLACE_S=180
ECHO_FLOWS=192 STRESS_UDP_RATE=40

# vfs_of PID: the VFs of that engine
vfs_of()
{
	vf -j engine | jq -r --argjson pid "$1" '.[] | select(.pid == $pid) | .ports[].bdf'
}

# group_of VF: its node's name below /dev/vfio
group_of() { basename "$(readlink "/sys/bus/pci/devices/$1/iommu_group")"; }

# each_its_own: a container sees the nodes of its two VFs and opens both; no VF has two
# containers, or a netdev
each_its_own()
{
	local pid bdf wanted

	for pid in $(engine_pids); do
		wanted=
		for bdf in $(vfs_of "$pid"); do
			[ ! -e "/sys/bus/pci/devices/$bdf/net" ] || fail "$bdf has a netdev"
			wanted+=$(group_of "$bdf")$'\n'
			echo "$bdf" >>"$WORK/vfs"
		done
		[ "$(find "/proc/$pid/root/dev/vfio" -type c -name '[0-9]*' -printf '%f\n' |
			sort)" = "$(sort <<<"${wanted%$'\n'}")" ] ||
			fail "engine process $pid sees other VFs than $(vfs_of "$pid"):" \
				"$(ls "/proc/$pid/root/dev/vfio")"
		[ "$(find "/proc/$pid/fd" -lname '/dev/vfio/[0-9]*' -printf '%l\n' | sort -u |
			wc -l)" = 2 ] || fail "process $pid has no two VFs open"
	done
	check "S1.2: three containers have six VFs, none twice" \
		[ "$(sort -u "$WORK/vfs" | wc -l) $(wc -l <"$WORK/vfs")" = "6 6" ]
	echo "ok: S1.2: each sees and has open the nodes of its own two and no others"
	echo "ok: S1.3: no VF of a container has a netdev"
}

# second_refused: another container is given the node of a container's VF
second_refused()
{
	local node

	node=/dev/vfio/$(group_of "$(vfs_of "$(engine_pids | head -n 1)" | head -n 1)")
	busybox_load
	! podman run --rm --network=none "--device=$node" "$BUSYBOX" \
		dd "if=$node" count=0 >"$WORK/second" 2>&1 ||
		fail "a second container has opened the VF"
	grep -q 'Device or resource busy' "$WORK/second" || fail "$(cat "$WORK/second")"
	echo "ok: S1.2: a second container that asks for the VF of another is refused"
}

# kernels_counters: what the kernel of each container has counted on its network
kernels_counters()
{
	local pid

	for pid in $(engine_pids); do
		[ "$(wc -l <"/proc/$pid/net/dev")" = 3 ] ||
			fail "a container has a network: $(cat "/proc/$pid/net/dev")"
		cat "/proc/$pid/net/"{dev,snmp,snmp6,netstat}
	done
}

# of_each COUNTER: as it is now, an object by engine
of_each()
{
	vf -j stats | jq -c --arg n "$1" \
		'[.engines[] | {key: "\(.id)", value: .counters[$n]}] | from_entries'
}

# grown COUNTER BEFORE: of each engine, since of_each said BEFORE
grown()
{
	of_each "$1" | jq -c --argjson before "$2" 'with_entries(.value -= $before[.key])'
}

# steady_state: under load, while the number of containers does not change
steady_state()
{
	local tx queue kernels packets share

	tx=$(of_each tx) queue=$(of_each queue_us) kernels=$(kernels_counters)
	wait_for "grown tx '$tx' | jq -e 'add >= 1000'" 90 >/dev/null ||
		fail "little traffic: $(grown tx "$tx")"
	packets=$(grown tx "$tx")
	share=$(jq -c 'add as $all | map_values(100 * . / $all | round)' <<<"$packets")
	check "S1.3: the containers' kernels counted none of $(jq add <<<"$packets") packets" \
		[ "$(kernels_counters)" = "$kernels" ]
	jq -e 'length == 3 and all(.[]; . > 13 and . < 53)' <<<"$share" >/dev/null ||
		fail "S1.4: the containers' shares: $share %"
	echo "ok: S1.4: each of three has its third of the packets, within 20: $share %"
	jq -e 'all(.[]; . > 0)' <<<"$(grown queue_us "$queue")" >/dev/null ||
		fail "S1.5: the depth of the queues: $(grown queue_us "$queue")"
	echo "ok: S1.5: the depth of each one's queues is counted"
}

# one_visit: with nothing else on the wire, one flow, there and back
one_visit()
{
	local tx owner

	tx=$(of_each tx)
	in_client "$UDPSEQ" send --flows 1 --rate 25 --duration 1 "$VIP4:$PORT_ECHO" \
		>"$WORK/one" || fail "a flow alone: $(cat "$WORK/one")"
	owner=$(vf -j flow show service echo4 | jq 'min_by(.idle_ms).engine')
	[ "$(grown tx "$tx" | jq -c 'with_entries(select(.value > 0))')" = \
		"$(jq -c --arg owner "$owner" '{($owner): (2 * .sent)}' "$WORK/one")" ] ||
		fail "S1.4: $(cat "$WORK/one"), of engine $owner: $(grown tx "$tx")"
	echo "ok: S1.4: all packets of a flow are processed by one container, $owner"
}

have_binaries
mount -t cgroup2 cgroup2 /sys/fs/cgroup
podman_setup
image_load
topo_up 4 2
check "the module gives two pools" vf_pools 4
traces_before
echo "prepared at $SECONDS s"

stress_start 1 0
stress_load 10 5 1 0
echo "load at $SECONDS s"
scale_to 3
echo "ok: S1.6: three containers at $SECONDS s"
pauses
steady_state
stress_end 10
udp_exact
check "S1.5: each slice's packets were processed in the order of their queue" \
	[ "$(total seq_reordered) $(total seq_lost)" = "0 0" ]
for _ in 1 2 3; do
	one_visit
done
engines_confined VFs
echo "ok: S1.1: those are a cluster in user space"
each_its_own
second_refused
echo "at rest at $SECONDS s"

stress_load 10 5 1 0
engine_killed max_by podman_kills
kill "${ECHOES[@]}"
echoes_end
echoes "$STRESS_UDP_RATE"
scale_to 1
echo "ok: S1.6: one container again at $SECONDS s"
stress_end 10
udp_exact
planned_clean
check "the fleet ends" into /dev/null vf engine stop all
kill "$SUPERVISOR"
wait "$SUPERVISOR" || fail "vfleetd: $(tail "$WORK/vfleetd.log")"
check "every VF is free again" into /dev/null wait_for all_free 30
check "no container, cgroup, lease, node or huge page is left" wait_for no_traces 60
echo "end at $SECONDS s"

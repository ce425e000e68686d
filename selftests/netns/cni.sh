#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# cni.sh - the CNI plugin by hand and by podman, over simulated VFs
# timeout: 240
# shellcheck disable=SC2016 # conditions go to eval as they are written
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../cni.sh
. "$TESTDIR/cni.sh"
# shellcheck source-path=SCRIPTDIR source=../containers.sh
. "$TESTDIR/containers.sh"

[ "$(id -u)" = 0 ] || skip "network namespaces need root"
PLUGIN=$BUILD/selftests/cni/vfleet-cni-sim
[ -x "$PLUGIN" ] || fail "no $PLUGIN: build first"

# vfs N: a pool of N, and nobody has one
vfs()
{
	local i

	export VFLEET_SIM=$WORK/vfs-$1
	mkdir -p "$VFLEET_SIM"
	for ((i = 0; i < $1; i++)); do
		mkfifo "$VFLEET_SIM/0000:01:10.$i"
	done
}

# leased VF, free VF: by the lock that the lease is
free() { flock -n 9 9<>"$VFLEET_SIM/$1"; }
leased() { ! free "$1"; }
all_free()
{
	local vf

	for vf in "$VFLEET_SIM"/*.?; do
		free "$(basename "$vf")" || return 1
	done
}

some_taken() { ! all_free; }

taken()
{
	local vf n=0

	for vf in "$VFLEET_SIM"/*.?; do
		free "$(basename "$vf")" || n=$((n + 1))
	done
	echo "$n"
}

keeper_of() { cut -d' ' -f1 "$VFLEET_SIM/$1.lease"; }

# rejects CODE TEXT COMMAND [KEYS]: refused, and no VF is anybody's
rejects()
{
	cni "$3" "${4:-}"
	refuses "$1" "$2" || fail "not refused: $3 ${4:-}"
	wait_for all_free 5 || fail "a VF stays leased after a refused $3 ${4:-}"
	echo "ok: refused: $(jq -c '[.code, .details]' "$WORK/answer")"
}

bad_requests()
{
	local text

	pod bad
	for text in "CNI_COMMAND is not set" "CNI_COMMAND: add is none"; do
		cni "$([[ $text != *add* ]] || echo add)"
		check "refused: $text" refuses 4 "$text"
	done
	POD='' rejects 4 "CNI_CONTAINERID is not set" ADD
	POD=../x rejects 4 "CNI_CONTAINERID: '../x'" ADD
	IFNAME=a/b rejects 4 "CNI_IFNAME: 'a/b'" ADD
	IFNAME=0123456789abcdef rejects 4 "CNI_IFNAME: '0123" ADD
	NETNS='' rejects 4 "CNI_NETNS is not set" ADD
	NETNS=/nonexistent rejects 4 "/nonexistent: No such" ADD
	NETNS=/etc/passwd rejects 4 "not a network namespace" ADD
	NETNS=/proc/self/ns/net rejects 4 "the plugin's own namespace" ADD
	CONF='[]' cni ADD '[]'
	check "refused: not an object" refuses 6 "not an object"
	rejects 1 "cniVersion: 0.4.0 is neither" ADD '{cniVersion: "0.4.0"}'
	rejects 7 "cniVersion: missing" ADD '{cniVersion: 1}'
	rejects 7 "name: missing" ADD '{name: "../x"}'
	rejects 2 'vlna: there is no such key; its value is 5' ADD '{vlna: 5}'
	rejects 7 "mode: a leased VF is bound to vfio-pci" ADD '{mode: "netdev"}'
	rejects 7 'vlan: 4095 is not a number from 0 to 4094' ADD '{vlan: 4095}'
	rejects 7 'pf: "eth0" is not the PCI address' ADD '{pf: "eth0"}'
	rejects 7 "there is no SR-IOV capable PF" ADD '{pf: "0000:09:00.0"}'
	rejects 7 "no plugin nonesuch in CNI_PATH" ADD '{ipam: {type: "nonesuch"}}'
	rejects 5 "user: /dev/vfio/99: No such file" ADD '{user: 65532}'
	rejects 5 "cannot write /nonexistent/x" ADD \
		'{runtimeConfig: {CNIDeviceInfoFile: "/nonexistent/x"}}'
	rejects 7 "valid-attachments: missing" GC
	VFLEET_SIM='' cni ADD
	check "without the module" refuses 50 "module is not loaded"
	VFLEET_SIM='' cni DEL
	check "and there DEL has nothing to do" silent
}

# One pod after the other, until there is no VF left.
life()
{
	local first second keeper

	cni VERSION
	check "VERSION" answers \
		'.cniVersion == "1.1.0" and .supportedVersions == ["1.0.0", "1.1.0"]'
	cni STATUS
	check "STATUS: ready" silent
	pod one
	add_vf "{runtimeConfig: {mac: \"02:11:22:33:44:55\", CNIDeviceInfoFile: \"$WORK/info\"}}"
	first=$VF keeper=$(keeper_of "$VF")
	check "ADD: the result" answers ".cniVersion == \"1.1.0\" and .ips == []
		and .routes == [] and .dns == {} and .interfaces == [{name: \"net1\",
		mac: \"02:11:22:33:44:55\", sandbox: \"$NETNS\", pciID: \"$first\"}]"
	check "the device is described for the pod" test \
		"$(jq -r '.type + .pci."pci-address"' "$WORK/info")" = "pci$first"
	check "the VF is leased" leased "$first"
	check "by a process of its own with nothing of the runtime" test \
		"$(cat "/proc/$keeper/comm") $(readlink "/proc/$keeper/fd/"[012] | sort -u)" = \
		"vfleet-cni-keep /dev/null"
	cni ADD
	check "a second ADD is refused" refuses 100 "has VF $first already"
	pod two
	add_vf '{prevResult: {interfaces: [{name: "lo"}], routes: [{dst: "::/0"}]}}'
	second=$VF
	check "another pod has another VF" test "$first" != "$second"
	check "what was before in the chain is in the result" answers \
		'[.interfaces[].name] == ["lo", "net1"] and .routes == [{dst: "::/0"}]'
	pod three
	cni ADD
	check "no VF is left: try again later" refuses 11 "no VF of the PF is free"
	cni STATUS
	check "STATUS: not available" refuses 50 "has no free VF"
	pod two
	cni CHECK "$(prev_result)"
	check "CHECK: it is as it was" silent
	cni CHECK
	check "CHECK needs the result" refuses 7 "prevResult: missing"
	cni CHECK "$(prev_result | sed "s/$second/$first/")"
	check "CHECK knows another VF" refuses 101 "had VF $first"
	cni DEL
	check "DEL" silent
	check "gives back the VF" wait_for "free $second"
	cni CHECK "$(prev_result)"
	check "CHECK: no VF" refuses 101 "has no VF"
	cni DEL
	check "DEL once more" silent
	check "the other pod keeps its own" leased "$first"
	pod one
	kill -9 "$keeper"
	check "its holder killed, the VF is free" wait_for "free $first"
	cni CHECK "$(prev_result)"
	check "CHECK tells" refuses 101 "has no VF"
	NETNS='' cni DEL "{runtimeConfig: {CNIDeviceInfoFile: \"$WORK/info\"}}"
	check "DEL needs no namespace" silent
	check "and takes the description away" test ! -e "$WORK/info"
}

# No DEL: the kernel tells the end of the namespace.
death()
{
	pod dies
	add_vf
	spawn "vf$$-dies" "$WORK/sleep" sleep 1000
	wait_for "ip netns identify $SPAWNED | grep -q ." || fail "nobody is in the namespace"
	ip netns del "vf$$-dies"
	check "a process is in the namespace: the pod lives" leased "$VF"
	kill "$SPAWNED"
	check "its last process ends: the VF is free" wait_for "free $VF"
}

collection()
{
	local kept

	pod kept
	add_vf
	kept=$VF
	pod stale
	add_vf
	CONF=${CONF/vfnet/other} cni GC '{"cni.dev/valid-attachments": []}'
	check "GC of another network" silent
	check "takes nothing" leased "$VF"
	cni GC '{"cni.dev/valid-attachments": [{containerID: "kept", ifname: "net1"}]}'
	check "GC" silent
	check "takes the VF of whom the runtime does not know" wait_for "free $VF"
	check "and no other" leased "$kept"
	cni GC '{"cni.dev/valid-attachments": [{containerID: "kept"}]}'
	check "a list that cannot be read takes nothing" refuses 7 "valid-attachments"
	check "the VF is there" leased "$kept"
	pod kept
	cni DEL
	check "DEL" silent
	wait_for all_free || fail "a VF is left"
}

# at_once [POD]: ADD for pods c1 .. c8, or eight times for one, beside each other
at_once()
{
	local i

	for i in 1 2 3 4 5 6 7 8; do
		pod "c$i"
	done
	for i in 1 2 3 4 5 6 7 8; do
		(
			WORK=$WORK/at-once-$i
			mkdir "$WORK"
			pod "${1:-c$i}"
			cni ADD
		) &
		pids[i]=$!
	done
	wait "${pids[@]}"
	cat "$WORK"/at-once-?/answer >"$WORK/answers"
	rm -r "$WORK"/at-once-?
}

races()
{
	local pids=()

	at_once
	check "eight pods at once have eight VFs" test \
		"$(jq -r '.interfaces[0].pciID' "$WORK/answers" | sort -u | grep -c :)" = 8
	cni GC '{"cni.dev/valid-attachments": []}'
	check "GC of all" silent
	wait_for all_free || fail "a VF is left"
	at_once c1
	check "eight times the same pod: at most one VF" test \
		"$(grep -c pciID "$WORK/answers")" -le 1
	check "the others are told" test "$(jq 'select(.code).code' "$WORK/answers" |
		sort -u)" = 100
	pod c1
	cni DEL
	wait_for all_free || fail "a VF is left"
}

# IPAM plugins: Debian's host-local, which speaks 1.0.0, and one that takes for ever.
addresses()
{
	local ipam pid CONF=${CONF/1.1.0/1.0.0}

	ipam="{ipam: {type: \"host-local\", dataDir: \"$WORK/ipam\", subnet: \"10.7.0.0/30\",
		gateway: \"10.7.0.1\", routes: [{dst: \"0.0.0.0/0\"}]}}"
	pod addressed
	add_vf "$ipam"
	check "the address is the VF's" answers '.ips == [{address: "10.7.0.2/30",
		gateway: "10.7.0.1", interface: 0}] and .routes == [{dst: "0.0.0.0/0"}]'
	cni CHECK "$(prev_result | jq -c ". + $ipam")"
	check "CHECK asks the IPAM plugin" silent
	pod unaddressed
	cni ADD "$ipam"
	check "no address is left" refuses 999 "ipam host-local: failed to allocate"
	check "and its VF is free again" wait_for '[ "$(taken)" = 1 ]'
	pod addressed
	cni DEL "$ipam"
	check "DEL" silent
	wait_for all_free || fail "a VF is left"
	check "gives back the address" test ! -e "$WORK/ipam/vfnet/10.7.0.2"

	mkdir "$WORK/plugins"
	printf '#!/bin/sh\ntouch %s/started\nexec sleep 1000\n' "$WORK" >"$WORK/plugins/slow"
	chmod +x "$WORK/plugins/slow"
	pod killed
	jq '. + {ipam: {type: "slow"}}' <<<"$CONF" >"$WORK/conf"
	CNI_COMMAND=ADD CNI_CONTAINERID=$POD CNI_NETNS=$NETNS CNI_IFNAME=net1 \
		CNI_PATH=$WORK/plugins "$PLUGIN" <"$WORK/conf" >"$WORK/answer" &
	pid=$!
	wait_for "[ -e $WORK/started ]" || fail "the IPAM plugin does not run"
	check "in the middle of ADD a VF is leased" some_taken
	kill $(pgrep -P $pid) 2>/dev/null || true
	kill -9 $pid
	wait $pid 2>/dev/null || true
	check "the plugin killed, the VF is free" wait_for all_free
	rc=0
	CNI_COMMAND=ADD CNI_CONTAINERID=$POD CNI_NETNS=$NETNS CNI_IFNAME=net1 \
		"$PLUGIN" <<<"$CONF" >/dev/full || rc=$?
	check "nobody reads the answer: it failed" test "$rc" = 1
	check "and the VF is free" wait_for all_free
}

# podman's CNI backend (libcni) makes namespace, environment and configuration.
runtime()
{
	podman_setup
	mkdir -p "$WORK/net" "$WORK/bin" "$WORK/root/bin"
	cp "$PLUGIN" "$WORK/bin/vfleet-cni"
	cp "$(command -v busybox)" "$WORK/root/bin/"
	cat >>"$CONTAINERS_CONF" <<-END
		[network]
		network_backend = "cni"
		cni_plugin_dirs = ["$WORK/bin", "/usr/lib/cni"]
		network_config_dir = "$WORK/net"
	END
	jq '{cniVersion: "1.0.0", name, plugins: [{type: "vfleet-cni"}]}' <<<"$CONF" \
		>"$WORK/net/vfnet.conflist"
	podman run --detach --name vfpod --network vfnet --ulimit nofile=64:64 \
		--ulimit nproc=64:64 --rootfs "$WORK/root" \
		/bin/busybox sleep 1000 >"$WORK/podman" 2>&1 || fail "podman: $(cat "$WORK/podman")"
	check "podman: a running container has a VF" test "$(taken)" = 1
	podman rm --force --time 0 vfpod >"$WORK/podman" 2>&1 ||
		fail "podman: $(cat "$WORK/podman")"
	check "podman: a removed one has none" wait_for all_free
}

vfs 2
bad_requests
life
death
collection
vfs 8
races
addresses
runtime

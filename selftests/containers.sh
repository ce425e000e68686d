# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# containers.sh - fleets whose engines are containers, for any test
#
# Source it after fleet.sh. podman works in a store of the test's own, which goes away
# with the test, and with the settings that every machine of the tests can have.

# For fleet.sh and for tests: what engines are, and of what image.
# shellcheck disable=SC2034
CONTAINERS=1 SECCOMP=$REPO/dist/engine-seccomp.json IMAGE='' BUSYBOX=''

# podman_setup: a store below /run, where the guest has a file system that can carry one
podman_setup()
{
	command -v podman >/dev/null || fail "no podman: tools/setup installs it"
	PODMAN_DIR=$(mktemp -d /run/vfleet-podman.XXXXXX)
	at_exit podman_teardown
	cat >"$PODMAN_DIR/storage.conf" <<-END
		[storage]
		driver = "overlay"
		graphroot = "$PODMAN_DIR/store"
		runroot = "$PODMAN_DIR/run"
	END
	# runc knows the hosts that have both kinds of cgroups.
	cat >"$PODMAN_DIR/containers.conf" <<-END
		[engine]
		cgroup_manager = "cgroupfs"
		events_logger = "none"
		runtime = "runc"
		tmp_dir = "$PODMAN_DIR/tmp"
	END
	export CONTAINERS_STORAGE_CONF=$PODMAN_DIR/storage.conf
	export CONTAINERS_CONF=$PODMAN_DIR/containers.conf
}

# image_load: the image of this build; IMAGE is its name
image_load()
{
	local archive=$BUILD/image/vfleet-engine.tar
	local engine=$BUILD/userspace/engine/vfleet-engine

	# The guest cannot build.
	[ -n "${VFLEET_LAB:-}" ] ||
		{ [ "$archive" -nt "$engine" ] && [ "$archive" -nt "$REPO/tools/image" ]; } ||
		"$REPO/tools/image" "$archive" >"$WORK/image"
	podman load -q -i "$archive" >"$WORK/image" || fail "no image"
	# shellcheck disable=SC2034 # for tests
	IMAGE=$(sed -n 's/^Loaded image: *//p' "$WORK/image")
}

# busybox_load: an image with a shell and what applications use; BUSYBOX is its name
busybox_load()
{
	local root=$WORK/busybox applet

	mkdir -p "$root/bin"
	cp /bin/busybox "$root/bin/"
	for applet in dd sh sleep wget; do
		ln -s busybox "$root/bin/$applet"
	done
	# shellcheck disable=SC2034 # for tests
	BUSYBOX=localhost/busybox
	tar -C "$root" -c . | podman import -q - "$BUSYBOX" >"$WORK/image" ||
		fail "no image: $(cat "$WORK/image")"
}

podman_teardown()
{
	podman rm --all --force --time 0 >/dev/null 2>&1
	# A keeper whose container has ended tidies up, and mounts the store for that.
	wait_for "! pgrep -f '(conmon|podman) .*$PODMAN_DIR/'" 20 >/dev/null ||
		pkill -9 -f "(conmon|podman) .*$PODMAN_DIR/"
	# One whose start was interrupted is known to runc only.
	runc list --format json | jq -r --arg dir "$PODMAN_DIR/" \
		'.[]? | select(.bundle | startswith($dir)).id' |
		xargs -r -n 1 runc delete --force
	awk -v dir="$PODMAN_DIR/" 'index($2, dir) == 1 { print $2 }' /proc/self/mounts |
		sort -r | xargs -r umount --lazy
	rm -rf "$PODMAN_DIR"
}

# containers: names of those that podman knows, in whatever state
containers()
{
	podman ps --all --format '{{.Names}}'
}

no_containers()
{
	[ -z "$(containers)" ]
}

# nothing_left: no container, nothing mounted for one, no process of one
nothing_left()
{
	no_containers && ! grep -E "$PODMAN_DIR/store/.*(merged|shm)" /proc/self/mounts &&
		! pgrep -f "conmon .*$PODMAN_DIR/"
}

# keeper PID: the process that looks after that engine's container, conmon
keeper()
{
	awk '$1 == "PPid:" { print $2 }' "/proc/$1/status"
}

# out_of_memory PID: somebody uses up what the engine's cgroup may have, until the kernel
# has killed the engine, whom it likes less. podman ends whoever is in that cgroup then.
out_of_memory()
{
	local groups=/sys/fs/cgroup path

	path=$(awk -F: '$2 ~ /memory/ { print "memory" $3 }' "/proc/$1/cgroup")
	[ -n "$path" ] || path=$(sed -n 's/^0::.//p' "/proc/$1/cgroup")
	echo 1000 >"/proc/$1/oom_score_adj"
	spawn '' "$WORK/hog" /usr/bin/python3 -c '
import sys
open(sys.argv[1] + "/cgroup.procs", "w").write("0")
hog = []
while open("/proc/%s/stat" % sys.argv[2]).read().split()[2] not in "ZX":
    hog.append(bytearray(b"x") * (4 << 20))' "$groups/$path" "$1"
	wait "$SPAWNED" || true
}

# name_of PID: of the container
name_of()
{
	vf -j engine | jq -r --argjson pid "$1" \
		'.[] | select(.pid == $pid) | "vfleet-test-\(.id)"'
}

podman_kills() { podman kill "$(name_of "$1")" >/dev/null; }

# sets_of PID: the capabilities that it has, and those that it could ever have
sets_of()
{
	awk '/^Cap(Prm|Eff|Bnd):/ { print $2 }' "/proc/$1/status" | sort -u
}

# documented COLUMN: the capabilities that docs/containers.md lists for vf or packet ports
documented()
{
	awk -F'|' -v column="$1" '
		/ports are VFs/ { for (i = 1; i <= NF; i++) if ($i ~ column) wanted = i }
		$2 ~ /^ capabilities/ { print $wanted }' "$REPO/docs/containers.md" |
		grep -o 'CAP_[A-Z_]*' | sort | paste -sd' '
}

# engine_confined ID PID COLUMN: that engine is podman's container of its name; it may
# what is documented and no more, and nobody else has its fabric and its leases
engine_confined()
{
	local id=$1 pid=$2 wanted conmon

	[ "$(podman inspect --format '{{.State.Pid}}' "vfleet-test-$id")" = "$pid" ] ||
		fail "engine $id is not podman's container: $(podman ps)"
	wanted=$(documented "$3" || true)
	[ "$(capsh --decode="$(sets_of "$pid")" | cut -d= -f2 | tr ',a-z' '\nA-Z' |
		sort | paste -sd' ')" = "$wanted" ] ||
		fail "engine $id has other capabilities than '$wanted': $(sets_of "$pid")"
	[ "$(awk '/^(Uid|Gid|NoNewPrivs|Seccomp):/ { print $2 }' "/proc/$pid/status" |
		paste -sd' ')" = "65532 65532 1 2" ] ||
		fail "engine $id is not confined: $(cat "/proc/$pid/status")"
	grep -q '^overlay / overlay ro,' "/proc/$pid/mounts" ||
		fail "engine $id: $(cat "/proc/$pid/mounts")"
	grep -qE '^NSpid:.*[[:space:]]1$' "/proc/$pid/status" ||
		fail "engine $id sees other processes"
	readlink "/proc/$pid/fd/3" | grep -q vfleet-fabric || fail "no fabric in the engine"
	conmon=$(keeper "$pid")
	! readlink "/proc/$conmon/fd/"* | grep -E 'vfleet-(fabric|lease)' ||
		fail "the container's keeper holds a descriptor of the engine"
}

# engines_confined COLUMN: every engine of the fleet
engines_confined()
{
	local id pid n=0

	while read -r id pid; do
		engine_confined "$id" "$pid" "$1"
		n=$((n + 1))
	done < <(vf -j engine | jq -r '.[] | "\(.id) \(.pid)"')
	echo "ok: $n containers: user 65532, capabilities $(documented "$1" || echo none)," \
		"system calls filtered, root read-only, own processes, nobody has their descriptors"
}

# traces: whatever containers could leave behind on this machine. Other tests' networks
# are their own.
traces()
{
	local dir

	podman ps --all --no-trunc --format 'container {{.ID}} {{.Names}}'
	for dir in /run/runc /run/crun; do
		[ ! -d "$dir" ] || find "$dir" -mindepth 1 -maxdepth 1 -type d
	done
	find /sys/fs/cgroup -type d -name 'libpod-*'
	pgrep -af "conmon .*$PODMAN_DIR/" || true
	ip -o link | sed 's/^[0-9]*: /link /; s/[@:].*//'
	[ -z "$NS_LB" ] || ip -n "$NS_LB" -o link | sed 's/^[0-9]*: /lb link /; s/[@:].*//'
	ip netns list 2>/dev/null | sed 's/ .*//; s/^/netns /'
	cut -d' ' -f1-3 /proc/self/mounts | sed 's/^/mount /'
	find "$WORK" . /oom -maxdepth 2 \( -type s -o -name oom \) 2>/dev/null || true
	grep HugePages_Free /proc/meminfo
	[ -z "${PF_CLIENT:-}" ] || vf -j vf | jq -r '.[] | "vf \(.bdf) \(.state)"'
	[ -z "${PF_CLIENT:-}" ] || vf -j lease | jq -r '.[] | "lease \(.id)"'
	[ -z "${PF_CLIENT:-}" ] || find /dev/vfio -type c
}

# traces_now: sorted, without what tests beside this one have. The mount of podman's store
# itself comes and goes with podman's processes while no container is mounted.
traces_now()
{
	traces | grep -vE "(^netns |/netns/)vf[0-9]+-" |
		grep -vE "^mount (.*vf$$-|[^ ]* $PODMAN_DIR/store/overlay )" | sort
}

# traces_before: what is there now is not our containers'
traces_before()
{
	traces_now >"$WORK/traces"
}

# no_traces: all that was there is there, and no more
no_traces()
{
	diff "$WORK/traces" <(traces_now)
}

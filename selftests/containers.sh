# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# containers.sh - fleets whose engines are containers, for any test
#
# Source it after fleet.sh. podman works in a store of the test's own, which goes away
# with the test, and with the settings that every machine of the tests can have.

# For fleet.sh and for tests: what engines are, and of what image.
# shellcheck disable=SC2034
CONTAINERS=1 SECCOMP=$REPO/dist/engine-seccomp.json IMAGE=

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

	# The guest cannot build.
	[ -n "${VFLEET_LAB:-}" ] || "$REPO/tools/image" "$archive" >"$WORK/image"
	podman load -q -i "$archive" >"$WORK/image" || fail "no image"
	# shellcheck disable=SC2034 # for tests
	IMAGE=$(sed -n 's/^Loaded image: *//p' "$WORK/image")
}

podman_teardown()
{
	podman rm --all --force --time 0 >/dev/null 2>&1
	umount "$PODMAN_DIR/store/overlay" 2>/dev/null
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

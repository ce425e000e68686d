#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# image.sh - tools/image builds an image that holds the engine and nothing else, and
# podman runs it with nothing allowed

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../containers.sh
. "$TESTDIR/containers.sh"

podman_setup
image_load
engine=$BUILD/userspace/engine/vfleet-engine
check "the image is named after the version" \
	[ "$IMAGE" = "localhost/vfleet-engine:$("$engine" --version | cut -d' ' -f2)" ]

# tried OPTION...: podman run with what vfleetd allows, and no more
tried()
{
	podman run --rm --pull=never --network=none --read-only \
		--read-only-tmpfs=false --ipc=none --cap-drop=all \
		--security-opt=no-new-privileges \
		--security-opt="seccomp=$SECCOMP" --ulimit=nofile=1024:1024 \
		--ulimit=nproc=1024:1024 "$@"
}

tried "$IMAGE" --version >"$WORK/said"
check "the engine in it is the one of this tree" \
	cmp "$WORK/said" <("$engine" --version)
! tried --entrypoint /bin/sh "$IMAGE" -c true >"$WORK/said" 2>&1 ||
	fail "there is a shell in the image"
check "there is no shell in it" grep -q 'no such file' "$WORK/said"
! tried "$IMAGE" --channel-fd 9 --slot 0 --client null: --server null: \
	>"$WORK/said" 2>&1 || fail "an engine without a supervisor"
check "an engine without its socket says so" \
	grep -q 'there is no descriptor 9' "$WORK/said"

mkdir "$WORK/root"
podman create --name look "$IMAGE" >/dev/null
podman export look | tar -C "$WORK/root" -x
podman rm look >/dev/null
find "$WORK/root" -type f -perm /111 ! -name '*.so*' -printf '/%P\n' >"$WORK/programs"
check "its only program is the engine" \
	[ "$(cat "$WORK/programs")" = /usr/libexec/vfleet/vfleet-engine ]
check "every library comes with its package's name and copyright" \
	[ "$(wc -l <"$WORK/root/usr/share/doc/packages")" = \
	"$(find "$WORK/root/usr/share/doc" -mindepth 2 -name copyright \
		! -path '*/vfleet/*' | wc -l)" ]
check "nothing is anybody's but root's" \
	[ -z "$(find "$WORK/root" ! -user 0 -o -perm /6000 -o -type f -perm /022)" ]
size=$(du -sm "$WORK/root" | cut -f1)
check "it has $size MB, at most 24" [ "$size" -le 24 ]
check "its user is not root" \
	[ "$(podman image inspect --format '{{.User}}' "$IMAGE")" = 65532:65532 ]

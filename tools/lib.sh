# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# lib.sh - what every script of this tree shares: where things are, and how to speak

# The tree, whatever directory the caller stands in.
VFLEET_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# Downloaded kernels; outside the tree so that a fresh clone finds them again.
VFLEET_CACHE=${VFLEET_CACHE:-/var/cache/vfleet}
# What build_userspace builds; empty is everything.
TARGETS=()
# Kernels the module is built and tested for; the first is the default.
# shellcheck disable=SC2034 # read by the scripts that source this
VFLEET_KERNELS=(6.12 6.1)
# The module is tested on one more: tools/kernel-debug builds it.
# shellcheck disable=SC2034
VFLEET_DEBUG_KERNEL=debug
export VFLEET_ROOT VFLEET_CACHE

say()
{
	printf '%s: %s\n' "${0##*/}" "$*"
}

die()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

need_root()
{
	[ "$(id -u)" = 0 ] || die "needs root: run it as 'sudo $0 $*'"
}

# kernel_tree SERIES: the unpacked kernel of a series such as 6.12, with
# boot/vmlinuz-REL, lib/modules/REL and build trees inside.
kernel_tree()
{
	local tree=$VFLEET_CACHE/kernels/$1 maker=setup

	[ "$1" != "$VFLEET_DEBUG_KERNEL" ] || maker=kernel-debug
	[ -e "$tree/release" ] ||
		die "no kernel $1 in $VFLEET_CACHE; run 'sudo tools/$maker'"
	echo "$tree"
}

# kernel_release SERIES: its full release name, e.g. 6.12.117+deb12-amd64
kernel_release()
{
	cat "$(kernel_tree "$1")/release"
}

# build_userspace DIR [MESON-ARGUMENT]...: configure DIR once, then build it. The
# compiler's words go to DIR/build.log and are shown when they matter. TARGETS, an
# array, names what to build; everything when it is empty.
build_userspace()
{
	local dir=$1 log=$1/build.log

	shift
	mkdir -p "$dir"
	if [ ! -e "$dir/build.ninja" ]; then
		if ! meson setup "$dir" "$VFLEET_ROOT" "$@" >"$log" 2>&1; then
			tail -n 30 "$log" >&2
			return 1
		fi
	fi
	if ! ninja -C "$dir" "${TARGETS[@]}" >"$log" 2>&1; then
		grep -A 30 -m 1 '^FAILED' "$log" >&2 || tail -n 30 "$log" >&2
		return 1
	fi
}

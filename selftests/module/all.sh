#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# all.sh - the module's tests, one after the other in one guest of the debug kernel
#
# usage: all.sh [NAME]...    those only
#
# timeout: 3000
# kernels: debug
#
# Those that ask for a guest of their own ("# lab:") are left out. What they leave
# behind, kmemleak looks for when the last has ended.
# shellcheck disable=SC2016 # conditions go to eval as they are written

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# Each death takes a multiple of a stock kernel's time.
export DEATHS=${DEATHS:-40}
# The emulator unplugs what is in a slot that is switched off, for good.
LAST=removal

# own_guest FILE: not to be run here
own_guest()
{
	[ "$1" -ef "${BASH_SOURCE[0]}" ] || [[ "$1" == */lib.sh ]] ||
		sed -n 1,20p "$1" | grep -q '^# lab:'
}

# anew: no module, no VF, and both PFs with their driver, as after the boot
anew()
{
	local module

	for module in vfleet igbvf igb; do
		! grep -q "^$module " /proc/modules || rmmod "$module" || return
	done
	echo 1 >/sys/bus/pci/rescan
	modprobe igb
	wait_for '[ -n "$(pf_of 52:54:00:00:0a:01)" ] && [ -n "$(pf_of 52:54:00:00:0b:01)" ]' 30
}

# names: of all that can run here
names()
{
	local file

	for file in "$TESTDIR"/module/*.sh; do
		own_guest "$file" || basename "$file" .sh
	done | grep -vx "$LAST"
	echo "$LAST"
}

# shellcheck disable=SC2046 # names have no blanks
[ $# -gt 0 ] || set -- $(names)
for name in "$@"; do
	file=$TESTDIR/module/$name.sh
	anew || fail "no clean start for $name"
	echo "vfleet: test $name" >/dev/kmsg
	started=$SECONDS
	if ! bash "$file" >"$WORK/said" 2>&1; then
		sed 's/^/    /' "$WORK/said"
		fail "$name"
	fi
	ok "$name: $(grep -c '^ok ' "$WORK/said") checks in $((SECONDS - started)) s"
done

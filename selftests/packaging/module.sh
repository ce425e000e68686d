#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# module.sh - the module's targets install it, its header and its DKMS source, and dkms
# builds from that
# timeout: 300

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../../tools/lib.sh
. "$REPO/tools/lib.sh"

series=${VFLEET_KERNELS[0]}
release=$(kernel_release "$series")
tree=$(kernel_tree "$series")
headers=$tree/usr/src/linux-headers-$release

# told FILE FIELD TEXT: modinfo's words
told()
{
	modinfo -F "$2" "$1" | grep -qF "$3" || fail "modinfo $2: $(modinfo -F "$2" "$1")"
	echo "ok: $2: $3"
}

echo "-- tools/module install"
mods=$WORK/root/lib/modules/$release
mkdir -p "$mods"
cp "$tree/lib/modules/$release"/modules.{order,builtin,builtin.modinfo} "$mods/"
export DESTDIR=$WORK/root
made=$(KBUILD_DIR=$headers "$REPO/tools/module" install "$release" "$WORK/out" 2>"$WORK/said") ||
	fail "$(cat "$WORK/said")"
check "installed" [ "$made" = "$mods/updates/vfleet.ko" ]
for field in license description author version vermagic; do
	check "modinfo has a $field" [ -n "$(modinfo -F "$field" "$made")" ]
done
check "every parameter is described" \
	[ -z "$(modinfo -F parm "$made" | grep -v ':.* (' || true)" ]
# modprobe would take it for a reason to pass over the install rule of a pool at boot
check "no soft dependency" [ -z "$(modinfo -F softdep "$made")" ]
told "$made" vermagic "$release "
told "$made" alias net-pf-16-proto-16-family-vfleet
modprobe -d "$DESTDIR" -S "$release" -n -v net-pf-16-proto-16-family-vfleet \
	>"$WORK/said" 2>&1 || true
check "the family's name loads it" grep -q 'updates/vfleet.ko' "$WORK/said"
"$REPO/tools/module" uninstall "$release" >/dev/null
check "uninstalled" [ ! -e "$made" ]
check "and out of the index" [ -z "$(grep vfleet "$mods/modules.dep")" ]

echo "-- tools/module headers"
made=$("$REPO/tools/module" headers)
echo '#include <linux/vfleet.h>' >"$WORK/try.c"
check "the header compiles alone" \
	cc -Wall -Werror -fsyntax-only -I "$(dirname "$made")/.." "$WORK/try.c"

echo "-- tools/module dkms"
made=$("$REPO/tools/module" dkms)
version=${made##*/vfleet-}
mkdir -p "$WORK/dkms"
# Its signing is switched off: it would make a key for this host.
dkms_here()
{
	sign_file=/nonexistent dkms "$@" --dkmstree "$WORK/dkms" \
		--sourcetree "$DESTDIR/usr/src" --installtree "$WORK/installed" \
		-m vfleet -v "$version" -k "$release" --kernelsourcedir "$headers" \
		>"$WORK/said" 2>&1 ||
		fail "dkms $*: $(cat "$WORK/said" "$WORK"/dkms/vfleet/*/build/make.log)"
}
dkms_here add
dkms_here build
ko=$(find "$WORK/dkms/vfleet/$version/$release" -name 'vfleet.ko*')
check "dkms built the module" [ -n "$ko" ]
told "$ko" vermagic "$release "
check "of the version that is packaged" [ "$(modinfo -F version "$ko")" = "$version" ]

#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# netlink-page.sh - docs/netlink.md is what spec, header and module say, and no less
# shellcheck disable=SC2016 # conditions go to eval as they are written
# timeout: 60

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"

DOCUMENT=$REPO/tools/netlink/document

# refused WORDS FILE SCRIPT: in a copy of the tree with FILE edited by sed it says WORDS
refused()
{
	rm -rf "$WORK/tree"
	mkdir -p "$WORK/tree/docs" "$WORK/tree/tools" "$WORK/tree/include"
	cp -r "$REPO/kmod" "$WORK/tree/"
	cp -r "$REPO/tools/netlink" "$WORK/tree/tools/"
	cp -r "$REPO/include/uapi" "$WORK/tree/include/"
	cp "$REPO/docs/netlink.md" "$WORK/tree/docs/"
	sed -i "$3" "$WORK/tree/$2"
	! cmp -s "$REPO/$2" "$WORK/tree/$2" || fail "$3 changes nothing in $2"
	! "$DOCUMENT" --check "$WORK/tree" 2>"$WORK/said" && grep -qF "$1" "$WORK/said" ||
		fail "$2, $3: $(cat "$WORK/said")"
	echo "ok: $3 in $2 -> $(cat "$WORK/said")"
}

check "the page is current" "$DOCUMENT" --check
for what in $(sed -n 's/^ *name: \([a-z]*-[a-z-]*\)$/\1/p' "$REPO/tools/netlink/vfleet.yaml" |
	sort -u); do
	name=$(tr 'a-z-' 'A-Z_' <<<"$what")
	grep -qE "VFL_[A-Z_]*$name|^### $what" "$REPO/docs/netlink.md" ||
		fail "$what of the spec is not on the page"
done
echo "ok: every name of the spec is there"

sed -n '/^\.Sh DIAGNOSTICS/,/^\.Sh FILES/s/^\.It //p' "$REPO/man/vfleet-vf.8" >"$WORK/diagnostics"
check "vfleet-vf(8) has diagnostics" test "$(wc -l <"$WORK/diagnostics")" -ge 5
while read -r sentence; do
	check "the module says: $sentence" grep -qF "| $sentence" "$REPO/docs/netlink.md"
done <"$WORK/diagnostics"

SPEC=tools/netlink/vfleet.yaml
HEADER=include/uapi/linux/vfleet.h
refused "not current" docs/netlink.md 's/max 4094/max 4095/'
refused "not current" $SPEC 's/max: 4094/max: 4095/'
refused "has no doc" $SPEC '/doc: Mbit/d'
refused "name other attributes" $SPEC 's/\[ pci-name, generation, tuning \]/[ pci-name, tuning ]/'
refused "other values" $SPEC 's/parked, vfio, native/parked, native, vfio/'
refused "not current" $HEADER 's/its reset or scrub failed$/its reset failed/'
refused "other attributes" $HEADER '/VFL_A_VF_IN_USE,/d'
refused "have no VF_RESET" $HEADER 's/  VF_RESET  /  VF_FLUSH  /'
refused "not current" kmod/lease.c 's/"no VF of the PF is free"/"all VFs of the PF are taken"/'
refused "not among the header" kmod/lease.c 's/-EAGAIN, "no VF/-ENOSPC, "no VF/'
refused "not current" kmod/nl_vf.c '/vfl_nl_require_sys_admin/s/=.*/= 0;/'

#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# policies.sh - the module's netlink policies are what its spec says
# shellcheck disable=SC2016 # conditions go to eval as they are written

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"

GENERATE=$REPO/tools/netlink/generate
SOURCE=$(echo "${VFLEET_CACHE:-/var/cache/vfleet}"/kernels/debug/usr/src/linux-headers-*)

[ -e "$SOURCE/tools/net/ynl/ynl-gen-c.py" ] || skip_ok "no source of the debug kernel here"
check "kmod/nl_policy.[ch] are current" "$GENERATE" --check "$SOURCE"

# A tree of its own, whose spec says something else
mkdir -p "$WORK/tree/tools" "$WORK/tree/kmod"
cp -r "$REPO/tools/netlink" "$REPO/tools/lib.sh" "$WORK/tree/tools/"
cp "$REPO"/kmod/nl_policy.[ch] "$WORK/tree/kmod/"
sed -i 's/max: 4094/max: 4095/' "$WORK/tree/tools/netlink/vfleet.yaml"
check "a spec that moved on is seen" \
	eval '! "$WORK/tree/tools/netlink/generate" --check "$SOURCE" >"$WORK/diff" 2>&1 &&
		grep -q "^+.*4095" "$WORK/diff"'

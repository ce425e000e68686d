#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# abi.sh - the ABI text describes every file of class vfleet, and no other
# timeout: 60

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"

ABI=$REPO/docs/abi/sysfs-class-vfleet
FILES=$REPO/kmod/sysfs.c
TUNING=$REPO/kmod/sysfs_tuning.c

# made: "PATH MODE" of each file that the module makes
made()
{
	local stats

	stats=$(sed -n '/pf_stats_attrs\[\]/,/NULL/p' "$FILES" |
		grep -o 'dev_attr_pf_[a-z_]*' | sed 's/dev_attr_pf_//')
	sed -nE 's/^ATTR_(R[OW])\((pf|vf), ([a-z_]+),.*/\2 \3 \1/p' "$FILES" |
		while read -r object name mode; do
			[ "$object" = vf ] || ! grep -qx "$name" <<<"$stats" ||
				name=stats/$name
			echo "$object/$name $mode"
		done
	sed -nE 's,^TUNING_ATTR\(([a-z_]+)\,.*,vf/tuning/\1 RW,p' "$TUNING"
}

# described: the same, of the text
described()
{
	awk '$1 == "What:" { what = $2 }
		$1 == "Description:" { print what, $2 }' "$ABI" |
		sed -E 's,^/sys/class/vfleet/<pf>-vf<n>/,vf/,; s,^/sys/class/vfleet/<pf>/,pf/,' |
		tr -d '()'
}

check "files are found" [ "$(made | wc -l)" -gt 20 ]
diff <(made | sort) <(described | sort) || fail "the text and the module differ"
echo "ok: every file is described, with its mode"
for field in Date KernelVersion Contact Description; do
	check "each block has $field" \
		[ "$(grep -c "^$field:" "$ABI")" = "$(grep -c '^What:' "$ABI")" ]
done

#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# source.sh - sparse, checkpatch and coccinelle have nothing to say of the module
#
# timeout: 900
#
# The last two and their rules come with a kernel's source, which is here when the
# debug kernel has been built.

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../../tools/lib.sh
. "$REPO/tools/lib.sh"

series=${VFLEET_KERNELS[0]}
HEADERS=$(kernel_tree "$series")/usr/src/linux-headers-$(kernel_release "$series")
RULES=$(echo "$VFLEET_CACHE"/kernels/debug/usr/src/linux-headers-*/scripts)
# compat.h asks for numbers where no header shows it; "adopt" is a word of a sentence.
IGNORED=LINUX_VERSION_CODE,CONSTANT_COMPARISON,EMBEDDED_FUNCTION_NAME

# silent COMMAND...: it says nothing about the module's files
silent()
{
	local said

	said=$("$@" 2>&1 | grep -E '(^|/)(kmod|include/uapi)/[^ :]*:[0-9]+:' || true)
	[ -z "$said" ] || { echo "$said" && return 1; }
}

# sparse_on TARGET: with the compiler's own warnings of W=1
sparse_on()
{
	make -s -C "$HEADERS" M="$WORK/source" W=1 C=2 CONFIG_DEBUG_INFO_BTF_MODULES= "$1"
}

checkpatch_on()
{
	"$RULES/checkpatch.pl" --no-tree --no-summary --terse --max-line-length=100 \
		--ignore "$IGNORED" -f "$@"
}

# coccinelle_on KIND...: rules of these kinds, two at a time
coccinelle_on()
{
	find "${@/#/$RULES/coccinelle/}" -name '*.cocci' -print0 |
		xargs -0 -P 2 -n 1 spatch -D report --very-quiet --no-show-diff \
			--no-includes --include-headers --dir kmod --cocci-file
}

# In a tree of its own the make of a kernel leaves nothing behind.
mkdir -p "$WORK/source/include" "$WORK/bad/kmod"
cp -r -t "$WORK/source" "$REPO/Kbuild" "$REPO/kmod"
cp -r "$REPO/include/uapi" "$WORK/source/include/"
cat >"$WORK/bad/kmod/bad.c" <<-'EOF'
	void bad(char *p)
	{
	        kfree(p);
		*p = 0;
	}
EOF

if [ -e "$RULES/checkpatch.pl" ]; then
	cd "$WORK/source"
	mapfile -t files < <(find kmod include -name '*.[ch]' ! -name 'nl_policy.*')
	check "checkpatch on ${#files[@]} files" silent checkpatch_on "${files[@]}"
	check "coccinelle" silent coccinelle_on free iterators locks misc null
	cd "$WORK/bad"
	check "checkpatch sees a mistake" eval '! silent checkpatch_on kmod/bad.c >/dev/null'
	check "so does coccinelle" eval '! silent coccinelle_on free >/dev/null'
else
	echo "skip: checkpatch and coccinelle, there is no kernel source in $VFLEET_CACHE"
fi
check "sparse and W=1" silent sparse_on modules
echo 'int vfl_bad(int __user *p) { return *p; }' >>"$WORK/source/kmod/state.c"
check "sparse sees a mistake" eval '! silent sparse_on kmod/state.o >/dev/null'

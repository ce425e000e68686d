#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# check.sh - tools/check finds each thing it is there to find, and nothing in good code
# timeout: 300

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"

tree=$WORK/tree
mkdir -p "$tree"/{tools,userspace/core,kmod,selftests}
cp "$REPO/tools/check" "$tree/tools/"
cp "$REPO/.clang-format" "$tree/"

good_code()
{
	printf '%s\n' '// SPDX-License-Identifier: BSD-3-Clause' \
		'/* good.c - nothing wrong here */' '#include "good.h"' '' \
		'int good(int one)' '{' $'\treturn one + 1;' '}'
}
good_code >"$tree/userspace/core/good.c"
check "good code passes" "$tree/tools/check"

# finds FILE TEXT: with FILE as it stands now, tools/check says TEXT about it
finds()
{
	local said

	if said=$("$tree/tools/check"); then
		fail "$1 passes, expected: $2"
	fi
	grep -q "^$1:.*$2" <<<"$said" || fail "expected '$2' about $1: $said"
	rm "$tree/$1"
	echo "ok: found: $2"
}

bad()
{
	good_code | sed "s/good\.c/$(basename "$1")/; $2" >"$tree/$1"
}

bad userspace/core/bad.c 's/^\treturn/\tprintf("x");\n&/'
finds userspace/core/bad.c 'printf() on the packet path'
bad userspace/core/bad.c 's/^\treturn/\tchar *p = malloc (9);\n&/'
finds userspace/core/bad.c 'malloc() on the packet path'
bad userspace/core/bad.c 's/^\treturn/\tvola''tile int x;\n&/'
finds userspace/core/bad.c 'C11 atomics'
bad userspace/core/bad.c 's/^int/#if 0\n#endif\n&/'
finds userspace/core/bad.c 'dead code'
bad userspace/core/bad.c 's/^\treturn/\t\/* TO''DO *\/\n&/'
finds userspace/core/bad.c 'leftover note'
bad userspace/core/bad.c 's/^\treturn/    &/'
finds userspace/core/bad.c 'not formatted'
bad userspace/core/bad.c 's/$/ /'
finds userspace/core/bad.c 'white space at the end'
bad userspace/core/bad.c "s/^int/int a$(printf 'x%.0s' {1..100});\n&/"
finds userspace/core/bad.c 'longer than'
bad userspace/core/bad.c '1d'
finds userspace/core/bad.c 'no SPDX'
bad userspace/core/bad.c '2d'
finds userspace/core/bad.c 'purpose'
bad kmod/bad.c ''
finds kmod/bad.c 'expected GPL-2.0'
bad userspace/core/bad.c "s/^\treturn/$(printf '\\tone++;\\n%.0s' {1..101})&/"
finds userspace/core/bad.c 'good has 102 lines'
bad userspace/core/bad.c "s/^int/$(printf 'int a;\\n%.0s' {1..500})&/"
finds userspace/core/bad.c 'the budget is 500'
bad userspace/core/bad.c 's/^\treturn.*/\tint a[2];\n\n\ta[one] = 1;\n\treturn a[2];/'
finds userspace/core/bad.c 'arrayIndexOutOfBounds'
# shellcheck disable=SC2016 # the script's to expand
printf '#!/bin/bash\n# SPDX-License-Identifier: BSD-3-Clause\ncd /tmp\nls $1 *\nx=1\n' \
	>"$tree/selftests/bad.sh"
finds selftests/bad.sh 'SC2164'

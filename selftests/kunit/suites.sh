#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# suites.sh - the module's KUnit suites, which the debug kernel runs when it loads it
#
# timeout: 480
# lab: -a kunit.enable=1
# shellcheck disable=SC2016 # conditions go to eval as they are written

# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

[ -n "${VFLEET_LAB:-}" ] || skip "runs in the lab's guest only: selftests/lab/run"

RESULTS=/sys/kernel/debug/kunit

# suite FILE: its name, nothing for a file without one
suite()
{
	sed -n 's/.*\.name = "\(vfleet_[a-z_]*\)".*/\1/p' "$1"
}

# passed RESULTS CASES: prints how many passed, a parameter counting as one. A failure:
# another number of cases than there are in the source, and one that did not pass.
passed()
{
	awk -v want="$2" '
		/^    ok [0-9]/ { cases++ }
		/^ +ok [0-9]/ { good++ }
		/^ *not ok / { bad++ }
		/# SKIP/ { bad++ }
		/^ok / { whole++ }
		END { print good + 0; exit !(cases == want && !bad && whole == 1) }' "$1"
}

modprobe vfleet || fail "the module does not load"
[ -d "$RESULTS" ] || fail "this kernel has no KUnit"
suites=0
for source in "$REPO"/kmod/tests/*.c; do
	name=$(suite "$source")
	[ -n "$name" ] || continue
	file=$RESULTS/$name/results
	[ -e "$file" ] || fail "$name did not run"
	cat "$file"
	cases=$(grep -cE '\bKUNIT_CASE(_PARAM)?\(' "$source")
	count=$(passed "$file" "$cases") || fail "$name: not all of $cases cases passed"
	echo "ok: $name: $cases cases, with all parameters $count"
	cp "$file" "$WORK/good"
	suites=$((suites + 1))
done
check "all five suites ran" test "$suites" -ge 5
sed '0,/^    ok /s//    not ok /' "$WORK/good" >"$WORK/bad"
check "a case that fails would be seen" eval '! passed "$WORK/bad" "$cases" >/dev/null'
sed '/^    ok 1 /d' "$WORK/good" >"$WORK/bad"
check "and one that did not run" eval '! passed "$WORK/bad" "$cases" >/dev/null'

#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# race.sh - many ask at once: each VF goes to one of them, the rest are told to wait
#
# timeout: 300

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

module_up
t pool "$PF" 4
t pool "$PF2" 3
for round in 1 2 3; do
	wait_for "[ \$(t vf | grep -c ' free $NEW') = 7 ]" 10 || fail "not all free"
	said=$(t race 12) || fail "a VF was given twice: $said"
	check "round $round: $said" test "$said" = "asked 12 got 7 twice 0"
done

wait_for "[ \$(t vf | grep -c ' free $NEW') = 7 ]" 10 || fail "not all free"
# Listing goes on while a pool is rebuilt, which takes seconds.
t pool "$PF2" 0
t pool "$PF2" 5 &
rebuild=$!
lists=0
while kill -0 $rebuild 2>/dev/null; do
	[ "$(t vf | grep -c " free ")" -ge 4 ] || fail "a list lacks the other PF's VFs"
	lists=$((lists + 1))
done
wait $rebuild || fail "rebuild"
check "$lists lists were read during the rebuild" test "$lists" -ge 1
check "and nine VFs are there" test "$(t vf | grep -c ' free ')" = 9

#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# test.sh - tools/test counts passes, failures, skips and hangs as what they are
# timeout: 300

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"

# A tree of one script per outcome, with nothing to install and a build of nothing.
tree=$WORK/tree
mkdir -p "$tree"/{tools,selftests/netns}
cp "$REPO"/tools/{test,lib.sh} "$tree/tools/"
printf '#!/bin/sh\n' >"$tree/tools/setup"
chmod +x "$tree/tools/setup"
echo "project('empty')" >"$tree/meson.build"
script()
{
	printf '#!/bin/bash\n%s\n' "$2" >"$tree/selftests/netns/$1.sh"
}
script good 'echo fine'
script bad 'echo the reason; exit 3'
script slow $'# timeout: 1\nsleep 60'
script skip 'echo "SKIP: no such thing here"; exit 4'
script skip-ok 'echo "SKIP-OK: never here"; exit 4'
script lib 'exit 1'

# run_runner STATUS LAST-LINE CI NAME...
run_runner()
{
	local want=$1 last=$2 ci=$3 got=0

	shift 3
	CI=$ci TIME_FACTOR=1 "$tree/tools/test" "$@" >"$WORK/said" 2>&1 || got=$?
	[ "$got" = "$want" ] || fail "tools/test $*: status $got: $(cat "$WORK/said")"
	[ "$(tail -n 1 "$WORK/said")" = "$last" ] ||
		fail "tools/test $*: expected '$last': $(cat "$WORK/said")"
	echo "ok: $last"
}

run_runner 0 "1 passed, 0 failed" '' netns/good
run_runner 1 "0 passed, 1 failed" '' netns/bad
grep -q 'fail netns/bad .*(status 3)' "$WORK/said" || fail "the status is not shown"
grep -q '^    the reason' "$WORK/said" || fail "the log is not shown"
run_runner 1 "0 passed, 1 failed" '' netns/slow
grep -q 'no end within 1 s' "$WORK/said" || fail "the hang is not named"
run_runner 0 "0 passed, 0 failed, 1 skipped" '' netns/skip
grep -q 'no such thing here' "$WORK/said" || fail "the reason of a skip is not shown"
run_runner 1 "0 passed, 1 failed, 1 skipped" true netns/sk
run_runner 1 "1 passed, 1 failed" '' netns/good netns/bad

# What needs a debug kernel that is not ready is skipped, also in CI; the rest is not.
script on-debug 'echo fine'
printf '#!/bin/sh\nexit 75\n' >"$tree/tools/kernel-debug"
chmod +x "$tree/tools/kernel-debug"
run_runner 0 "1 passed, 0 failed, 1 skipped" true netns/on-debug netns/good
grep -q 'the debug kernel is not ready' "$WORK/said" || fail "its absence is not told"
printf '#!/bin/sh\nexit 1\n' >"$tree/tools/kernel-debug"
run_runner 1 "0 passed, 1 failed" true netns/on-debug netns/good
printf '#!/bin/sh\n' >"$tree/tools/kernel-debug"
run_runner 0 "2 passed, 0 failed" true netns/on-debug netns/good
rm "$tree/selftests/netns/on-debug.sh"

# The image is built for those that say they need it, and for no others.
printf '#!/bin/sh\ntouch %s\n' "$WORK/image" >"$tree/tools/image"
chmod +x "$tree/tools/image"
run_runner 0 "1 passed, 0 failed" '' netns/good
check "no image for a test that needs none" test ! -e "$WORK/image"
script in-image "# needs: image"$'\n'"[ -e $WORK/image ]"
run_runner 0 "2 passed, 0 failed" '' netns/good netns/in-image
printf '#!/bin/sh\nexit 1\n' >"$tree/tools/image"
run_runner 1 "0 passed, 1 failed" '' netns/in-image
rm "$tree/selftests/netns/in-image.sh"

[ "$("$tree/tools/test" --list netns | tr '\n' ' ')" = \
	"netns/bad netns/good netns/skip-ok netns/skip netns/slow " ] ||
	fail "--list: $("$tree/tools/test" --list)"
# What must run alone would wait for all that was started before it.
mkdir -p "$tree/selftests/module"
touch "$tree/selftests/module/"{attributes,deaths}.sh
check "what runs alone comes first" test "$("$tree/tools/test" --list module |
	sed 's/-[0-9.]*$//' | uniq | tr '\n' ' ')" = "module/deaths module/attributes "
rm -r "$tree/selftests/module"
! "$tree/tools/test" no-such >"$WORK/said" 2>&1 || fail "an unknown name passes"
grep -q 'no test begins with: no-such' "$WORK/said" || fail "an unknown name is not refused"

script stopped "trap 'echo cleaned >$WORK/cleaned; exit 1' TERM
	echo \$\$ >$WORK/pid; while :; do sleep 0.1; done"
"$tree/tools/test" netns/stopped >"$WORK/said" 2>&1 &
runner=$!
wait_for "test -s $WORK/pid" 20
kill "$runner"
wait "$runner" || true
[ -e "$WORK/cleaned" ] || fail "an interrupted test does not clean up"
check "an interrupted run leaves no process" \
	wait_for "! kill -0 $(cat "$WORK/pid")" 10

printf '#!/bin/sh\nexit 1\n' >"$tree/tools/setup"
run_runner 1 "0 passed, 1 failed" '' netns/good
printf '#!/bin/sh\n' >"$tree/tools/setup"
echo "error('broken')" >>"$tree/meson.build"
rm -rf "$tree/build"
run_runner 1 "0 passed, 1 failed" '' netns/good

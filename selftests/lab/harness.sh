#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# harness.sh - the lab tells success, failure, hang, panic and complaint apart
# timeout: 600

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"

[ "$(id -u)" = 0 ] || skip "the lab needs root"

# expect STATUS TEXT SECONDS SCRIPT: boot, run SCRIPT, compare the exit status
expect()
{
	local want=$1 text=$2 limit=$3 got=0

	echo "$4" >"$WORK/script"
	"$TESTDIR/lab/run" -n -p 0 -m 1G -t "$limit" -o "$WORK/out" \
		"$WORK/script" "two words" >"$WORK/said" 2>&1 || got=$?
	if [ "$got" != "$want" ]; then
		tail -n 20 "$WORK/said" "$WORK/out/log"
		fail "$text: status $got, expected $want"
	fi
	echo "ok: $text: status $got"
}

began=$SECONDS
# shellcheck disable=SC2016 # for the guest to expand
expect 7 "a failing script" 150 '
	[ "$1" = "two words" ] || exit 99
	grep -q . /out/job || exit 98
	! touch /usr/lab-was-here || rm /usr/lab-was-here || exit 97
	echo "the log"
	exit 7'
boot_seconds=$((SECONDS - began))
grep -qx 'the log' "$WORK/out/log" || fail "the script's output is lost"
[ ! -e /usr/lab-was-here ] || fail "the guest wrote to the host"

expect 0 "a good script" 150 'touch /out/from-the-guest'
[ -e "$WORK/out/from-the-guest" ] || fail "/out does not reach the host"

expect 123 "a warning of the kernel" 150 'modprobe splat'
grep -q 'splat' "$WORK/said" || fail "the warning is not shown"

expect 125 "a panic" 150 'echo c >/proc/sysrq-trigger; sleep 60'
grep -q 'Kernel panic' "$WORK/said" ||
	fail "the panic is not shown"

# Long enough for this machine to boot, as the first run has shown.
expect 124 "a hang" $((2 * boot_seconds + 10)) 'touch /out/started; sleep 600'
[ -e "$WORK/out/started" ] || fail "the guest was slow, not hung"

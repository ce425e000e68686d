#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# top.sh - the live view in real terminals: what is shown where, sizes, and how it ends
# timeout: 120
# shellcheck disable=SC2016 # conditions go to eval as they are written

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"

VFLEET=$BUILD/userspace/cli/vfleet
SOCKET=$WORK/vfleetd.sock

command -v tmux >/dev/null || skip "no tmux: tools/setup installs it"

fake_start()
{
	spawn '' "$WORK/fake.log" /usr/bin/python3 "$TESTDIR/netns/fake_vfleetd.py" "$SOCKET" \
		"$WORK/requests"
	FAKE=$SPAWNED
	wait_for '[ -S "$SOCKET" ]' 30 || fail "no fake vfleetd: $(cat "$WORK/fake.log")"
}

term() { tmux -S "$WORK/tmux" -f /dev/null "$@"; }
screen() { term capture-pane -p; }

# open_term COLUMNS ROWS LANG: a shell in a terminal, with a line that is its own
open_term()
{
	term new-session -d -x "$1" -y "$2" \
		"env -u LC_ALL LANG=$3 PS1='prompt ' sh -c 'echo before; exec sh -i'"
	wait_for 'screen | grep -q "^prompt"' 10 || fail "no shell in the terminal"
}

close_term() { term kill-server 2>/dev/null || return 0; wait_for "! term list-sessions" 10; }
at_exit close_term

type_top()
{
	term send-keys "$VFLEET -s $SOCKET top; echo status \$?" Enter
	wait_for 'screen | grep -q "engines of 1"' 10 || fail "no view: $(screen)"
}

# shows PATTERN: a line of the screen is like that
shows() { screen | grep -Eq -- "$1" || { screen >&2; return 1; }; }

# fits COLUMNS: no line goes over the edge into the next one: each begins as it must
fits()
{
	! screen | LC_ALL=C.UTF-8 grep -E "^.{$(($1 + 1)),}" >&2 &&
		! screen | grep -vE '^$|^[0-9: ]{8}|^ +(ID|[0-9]+) |^(SERVICE|EVENT|web|no )' >&2
}

# fresh: an empty screen with the line that is its own. The whole of it is looked at: a
# command typed before the prompt is there stands above it, and its "status" behind it.
fresh()
{
	term send-keys 'clear; echo before' Enter
	wait_for '[ "$(screen)" = "before
prompt" ]' 10 || fail "no clear screen: $(screen)"
}

# is_back: the shell's screen is as it was, its cursor and echo too
is_back()
{
	wait_for 'screen | grep -q "^status 0"' 10 && shows '^before$' && ! screen |
		grep -q "engines of" && [ "$(term display -p '#{cursor_flag}')" = 1 ] &&
		[ "$(term display -p '#{alternate_on}')" = 0 ] &&
		term send-keys 'echo I am heard' Enter &&
		wait_for 'screen | grep -q "echo I am heard"' 5
}

fake_start
open_term 80 24 C.UTF-8
type_top
check "80x24: engines are lanes with a bar of their load" \
	shows '^  0    1  ready +████████▍·+ +42% +128 +31.4k +1.25M +1.25M$'
check "80x24: services" shows '^web +10.1.0.10:80 +200 +120 +24.1k$'
check "80x24: the last events, newest first" eval '
	screen | grep -A1 "2->3 " | tail -1 |
	grep -Eq "^[0-9:]{8} 1->2 +done +128 +1.23 ms +0  operator$"'
check "80x24: the head" shows '^[0-9:]{8}  2 engines of 1..4, auto on, '
check "80x24: nothing goes over the edge" fits 80
check "it has a screen of its own, without cursor" \
	[ "$(term display -p '#{alternate_on}#{cursor_flag}')" = 10 ]
term resize-window -x 120 -y 40
check "a larger terminal has longer bars" wait_for \
	'screen | grep -Eq "^  0    1  ready +█{25}·+ +42%"' 5
check "120x40: nothing goes over the edge" fits 120
term resize-window -x 60 -y 6
check "a small one shows the top of it, and does not scroll" wait_for \
	'screen | head -1 | grep -q "engines of" && screen | grep -q "^  1    2  ready"' 5
term resize-window -x 80 -y 24
term send-keys q
check "q ends it, and the terminal is as before" is_back
fresh
type_top
term send-keys C-c
check "ctrl-C ends it, and the terminal is as before" is_back
fresh
type_top
kill "$FAKE"
wait "$FAKE" 2>/dev/null || true
check "when vfleetd goes the reason is left on the screen" wait_for \
	'screen | grep -q "^vfleet: cannot watch the fleet" && screen | grep -q "^status 1"' 10
close_term

rm -f "$SOCKET"
fake_start
open_term 120 40 C
type_top
check "120x40 without UTF-8: bars of ASCII" shows '^  0    1  ready +#{25}\.+ +42%'
close_term

spawn '' "$WORK/plain" "$VFLEET" -s "$SOCKET" top
check "no terminal: text without escapes, again and again" wait_for \
	'[ "$(grep -c "engines of" "$WORK/plain")" -ge 2 ] &&
	 ! grep -q "$(printf "\033")" "$WORK/plain"' 10
stop_pid "$SPAWNED"
spawn '' "$WORK/plain" bash -c '"$0" -s "$1" top | head -3' "$VFLEET" "$SOCKET"
rc=0
wait "$SPAWNED" || rc=$?
check "it ends when nobody reads" eval '[ $rc = 0 ] && [ "$(wc -l <"$WORK/plain")" = 3 ]'

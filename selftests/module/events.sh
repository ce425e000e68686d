#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# events.sh - every change of state is told, in order
#
# timeout: 300

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

module_up
mkfifo "$WORK/events.in"
"$T" events 120 <"$WORK/events.in" >"$WORK/events" 2>&1 &
at_exit "kill $! 2>/dev/null"
exec 7>"$WORK/events.in"
wait_for "grep -q ready $WORK/events" || fail "no events: $(cat "$WORK/events")"

# expect NAME LINE...: since the last call exactly these events came, in this order
seen=1
expect()
{
	local name=$1 want got

	shift
	want=$(printf '%s\n' "$@")
	wait_for "[ \$(wc -l <$WORK/events) -ge $((seen + $#)) ]" 5 || true
	got=$(tail -n +$((seen + 1)) "$WORK/events")
	seen=$(wc -l <"$WORK/events")
	if [ "$got" != "$want" ]; then
		diff <(echo "$want") <(echo "$got") >&2
		fail "events of $name"
	fi
	ok "events of $name"
}

t pool "$PF" 1
read -r VF0 _ < <(t vf)
expect "a new pool" "pf $PF enabling request" "vf $VF0 free request" "pf $PF active request"

hold one
expect "a lease" "vf $VF preparing request" "vf $VF leased request" "lease $ID $VF start"

kill -9 "$OWNER"
wait_for "free_and_new $VF" 10 || fail "not free"
expect "an owner's death" "vf $VF draining owner-exit" "lease $ID $VF owner-exit" \
	"vf $VF resetting request" "vf $VF free request"

hold two
expect "a second lease" "vf $VF preparing request" "vf $VF leased request" \
	"lease $ID $VF start"
t revoke "$ID"
check "the owner sees a hangup" wait_for "grep -q hangup $WORK/two" 10
wait_for "free_and_new $VF" 10 || fail "not free"
expect "a revoked lease" "vf $VF draining revoked" "lease $ID $VF revoked" \
	"vf $VF resetting request" "vf $VF free request"

t pool "$PF" 0
expect "a removed pool" "pf $PF disabling request" "vf $VF gone request" \
	"pf $PF idle request"

#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# trace.sh - tracepoints tell every change of state, in order
#
# timeout: 300

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

TRACING=/sys/kernel/tracing

# the events so far, without task, time and generation
traced()
{
	sed -n 's/.*: vfleet_\([a-z_]*\): /\1 /p' "$TRACING/trace" |
		sed -E 's/ generation=[0-9]+//; s/ pid=[0-9]+//'
}

module_up
mountpoint -q "$TRACING" || mount -t tracefs tracefs "$TRACING"
check "the module has its events" test "$(ls -d $TRACING/events/vfleet/*/ | wc -l)" = 4
echo 1 >"$TRACING/events/vfleet/enable"
t pool "$PF" 1
hold one
kill -9 "$OWNER"
wait_for "free_and_new $VF" 10 || fail "not free"
t pool "$PF" 0
echo 0 >"$TRACING/events/vfleet/enable"

cat >"$WORK/want" <<-END
	pf_state pf=$PF idle -> enabling (request)
	pf_state pf=$PF enabling -> active (request)
	vf_state vf=$VF lease=0 free -> preparing (request)
	vf_state vf=$VF lease=$ID preparing -> leased (request)
	lease_start lease=$ID vf=$VF
	vf_state vf=$VF lease=$ID leased -> draining (owner-exit)
	lease_end lease=$ID vf=$VF (owner-exit)
	vf_state vf=$VF lease=0 draining -> resetting (request)
	vf_state vf=$VF lease=0 resetting -> free (request)
	pf_state pf=$PF active -> disabling (request)
	vf_state vf=$VF lease=0 free -> gone (request)
	pf_state pf=$PF disabling -> idle (request)
END
diff "$WORK/want" <(traced) || fail "other events than expected"
ok "every change, in order"

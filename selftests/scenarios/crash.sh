# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# crash.sh - engines and the supervisor are killed, connections go on
#
# Sourced after fleet.sh, with a network of two servers and three engines.

# Until the others have the slices of one that died, its VFs are back, another is ready.
ADOPT_S=20 RETURN_S=2 REPLACE_S=90

# answers_go_on: requests are answered from now on
answers_go_on()
{
	local now

	now=$(date +%s%3N)
	wait_for "tail -n 3 $WORK/load.jsonl | jq -se --argjson t $((now + 300)) \
		'any(.[]; .t_ms > \$t and .ok > 0)'" 30 >/dev/null ||
		fail "no answers: $(tail -n 3 "$WORK/load.jsonl")"
}

# others_own_everything PID: engines other than that process have all slices
others_own_everything()
{
	vf -j engine | jq -e --argjson pid "$1" 'map(select(.state == "ready" and
		.pid != $pid) | .slices) | add == 256' >/dev/null
}

# chosen PICK: "id pid" of an engine, by min_by or max_by
chosen()
{
	vf -j engine | jq -r "map(select(.state == \"ready\")) | $1(.id) |
		\"\(.id) \(.pid)\""
}

# leases_of PID: VFs of that engine and their leases, one per line
leases_of()
{
	local ports

	ports=$(vf -j engine | jq -c --argjson pid "$1" \
		'[.[] | select(.pid == $pid) | .ports[].bdf]')
	vf -j vf | jq -r --argjson ports "$ports" '.[] |
		select(.bdf as $b | $ports | index($b)) | "\(.bdf) \(.lease_id)"'
}

# returned VF LEASE: the VF is free, or another lease has it already
returned()
{
	vf -j vf | jq -e --arg vf "$1" --argjson lease "$2" '.[] |
		select(.bdf == $vf) | .lease_id != $lease and
		(.state == "free" or .state == "leased")' >/dev/null
}

# engine_killed PICK [COMMAND]: an engine is chosen and ended, by COMMAND with its PID
engine_killed()
{
	local pick=$1 id pid leases='' vf lease

	read -r id pid < <(chosen "$pick")
	if [ -n "${PF_CLIENT:-}" ]; then
		leases=$(leases_of "$pid")
		[ "$(wc -l <<<"$leases")" = 2 ] || fail "engine $id has no two VFs"
	fi
	${2:-kill -9} "$pid"
	check "slices of killed engine $id go to the others" \
		wait_for "others_own_everything $pid" "$ADOPT_S"
	while [ -n "${PF_CLIENT:-}" ] && read -r vf lease; do
		check "VF $vf of the killed engine is back within $RETURN_S s" \
			wait_for "returned $vf $lease" "$RETURN_S"
	done <<<"$leases"
	check "another engine is started instead" wait_for "engines_ready 3" "$REPLACE_S"
	check "a whole flow space again" test "$(owned_slices)" = 256
	engine_pids >/dev/null
	answers_go_on
}

supervisor_killed()
{
	local before

	before=$(engine_pids | sort)
	kill -9 "$SUPERVISOR"
	wait "$SUPERVISOR" 2>/dev/null || true
	answers_go_on
	echo "ok: traffic does not need vfleetd"
	supervisor_start
	check "a new vfleetd finds the same engines" \
		test "$(engine_pids | sort)" = "$before"
	check "a whole flow space still" test "$(owned_slices)" = 256
}

# The supervisor dies with a change under way; the next one ends it.
supervisor_killed_scaling()
{
	local events

	events=$(vf -j scale log | jq length)
	vf scale to 1 >/dev/null 2>&1 &
	wait_for "vf -j scale log | jq -e 'length > $events'" 20 >/dev/null || true
	kill -9 "$SUPERVISOR"
	wait "$SUPERVISOR" 2>/dev/null || true
	wait "$!" || true
	answers_go_on
	supervisor_start
	check "no event stays open" wait_for "vf -j scale log |
		jq -e 'all(.[]; .outcome != \"running\")'" 30
	scale_to 1
	scale_to 2
	check "the fleet scales on after a vfleetd that died scaling" \
		test "$(owned_slices)" = 256
}

# met_leaving: the fleet of two shrinks, and the one that leaves is stopped before it is
# gone. STAYING and LEAVING are their processes.
met_leaving()
{
	"$VFLEET" scale to 1 >"$WORK/phases" 2>&1 &
	grep -q 'stops engines' "$WORK/phases"
	read -r STAYING LEAVING < <(vf -j engine |
		jq -r 'sort_by(.state != "ready") | map(.pid) | @tsv')
	[ -n "$LEAVING" ] && kill -STOP "$LEAVING" 2>/dev/null &&
		wait_for "grep -q '^State:.T' /proc/$LEAVING/status" 1
}

# nobody_stays: of two engines one leaves, and before it is gone the other one and vfleetd
# die together. Who comes then has a change to end for which there is no engine.
nobody_stays()
{
	local i

	mkfifo "$WORK/phases"
	for ((i = 0; i < 10; i++)); do
		! met_leaving 2>/dev/null || break
		scale_to 2
	done
	[ "$i" -lt 10 ] || fail "no engine was met while it left"
	kill -9 "$SUPERVISOR" "$STAYING"
	wait "$SUPERVISOR" 2>/dev/null || true
	supervisor_start
	answers_go_on
	# It would be gone already if nothing had gone on for seconds.
	kill -CONT "$LEAVING" || true
	check "an engine is started when nobody stayed" wait_for "engines_ready 1" 20
	check "the change was given up at once" into /dev/null wait_for "vf -j scale log | jq -e \
		'any(.[]; .outcome == \"failed\" and .reason[:17] == \"no engine is left\")'" 5
	engine_pids >/dev/null
}

# planned_clean: changes that went to their end
planned_clean()
{
	vf -j scale log | jq -e 'all(.[] | select(.handover == "migrate" and
		.outcome == "done"); .lost == 0 and .reordered == 0)' >/dev/null ||
		fail "the ledger: $(vf -j scale log)"
	echo "ok: planned changes lost and reordered nothing"
}

# scenario_crash CONNECTIONS RATE
scenario_crash()
{
	local load

	head -c 1000000 /dev/urandom >"$WORK/file"
	small_windows 131072
	check "servers listen" servers_start 2 "$WORK"
	fleet_config 3 2 >"$CONFIG"
	check "a fleet of one engine starts" fleet_start
	spawn "$NS_CLIENT" "$WORK/load" "$HTTPLOAD" --keep-alive "$1" \
		--rate "$2" --connect-rate 4 --timeout-ms 30000 \
		--log "$WORK/load.jsonl" "$VIP4:$PORT_HTTP"
	load=$SPAWNED
	scale_to 3
	answers_go_on

	engine_killed min_by
	engine_killed max_by
	supervisor_killed
	supervisor_killed_scaling
	# An emulated CPU is too slow to meet an engine that leaves.
	[ -n "${VFLEET_LAB:-}" ] || nobody_stays

	kill "$load"
	wait "$load" || fail "requests failed: $(cat "$WORK/load")"
	jq -e ".summary | .failed == 0 and .reopened == 0 and .keep_alive == $1" \
		"$WORK/load" >/dev/null || fail "the load: $(cat "$WORK/load")"
	echo "ok: none of $(jq .summary.ok "$WORK/load") requests failed, none of" \
		"$1 connections was reset"
	planned_clean
	check "no packet is unaccounted for" into /dev/null wait_for conserved 20
}

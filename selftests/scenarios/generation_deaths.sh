# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# generation_deaths.sh - an engine of either set, the supervisor, or both at once die in
# the middle of a change of sets
#
# Sourced after fleet.sh, with STEERING=mirror and two servers.

# shellcheck source-path=SCRIPTDIR source=stress.sh
. "$TESTDIR/scenarios/stress.sh"

DEATH_PHASES=("starts engines" "cuts over" "drains" "moves connections" "stops engines")
DEATH_VICTIMS=(old new supervisor both)

# at_phase PHASE CHANGER: as soon as the change is there, or has ended
at_phase()
{
	while kill -0 "$2" 2>/dev/null; do
		! grep -q "event [0-9]* $1" "$WORK/vfleetd.log" || return 0
	done
}

# pids_but LIST: engines that are not in it
pids_but() { comm -13 <(sort <<<"$1") <(engine_pids | sort); }

# victims WHO OLD: pids; OLD are those of the former set
victims()
{
	local pids

	mapfile -t pids < <(if [ "$1" = new ]; then pids_but "$2"; else echo "$2"; fi)
	[ "$1" = supervisor ] || echo "${pids[RANDOM % ${#pids[@]}]}"
	case $1 in supervisor | both) echo "$SUPERVISOR" ;; esac
}

# one_set SIZE: nothing is under way, one set of that many serves everything
one_set()
{
	at_rest "$1" && vf -j engine | jq -e --argjson n "$1" 'length == $n and
		(map(.generation) | unique | length) == 1' >/dev/null
}

# generation_death PHASE WHO SIZE: a change to SIZE, and a death up to 20 ms after it
# has come to PHASE
generation_death()
{
	local what="round '$1' $2 $3" old pids changer

	: >"$WORK/vfleetd.log"
	old=$(engine_pids)
	"$VFLEET" scale to "$3" >/dev/null 2>&1 &
	changer=$!
	at_phase "$1" "$changer"
	/usr/bin/python3 -c "import time; time.sleep($((RANDOM % 20)) / 1000)"
	pids=$(victims "$2" "$old")
	# shellcheck disable=SC2086 # one or two
	kill -9 $pids 2>/dev/null && echo "$what" >>"$WORK/deaths"
	wait "$changer" || true
	case $2 in
	supervisor | both)
		wait "$SUPERVISOR" 2>/dev/null || true
		supervisor_start
		;;
	esac
	wait_for none_runs "$REST_S" ||
		fail "$what: $(vf -j scale log | jq -c '.[-1]')"
	# It may have died before it heard of the change, or the change for it.
	wait_for "vf scale to $3" "$REST_S" >/dev/null 2>&1 ||
		fail "$what: $(vf scale to "$3" 2>&1)"
	wait_for "one_set $3" "$REST_S" || fail "$what: $(vf engine; vf scale log)"
}

# scenario_generation_deaths ROUNDS CONNECTIONS RATE CONNECT-RATE
scenario_generation_deaths()
{
	local rounds=$1 size=1 order i

	stress_start 1 0
	stress_load "$2" "$3" "$4" 0
	mapfile -t order < <(seq 0 19 | shuf --random-source=<(yes "$STRESS_SEED"))
	for ((i = 0; i < rounds; i++)); do
		size=$(another "$size")
		generation_death "${DEATH_PHASES[order[i % 20] % 5]}" \
			"${DEATH_VICTIMS[order[i % 20] / 5]}" "$size"
	done
	echo "ok: $(wc -l <"$WORK/deaths") deaths in the middle of $rounds changes of sets," \
		"each ended with one set"
	deaths_end "$rounds" "$2"
}

# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# containers.sh - engines in containers end in every way, under load
#
# Sourced after containers.sh, scenarios/scale.sh, stress.sh and crash.sh, with a network
# of two servers and three engines. STRESS_SEED=N repeats a run.

# shellcheck disable=SC2034 # for fleet.sh
CONTAINER_MORE=', memory_mb: 512'
DEATHS=(killed podman_kills podman_removes out_of_memory conmon_first conmon_alone
	vfleetd_too vfleetd_alone)

# The ways in which an engine is ended, each with its PID; podman_kills is another.
killed() { kill -9 "$1"; }
podman_removes() { podman rm --force --time 0 "$(name_of "$1")" >/dev/null; }

# Nobody tidies up after the engine then.
conmon_first() { kill -9 "$(keeper "$1")" "$1"; }

# The engine goes on, until it ends in one of the other ways.
conmon_alone() { kill -9 "$(keeper "$1")"; }

supervisor_dies()
{
	kill -9 "$SUPERVISOR"
	wait "$SUPERVISOR" 2>/dev/null || true
}

vfleetd_too()
{
	local conmon

	conmon=$(keeper "$1")
	supervisor_dies
	kill -9 "$conmon" "$1"
	supervisor_start
}

vfleetd_alone()
{
	supervisor_dies
	supervisor_start
}

# noticed PID: that engine has ended, and vfleetd knows
noticed()
{
	{ ! kill -0 "$1" || grep -q 'State:.Z' "/proc/$1/status"; } &&
		vf -j engine | jq -e --argjson pid "$1" \
			'all(.[]; .pid != $pid or .state != "ready")' >/dev/null
}

# ended DEATH SIZE: one engine of SIZE, any of them
ended()
{
	local pid

	pid=$(vf -j engine | jq -r --argjson n $((RANDOM % $2)) \
		'map(select(.state == "ready"))[$n].pid')
	# Its keeper may be dead already.
	[ "$(cat "/proc/$(keeper "$pid")/comm")" = conmon ] || set -- killed "$2"
	"$1" "$pid"
	case $1 in
	conmon_alone | vfleetd_alone) ;;
	*) wait_for "noticed $pid" 20 || fail "$1: engine $pid lives" ;;
	esac
}

# fleet_whole SIZE: so many engines, with every slice and a container each
fleet_whole()
{
	wait_for "engines_ready $1 && [ \"\$(owned_slices)\" = 256 ]" 90 ||
		fail "no $1 engines: $(vf engine) $(tail -n 20 "$WORK/vfleetd.log")"
	engine_pids >/dev/null
}

# random_events COUNT: starts, stops and deaths; every kind comes once before chance
random_events()
{
	local size=1 i what order

	mapfile -t order < <(printf '%s\n' "${DEATHS[@]}")
	for ((i = 0; i < $1; i++)); do
		what=start_or_stop
		if [ "$size" -gt 1 ] && [ $((i % 3)) != 0 ]; then
			what=${order[0]:-${DEATHS[RANDOM % ${#DEATHS[@]}]}}
			order=("${order[@]:1}")
		fi
		case $what in
		start_or_stop)
			size=$(((size + RANDOM % 2) % 3 + 1))
			[ ${#order[@]} -eq 0 ] || size=3
			scale_to "$size"
			;;
		*) ended "$what" "$size" ;;
		esac
		fleet_whole "$size"
		answers_go_on
		echo "ok: event $((i + 1)): $what, $size engines"
	done
}

# scenario_containers_end EVENTS CONNECTIONS RATE
scenario_containers_end()
{
	stress_start 1 0
	vf engine stop all >/dev/null
	check "nothing of the fleet is there" wait_for no_containers 20
	traces_before
	scale_to 1
	STRESS_UDP_RATE=100 stress_load "$2" "$3" 4 0
	random_events "$1"
	stress_end "$2"
	planned_clean
	check "the fleet ends" into /dev/null vf engine stop all
	check "after $1 events nothing is left behind" wait_for no_traces 60
}

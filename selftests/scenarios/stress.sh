# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# stress.sh - random scale events under mixed load, and random deaths in their middle
#
# Sourced after fleet.sh, with a network of two servers and seven engines, or with
# STEERING=mirror and their common port. STRESS_SEED=N repeats a run's order of events;
# it prints its own.

# shellcheck source-path=SCRIPTDIR source=scale.sh
. "$TESTDIR/scenarios/scale.sh"

STRESS_ENGINES=4
STRESS_SEED=${STRESS_SEED:-$(($(date +%s) % 32768))}
STRESS_UDP_RATE=${STRESS_UDP_RATE:-400}
LOAD_TIMEOUT_MS=30000 # of a request
REST_S=${REST_S:-60} # after a death, whatever was under way has ended by then

# stress_config STANDBY [HANDOVER]: with mirror steering the configuration has its own
stress_config()
{
	local more="standby: $1"

	[ "${STEERING:-}" = mirror ] || more+="\n  handover: ${2:-migrate}"
	fleet_config "$STRESS_ENGINES" 2 | sed "s/^  start: 1/&\n  $more/"
}

# another SIZE: one of 1 to STRESS_ENGINES that is not SIZE
another()
{
	echo $((($1 - 1 + 1 + RANDOM % (STRESS_ENGINES - 1)) % STRESS_ENGINES + 1))
}

# stress_load KEEP-ALIVE RATE CONNECT-RATE DOWNLOADS MEGABYTES
stress_load()
{
	spawn "$NS_CLIENT" "$WORK/load" "$HTTPLOAD" --keep-alive "$1" --rate "$2" \
		--connect-rate "$3" --stall-ms "$STALL_MS" --timeout-ms "$LOAD_TIMEOUT_MS" \
		--log "$WORK/load.jsonl" "$VIP4:$PORT_HTTP"
	LOAD=$SPAWNED
	echoes "$STRESS_UDP_RATE"
	at_exit "touch $WORK/enough"
	TRANSFERS=()
	[ "$4" = 0 ] || transfers downloads "$4"
	wait_for "sees_connections $1" 30 || fail "no load: $(tail -1 "$WORK/load.jsonl")"
}

# stress_end CONNECTIONS: every load ends; what has to hold whoever died
stress_end()
{
	local pid

	touch "$WORK/enough"
	for pid in "${TRANSFERS[@]}"; do
		wait "$pid" || fail "a transfer: $(cat "$WORK"/downloads-*)"
	done
	[ ${#TRANSFERS[@]} -eq 0 ] || echo "ok: $(cat "$WORK"/downloads-* | paste -sd+ | bc)" \
		"downloads of $(stat -c %s "$WORK/file") bytes arrived with their checksum"
	[ ${#ECHOES[@]} -eq 0 ] || kill "${ECHOES[@]}"
	kill "$LOAD"
	wait "$LOAD" || fail "requests failed: $(cat "$WORK/load")"
	echoes_end
	jq -e ".summary | .failed == 0 and .reopened == 0 and .keep_alive == $1" \
		"$WORK/load" >/dev/null || fail "the load: $(cat "$WORK/load")"
	echo "ok: none of $(jq .summary.ok "$WORK/load") requests failed, none of $1" \
		"connections was reset"
	check "no datagram was processed twice" test "$(udp_counts duplicated)" = 0
	check "the slices are whole" test "$(owned_slices)" = 256
	check "no packet is unaccounted for" into /dev/null wait_for conserved 20
}

# stress_start MEGABYTES STANDBY
stress_start()
{
	head -c "${1}000000" /dev/urandom >"$WORK/file"
	# shellcheck disable=SC2034 # for downloads
	FILE_SUM=$(sha256sum <"$WORK/file")
	RANDOM=$STRESS_SEED
	echo "seed $STRESS_SEED"
	small_windows 131072
	# A port of the client's rests for a minute after its connection. It has 28,000, so
	# more than 470 new connections a second found none in the end.
	ns "$NS_CLIENT" sysctl -qw net.ipv4.tcp_tw_reuse=1
	check "servers listen" servers_start 2 "$WORK"
	stress_config "$2" "${STRESS_HANDOVER:-migrate}" >"$CONFIG"
	check "a fleet of one engine starts" fleet_start
}

# pauses: of the ledger, over the moves
pauses()
{
	vf -j scale log | jq -r '[.[] | select(.slices_moved > 0)] |
		"pause per event: median \(sort_by(.pause_us)[length / 2 | floor].pause_us)" +
		" us, longest \(map(.pause_us) | max) us; most held \(map(.held) | max)"'
}

# load_rate: what the machine sustained of the connections asked for
load_rate()
{
	jq -r '.summary | "\(.connections) connections, \(.connections * 1000 / .duration_ms |
		floor) new ones a second; \(.ok) answers"' "$WORK/load"
}

# scenario_stress EVENTS MEGABYTES DOWNLOADS CONNECTIONS RATE CONNECT-RATE
scenario_stress()
{
	local events=$1 size=1 i

	stress_start "$2" "${STRESS_STANDBY:-1}"
	stress_load "$4" "$5" "$6" "$3"
	for ((i = 0; i < events; i++)); do
		size=$(another "$size")
		scale_to "$size"
		note_missed
		[ $((i % 20)) != 19 ] || echo "$((i + 1)) events at $SECONDS s"
	done
	vf -j scale log >"$WORK/ledger"
	pauses
	jq -e 'all(.[]; .lost == 0)' "$WORK/ledger" >/dev/null ||
		fail "packets were lost: $(jq -c '.[] | select(.lost > 0)' "$WORK/ledger")," \
			"counters: $(vf stats)"
	note_missed
	stress_end "$4"
	check "the ledger has $events events, none with a loss" ledger_clean "$events"
	load_rate
	echo "frames that found a socket full: $(missed)"
	udp_exact
	jq -e .summary.stalls==0 "$WORK/load" >/dev/null ||
		fail "$(jq .summary.stalls "$WORK/load") answers took over $STALL_MS ms: $(stalled)"
	echo "ok: no answer took over $STALL_MS ms"
}

# none_runs: every change has ended
none_runs() { vf -j scale log | jq -e 'all(.[]; .outcome != "running")' >/dev/null; }

# at_rest SIZE: nothing is under way, that many serve, and the flow space is whole
at_rest()
{
	engines_ready "$1" && [ "$(owned_slices)" = 256 ] && none_runs
}

# kill_some WHAT: an engine, the supervisor, or both at once; now
kill_some()
{
	local victims=() pid

	case $1 in
	engine | both)
		mapfile -t victims < <(engine_pids)
		[ ${#victims[@]} -eq 0 ] || victims=("${victims[RANDOM % ${#victims[@]}]}")
		;;
	esac
	case $1 in supervisor | both) victims+=("$SUPERVISOR") ;; esac
	for pid in "${victims[@]}"; do
		kill -9 "$pid" 2>/dev/null || true
	done
}

# One change of the fleet, and a death somewhere in the middle of it.
death_round()
{
	local what=$1 size=$2 delay_ms=$3 changer

	"$VFLEET" scale to "$size" >/dev/null 2>&1 &
	changer=$!
	/usr/bin/python3 -c "import time; time.sleep($delay_ms / 1000)"
	kill_some "$what"
	wait "$changer" || true
	if [ "$what" != engine ]; then
		wait "$SUPERVISOR" 2>/dev/null || true
		supervisor_start
	fi
	# It may have died before it heard of the change: say it again.
	wait_for none_runs "$REST_S" ||
		fail "round $what $size $delay_ms ms: $(vf -j scale log | jq -c '.[-1]')"
	wait_for "vf scale to $size" "$REST_S" >/dev/null 2>&1 ||
		fail "round $what $size $delay_ms ms: $(vf scale to "$size" 2>&1)"
	wait_for "at_rest $size" "$REST_S" ||
		fail "round $what $size $delay_ms ms: $(vf engine; vf scale log)"
}

# deaths_end ROUNDS CONNECTIONS: every load ends, and of the datagrams no more are lost
# than that many deaths can take
deaths_end()
{
	stress_end "$2"
	pauses
	echo "udp: $(udp_counts lost) of $(udp_counts sent) lost, the ledger tells" \
		"$(vf -j scale log | jq 'map(.lost) | add') lost packets of all kinds"
	# Nothing arrives while nobody adopts: at most what was sent meanwhile.
	check "the loss is bounded" test "$(udp_counts lost)" -le \
		$(($1 * STRESS_UDP_RATE * 3))
}

# scenario_deaths ROUNDS CONNECTIONS RATE CONNECT-RATE
scenario_deaths()
{
	local rounds=$1 kinds=(engine supervisor both) size=1 i

	stress_start 1 1
	stress_load "$2" "$3" "$4" 0
	for ((i = 0; i < rounds; i++)); do
		size=$(another "$size")
		death_round "${kinds[i % 3]}" "$size" $((RANDOM % 60))
	done
	echo "ok: $rounds deaths in the middle of changes, each change ended"
	deaths_end "$rounds" "$2"
}

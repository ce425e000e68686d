# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# scale.sh - the fleet grows and shrinks under load, and no connection notices
#
# Sourced after fleet.sh, with a network of two servers.

# Each neighbour differs; every size is reached from above and from below.
SIZES=(2 3 4 3 2 1 3 1 4 2 4 1 2 4 3 1 2 3 2 1)
DOWN_BYTES_PER_S=4000000
STALL_MS=1000
ECHO_RATE=0 # numbered datagrams a second
ECHO_FLOWS=64 # of each family

# slowly RATE: the checksum of what comes in, read evenly at RATE bytes a second.
# (curl --limit-rate reads in gulps and makes pauses of more than a second itself.)
slowly()
{
	/usr/bin/python3 -c '
import hashlib, sys, time
rate, seen, total = int(sys.argv[1]), 0, hashlib.sha256()
begin = time.monotonic()
while piece := sys.stdin.buffer.read1(rate // 50):
    total.update(piece)
    seen += len(piece)
    time.sleep(max(0, begin + seen / rate - time.monotonic()))
print(total.hexdigest() + "  -")' "$1"
}

# downloads NUMBER: files of the web servers, again and again until $WORK/enough
# exists; each has to be whole
downloads()
{
	local sum n=0

	while [ ! -e "$WORK/enough" ]; do
		# A test that failed took the network away: it must end too.
		sum=$(in_client curl -sS -f -y 60 "http://$VIP4/files/file" |
			slowly "$DOWN_BYTES_PER_S")
		[ "$sum" = "$FILE_SUM" ] || fail "download $1.$n is not the file"
		n=$((n + 1))
	done
	echo "$n"
}

# uploads NUMBER: the same the other way
uploads()
{
	local sum n=0

	while [ ! -e "$WORK/enough" ]; do
		sum=$(in_client socat -t 60 - "TCP:[$VIP6]:$PORT_SINK" \
			<"$WORK/file")
		[ "$sum" = "$FILE_SUM" ] || fail "upload $1.$n is not the file"
		n=$((n + 1))
	done
	echo "$n"
}

# transfers KIND COUNT: that many at once, in the background
transfers()
{
	local i

	for ((i = 1; i <= $2; i++)); do
		(
			trap - EXIT
			"$1" "$i" >"$WORK/$1-$i" 2>&1
		) &
		TRANSFERS+=($!)
	done
}

captures_start()
{
	local i

	capture "$NS_CLIENT" "$WORK/client.pcap"
	CAPTURES=("$SPAWNED")
	for i in 1 2; do
		capture "${NS_SERVER[i]}" "$WORK/server$i.pcap"
		CAPTURES[i]=$SPAWNED
	done
}

captures_stop()
{
	local i

	capture_stop "${CAPTURES[0]}" "$NS_CLIENT" "$WORK/client.pcap" "$VIP4"
	for i in 1 2; do
		capture_stop "${CAPTURES[i]}" "${NS_SERVER[i]}" \
			"$WORK/server$i.pcap" "$(server4 $((3 - i)))"
	done
}

# echoes RATE: numbered datagrams of both families
echoes()
{
	local vip

	ECHOES=()
	for vip in "$VIP4" "[$VIP6]"; do
		spawn "$NS_CLIENT" "$WORK/udp-${#ECHOES[@]}" "$UDPSEQ" send --flows "$ECHO_FLOWS" \
			--rate "$(($1 / 2))" "$vip:$PORT_ECHO"
		ECHOES+=("$SPAWNED")
	done
}

# echoes_end: after they were told to end; what they saw is in udp_counts
echoes_end()
{
	local pid

	for pid in "${ECHOES[@]}"; do
		wait "$pid" || true
	done
}

# udp_counts KEY: over the streams of both families, as the client saw them
udp_counts() { cat "$WORK"/udp-? | jq -s "map(.$1) | add"; }

# note_missed: a slot counts on from one engine to the next, so its largest figure is
# all that the sockets of its engines had no room for
note_missed()
{
	vf -j stats | jq -c '.engines[] | {id, missed: .counters.rx_missed}' >>"$WORK/missed"
}

missed() { jq -s 'group_by(.id) | map(map(.missed) | max) | add' "$WORK/missed"; }

# udp_exact: every datagram came back, in the order in which it left, and once
udp_exact()
{
	echo "udp: $(cat "$WORK"/udp-? | jq -c '{sent, received, lost, reordered, p99_us, max_us}' |
		paste -sd' ')"
	[ "$(udp_counts lost)" = 0 ] ||
		fail "$(udp_counts lost) datagrams were lost, ports missed $(missed) frames"
	echo "ok: no datagram was lost"
	check "none was reordered" test "$(udp_counts reordered)" = 0
	check "none was processed twice" test "$(udp_counts duplicated)" = 0
}

# scenario_scale EVENTS MEGABYTES DOWNLOADS UPLOADS CONNECTIONS RATE
scenario_scale()
{
	local events=$1 load pid i

	head -c "${2}000000" /dev/urandom >"$WORK/file"
	FILE_SUM=$(sha256sum <"$WORK/file")
	TRANSFERS=()
	small_windows 131072
	check "servers listen" servers_start 2 "$WORK"
	fleet_config 4 2 >"$CONFIG"
	check "a fleet of one engine starts" fleet_start
	captures_start
	spawn "$NS_CLIENT" "$WORK/load" "$HTTPLOAD" --keep-alive "$5" \
		--rate "$6" --connect-rate 10 --stall-ms "$STALL_MS" --log "$WORK/load.jsonl" \
		"$VIP4:$PORT_HTTP"
	load=$SPAWNED
	at_exit "touch $WORK/enough"
	transfers downloads "$3"
	transfers uploads "$4"
	[ "$ECHO_RATE" = 0 ] || echoes "$ECHO_RATE"
	wait_for "sees_connections $5" 30 || fail "no load: $(tail -1 "$WORK/load.jsonl")"

	for ((i = 0; i < events; i++)); do
		scale_to "${SIZES[i % ${#SIZES[@]}]}"
		note_missed
		vf -j scale log | jq -r '.[-1] | "event \(.id): \(.from) -> \(.to), " +
			"\(.slices_moved) slices, \(.flows_moved) flows, pause " +
			"\(.pause_us) us, held \(.held), lost \(.lost), reordered " +
			"\(.reordered)"'
	done

	touch "$WORK/enough"
	for pid in "${TRANSFERS[@]}"; do
		wait "$pid" || fail "a transfer: $(cat "$WORK"/*loads-*)"
	done
	echo "ok: $(cat "$WORK"/*loads-* | paste -sd+ | bc) transfers of $2 MB" \
		"arrived with their checksum"
	[ "$ECHO_RATE" = 0 ] || kill "${ECHOES[@]}"
	kill "$load"
	wait "$load" || fail "requests failed: $(cat "$WORK/load")"
	[ "$ECHO_RATE" = 0 ] || echoes_end
	note_missed
	check "the ledger has $events events, none with a loss" ledger_clean "$events"
	check "the slices are whole" test "$(owned_slices)" = 256
	check "no packet is unaccounted for" into /dev/null wait_for conserved 20
	captures_stop
	vf -j scale log >"$WORK/ledger"
	"$WIRECHECK" --client "$WORK/client.pcap" --server "$WORK/server1.pcap" \
		--server "$WORK/server2.pcap" --ledger "$WORK/ledger" \
		--stall-ms "$STALL_MS" >"$WORK/wire" ||
		fail "the wire: $(cat "$WORK/wire"), ports missed $(missed) frames," \
			"counters: $(vf stats)"
	[ "$ECHO_RATE" = 0 ] || udp_exact
	echo "ok: both ends of $(jq .connections "$WORK/wire") connections saw the" \
		"same $(jq .segments "$WORK/wire") segments in the same order"
	jq -e ".summary | .failed == 0 and .reopened == 0 and .keep_alive == $5" \
		"$WORK/load" >/dev/null || fail "the load: $(cat "$WORK/load")"
	jq -e .summary.stalls==0 "$WORK/load" >/dev/null ||
		fail "$(jq .summary.stalls "$WORK/load") answers took over $STALL_MS ms," \
			"$(jq .stalls "$WORK/wire") transfers stalled: $(stalled)"
	echo "ok: no request of $(jq .summary.ok "$WORK/load") failed, no" \
		"connection of $5 was reset or stalled over $STALL_MS ms"
}

# stalled: when the load had to wait, to lay beside the ledger
stalled()
{
	jq -c 'select(.longest_stall_ms > '"$STALL_MS"') | {t_ms, longest_stall_ms, waiting}' \
		"$WORK/load.jsonl"
	jq -c '.[] | {id, time, duration_ms, pause_us}' "$WORK/ledger"
}

# sees_connections COUNT: the servers have so many at least
sees_connections()
{
	local n

	n=$({ in_server 1 ss -Htn state established dst "$SNAT4" &&
		in_server 2 ss -Htn state established dst "$SNAT4"; } | wc -l)
	[ "$n" -ge "$1" ]
}

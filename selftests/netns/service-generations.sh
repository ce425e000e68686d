#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# service-generations.sh - serve: http and mode: proxy in a fleet whose sets of engines take turns
# timeout: 200

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../fleet.sh
. "$TESTDIR/fleet.sh"

FILES=$WORK/files
WEBCLIENT=$TESTDIR/clients/webclient
OWN=$VIP4:8080 OWN6=[$VIP6]:8080 PROXY=$VIP4:80 BEHIND=$VIP4:81
export STEERING=mirror DRAIN_S=12

# config: the engine's own pages, a proxy, and the proxy's servers behind fullnat
config()
{
	cat <<-EOF
		$(fleet_sections 3 "$SNAT4")
		profiles:
		  - {name: default, timeouts: {tcp_close_s: 1}}
		services:
		  - {name: own4, vip: "$VIP4", port: 8080, serve: http, directory: "$FILES"}
		  - {name: own6, vip: "$VIP6", port: 8080, serve: http, directory: "$FILES"}
		$(service proxy4 4 tcp "$PORT_HTTP" 2 "mode: proxy")
		$(service behind4 4 tcp "$PORT_HTTP" 1 | sed 's/^    port: 80$/    port: 81/')
		$(engine_drain)
		api:
		  socket: "$VFLEET_SOCKET"
	EOF
}

# load NAME ADDRESS OPTION...: its pid is in LOADS
load()
{
	spawn "$NS_CLIENT" "$WORK/load-$1" "$HTTPLOAD" --log "$WORK/load-$1.jsonl" "${@:3}" "$2"
	LOADS+=("$SPAWNED")
}

# download NAME RATE URL: in the background, so many bytes a second; its pid is in DOWNLOADS
download()
{
	in_client curl -sS -f --limit-rate "$2" -o "$WORK/got-$1" "$3" 2>"$WORK/got-$1.log" &
	DOWNLOADS[$1]=$!
}

# whole NAME: it comes to its end, and is the file
whole()
{
	wait "${DOWNLOADS[$1]}" || fail "download $1: $(cat "$WORK/got-$1.log")"
	cmp "$WORK/got-$1" "$2" || fail "download $1 is not the file"
	echo "ok: download $1 is whole"
}

# reset NAME: curl was told that there is no such connection any more
reset()
{
	local rc=0

	wait "${DOWNLOADS[$1]}" || rc=$?
	[ "$rc" = 56 ] || fail "download $1 ended with $rc: $(cat "$WORK/got-$1.log")"
	echo "ok: download $1 is reset"
}

# last KEY: of the newest entry of the ledger
last()
{
	vf -j scale log | jq -r ".[-1].$1"
}

# asks NAME: the load has asked for something in the last second or so
asks()
{
	tail -n 10 "$WORK/load-$1.jsonl" | jq -se 'map(.ok) | add > 0' >/dev/null
}

have_binaries
topo_up 1 2
mkdir -p "$FILES"
echo 'a page' >"$FILES/index.html"
head -c 4000000 /dev/urandom >"$FILES/file"
head -c 40000000 /dev/urandom >"$FILES/long"
servers_start 2 "$FILES"
config >"$CONFIG"
fleet_start
declare -A DOWNLOADS
LOADS=()

for url in "http://$OWN/" "http://$OWN6/" "http://$PROXY/" "http://$BEHIND/"; do
	wait_for "in_client curl -sf -m 2 $url" 20 || fail "$url: $(tail "$WORK/vfleetd.log")"
done
load own "$OWN" --follow --keep-alive 20 --rate 60 --connect-rate 10
load own6 "$OWN6" --follow --keep-alive 10 --rate 30 --connect-rate 5
load proxy "$PROXY" --keep-alive 0 --connect-rate 20
for name in own own6 proxy; do
	wait_for "asks $name" 20 || fail "load $name: $(cat "$WORK/load-$name")"
done

for n in 3 1; do
	download own 1000000 "http://$OWN/file"
	download proxy 1000000 "http://$PROXY/files/file"
	scale_to "$n"
	whole own "$FILES/file"
	whole proxy "$FILES/file"
	check "scale to $n: nothing was cut" [ "$(last cut)" = 0 ]
	for name in own own6 proxy; do
		wait_for "asks $name" 10 || fail "load $name: $(tail -1 "$WORK/load-$name.jsonl")"
	done
done
kill "${LOADS[@]}"
for pid in "${LOADS[@]}"; do
	wait "$pid" || true
done
KEYS='{target, ok, failed, failures, reopened, followed, retried, stalls}'
for name in own own6 proxy; do
	jq -c ".summary | $KEYS" "$WORK/load-$name"
	check "load $name: no request failed" into /dev/null jq -e \
		'.summary | .ok > 0 and .failed == 0 and .reopened == 0' "$WORK/load-$name"
done
check "connections were told to go" into /dev/null jq -e \
	'.summary | .followed + .retried >= 40' "$WORK/load-own"

# What lasts longer than the drain: reset if it ends in the engine, moved if it does not.
download own 500000 "http://$OWN/long"
download proxy 500000 "http://$PROXY/files/long"
download behind 1500000 "http://$BEHIND/files/long"
for name in own proxy behind; do
	wait_for "[ -s $WORK/got-$name ]" 10 || fail "download $name: $(cat "$WORK/got-$name.log")"
done
scale_to 2
reset own
reset proxy
check "the ledger has both" [ "$(last cut)" = 2 ]
into "$WORK/log" vf scale log last 1
check "and says so" grep -q '2 connections reset' "$WORK/log"
check "what does not end in an engine has moved, and only that" [ "$(last flows_moved)" = 1 ]
whole behind "$FILES/long"

# One engine dies, and with it what it knew.
spawn "$NS_CLIENT" "$WORK/death" "$WEBCLIENT" death "$VIP4" 8080 40
pid=$SPAWNED
wait_for "grep -q open $WORK/death" 10 || fail "$(cat "$WORK/death")"
events=$(vf -j scale log | jq length)
kill -9 "$(engine_pids | head -1)"
wait_for "vf -j scale log | jq -e 'length > $events and .[$events].handover == \"adopt\" and
	.[$events].outcome == \"done\"'" 20 || fail "no adoption: $(vf scale log)"
kill -USR1 "$pid"
wait "$pid" || fail "after a death: $(cat "$WORK/death")"
read -r kept gone <<<"$(tail -1 "$WORK/death")"
echo "of 40 connections $gone were reset, and all were answered"
check "only those of the dead" [ $((kept > 0 && gone > 0)) = 1 ]

wait_for conserved 10 || fail "$(vf stats)"
echo "ok: every packet is accounted for"

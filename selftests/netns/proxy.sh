#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# proxy.sh - mode: proxy: connections that end in the engine and go on over its own
# timeout: 120

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../fleet.sh
. "$TESTDIR/fleet.sh"

FILES=$WORK/files
ENDS=$TESTDIR/clients/proxyends
PORT_ENDS=9100 PORT_ECHOES=9101 PORT_NOBODY=9999
PLACES=4096 # connections of clients, as docs/service.md has it

# proxy NAME FAMILY PORT SERVER-PORT SERVERS [MORE]: YAML of a service
proxy()
{
	local vip=VIP$2

	echo "  - name: $1"
	echo "    vip: \"${!vip}\""
	echo "    port: $3"
	echo "    mode: proxy"
	[ -z "${6:-}" ] || echo -e "    $6"
	echo "    backends:"
	backends "$5" "$2" "$4"
}

# config: proxies at both VIPs, and the same servers behind fullnat with the same SNAT addresses
config()
{
	cat <<-EOF
		$(fleet_sections 1 "$SNAT4" "$SNAT6")
		profiles:
		  - {name: narrow, mss: 700}
		  - {name: quick, timeouts: {tcp_syn_s: 1}}
		services:
		$(proxy web4 4 80 "$PORT_HTTP" 2 "scheduler: wrr")
		$(proxy web6 6 80 "$PORT_HTTP" 2)
		$(proxy sink4 4 9000 "$PORT_SINK" 1)
		$(proxy sink6 6 9000 "$PORT_SINK" 1)
		$(proxy narrow4 4 9001 "$PORT_SINK" 1 "profile: narrow")
		$(proxy narrow6 6 9001 "$PORT_SINK" 1 "profile: narrow")
		$(proxy quick4 4 8082 "$PORT_HTTP" 2 "profile: quick\n    scheduler: wrr")
		$(proxy ends 4 "$PORT_ENDS" "$PORT_ENDS" 1 "scheduler: lc")
		$(proxy echoes 4 "$PORT_ECHOES" "$PORT_ECHOES" 1)
		$(proxy half4 4 8083 "$PORT_NOBODY" 1 "scheduler: wrr")
		      - {address: "$(server4 1)", port: $PORT_HTTP}
		$(proxy none4 4 8084 "$PORT_NOBODY" 1)
		$(service behind4 4 tcp "$PORT_ECHO" 1 | sed "s/port: 7}/port: $PORT_HTTP}/")
		api:
		  socket: "$VFLEET_SOCKET"
	EOF
}

# kernel_tcp: what the namespace of the engine has counted of TCP, of both families
kernel_tcp()
{
	in_lb grep '^Tcp:' /proc/net/snmp
}

page()
{
	in_client curl -s -S -m 20 "$@"
}

ends()
{
	in_client timeout 100 "$ENDS" "$1" "$VIP4" "$PORT_ENDS" "${2:-0}"
}

# sink ADDRESS:PORT FILE: checksum of what the server got until the client closed its half
sink()
{
	in_client timeout 60 socat -t 30 - "TCP:$1" <"$2"
}

# pages COUNT URL: so many requests, each answered by one of the servers
pages()
{
	local i answer

	for ((i = 0; i < $1; i++)); do
		answer=$(page "$2") || return 1
		[[ $answer = 10.2.0.1[12] ]] || return 1
	done
}

# gauge: connections of proxies that are open
gauge()
{
	vf -j service | jq '[.[] | select(.mode == "proxy") | .connections] | add'
}

# resident: kB of memory that the engine has touched
resident()
{
	awk '/^VmRSS/ { print $2 }' "/proc/$(engine_pids)/status"
}

# of_syns FILE FLAGS: each MSS that SYNs of a capture have; FLAGS 0x02 for a SYN, 0x12 with ACK
of_syns()
{
	tcpdump -r "$1" -n "tcp[13] == $2 or (ip6 proto 6 and ip6[53] == $2)" 2>/dev/null |
		sed -n 's/.*mss \([0-9]*\).*/\1/p' | sort -nu | paste -sd ' '
}

# longest FILE PORT: most bytes of data in a segment to that port
longest()
{
	tcpdump -r "$1" -n "tcp dst port $2" 2>/dev/null |
		sed -n 's/.* length \([0-9]*\).*/\1/p' | sort -n | tail -1
}

# seen COMMAND...: run it with a capture at both ends, files near and far
seen()
{
	local near far

	capture "$NS_CLIENT" "$WORK/near"
	near=$SPAWNED
	capture "${NS_SERVER[1]}" "$WORK/far"
	far=$SPAWNED
	"$@"
	capture_stop "$near" "$NS_CLIENT" "$WORK/near" "$VIP4"
	capture_stop "$far" "${NS_SERVER[1]}" "$WORK/far" "$SNAT4"
}

both_families()
{
	[ "$(sink "$VIP4:$1" "$FILES/small")" = "$SMALL_SHA" ] &&
		[ "$(sink "[$VIP6]:$1" "$FILES/small")" = "$SMALL_SHA" ]
}

# refused KEY WORDS EDIT: a file with that edit is not taken
refused()
{
	sed "$3" "$CONFIG" >"$WORK/bad.yaml"
	! vf config check "$WORK/bad.yaml" 2>"$WORK/bad" || fail "taken: $3"
	grep -q "$1: .*$2" "$WORK/bad" || fail "$3: $(cat "$WORK/bad")"
	echo "ok: refused: $1: $2"
}

have_binaries
topo_up 1 2
mkdir -p "$FILES"
head -c 20000000 /dev/urandom >"$FILES/large"
head -c 100000 /dev/urandom >"$FILES/small"
SHA=$(sha256sum <"$FILES/large")
SMALL_SHA=$(sha256sum <"$FILES/small")
servers_start 2 "$FILES"
spawn "${NS_SERVER[1]}" "$WORK/ends" "$ENDS" serve "$(server4 1)" "$PORT_ENDS"
wait_for "in_server 1 ss -Hltn 'sport = :$PORT_ECHOES' | grep -q ." 10 || fail "$(cat "$WORK/ends")"
config >"$CONFIG"
fleet_start
before=$(kernel_tcp)

check "IPv4: a page" pages 4 "http://$VIP4/"
check "20 MB down over IPv4" [ "$(page "http://$VIP4/files/large" | sha256sum)" = "$SHA" ]
check "20 MB down over IPv6" [ "$(page "http://[$VIP6]/files/large" | sha256sum)" = "$SHA" ]
check "20 MB up over IPv4, half-closed" [ "$(sink "$VIP4:9000" "$FILES/large")" = "$SHA" ]
check "20 MB up over IPv6, half-closed" [ "$(sink "[$VIP6]:9000" "$FILES/large")" = "$SHA" ]
check "the server closes its half first" ends first 1000000

seen both_families 9000
check "MSS of the ports: SYN-ACK to the client" [ "$(of_syns "$WORK/near" 0x12)" = "1440 1460" ]
check "MSS of the ports: SYN to the server" [ "$(of_syns "$WORK/far" 0x02)" = "1440 1460" ]
seen both_families 9001
check "MSS of the profile: SYN-ACK to the client" [ "$(of_syns "$WORK/near" 0x12)" = 700 ]
check "MSS of the profile: SYN to the server" [ "$(of_syns "$WORK/far" 0x02)" = 700 ]
check "and no more in a segment to the server" [ "$(longest "$WORK/far" "$PORT_SINK")" = 700 ]
check "counted" into /dev/null jq -e '.[] | select(.side == "server") | .clamped > 0' \
	<<<"$(vf -j mss show narrow4)"

resets=$(total proxy_reset)
check "20 connections reset by the server" ends reset 20
check "20 connections reset by the client" ends vanish 20
check "they are counted" [ "$(total proxy_reset)" -ge $((resets + 40)) ]

check "a backend that refuses: another one" pages 10 "http://$VIP4:8083/"
check "counted" [ "$(total proxy_retried)" -ge 5 ]
rc=0
page "http://$VIP4:8084/" >/dev/null 2>&1 || rc=$?
# Reset by peer, before or after curl has seen that it is connected; not a timeout.
check "no backend at all: a reset" [ $((rc == 7 || rc == 56)) = 1 ]
check "counted" [ "$(total proxy_failed)" -ge 1 ]
in_server 2 ip link set eth0 down
check "a backend that is silent: another one" pages 4 "http://$VIP4:8082/"
in_server 2 ip link set eth0 up

stalled=$(ends pour 2000000)
echo "$stalled bytes had gone to a client that read none"
check "a slow client stops the server" [ "$stalled" -lt 500000 ]
stalled=$(ends flood 2000000)
echo "$stalled bytes had gone to a server that read none"
check "a slow server stops the client" [ "$stalled" -lt 500000 ]
check "100 slow clients stop nobody else" ends stalls 100

in_client wrk -t 1 -c 50 -d 2 "http://$VIP4/" >"$WORK/wrk"
grep -q 'Requests/sec' "$WORK/wrk" || fail "wrk: $(cat "$WORK/wrk")"
! grep -E 'Socket errors|Non-2xx' "$WORK/wrk" || fail "wrk has errors"
for port in 80 "$PORT_ECHO"; do
	in_client ab -q -n 1000 -c 20 "http://$VIP4:$port/" >>"$WORK/ab" 2>&1 &
	pids+=($!)
done
wait "${pids[@]}" || fail "ab: $(cat "$WORK/ab")"
[ "$(grep -c '^Failed requests: *0$' "$WORK/ab")" = 2 ] || fail "ab: $(cat "$WORK/ab")"
grep -h 'Requests.*sec' "$WORK/wrk" "$WORK/ab"
echo "ok: wrk, ab through the proxy and beside it"
vf -j flow show >"$WORK/flows"
check "flows of both kinds" into /dev/null jq -e 'any(.[]; .state == "proxy") and
	any(.[]; .service == "behind4")' "$WORK/flows"
check "no two have an address and port together" into /dev/null jq -e \
	'[.[] | [.protocol, .snat, .server]] | length == (unique | length)' "$WORK/flows"

rss=$(resident)
asked=$((PLACES + 100))
read -r opened refused <<<"$(in_client timeout 100 "$ENDS" many "$VIP4" "$PORT_ECHOES" "$asked")"
echo "of $asked connections $opened opened, $refused were reset"
check "room for $PLACES" [ "${opened:-0}" = "$PLACES" ]
rss=$(($(resident) - rss))
echo "the engine has touched $rss kB more"
check "quiet connections need a page each way" [ "$rss" -lt 100000 ]
check "the others are counted" [ "$(total service_refused)" = "$refused" ]
wait_for "[ \$(gauge) = 0 ]" 20 || fail "$(gauge) connections stay"
echo "ok: no connection stays"

check "the kernel's TCP has seen nothing" [ "$(kernel_tcp)" = "$before" ]
wait_for conserved 10 || fail "$(vf stats)"
echo "ok: every packet is accounted for"

refused 'services\[0\].mode' 'needs fleet.max: 1' 's/max: 1/max: 2/'
refused 'services\[0\].protocol' 'expected tcp' 's/^  - name: web4/&\n    protocol: udp/'
refused 'services\[0\].mode' 'not with serve: http' 's/^  - name: web4/&\n    serve: http/'

retried=$(total proxy_retried)
in_server 2 ip link set eth0 down
health='{interval_ms: 200, timeout_ms: 200, rise: 1, fall: 2}'
sed -i "s/^  - name: web4/&\n    health: $health/" "$CONFIG"
check "with health checks" vf config apply "$CONFIG"
wait_for "vf -j service show web4 | jq -e '.[0].backends[1].state == \"down\"'" 20 ||
	fail "$(vf service)"
check "a backend that is down is not asked" pages 10 "http://$VIP4/"
check "not even once" [ "$(total proxy_retried)" = "$retried" ]

sed -i 's/mode: proxy/mode: fullnat/' "$CONFIG"
check "the same services behind fullnat" vf config apply "$CONFIG"
wait_for "pages 2 http://$VIP4/" 10 || fail "no answer: $(vf stats)"
echo "ok: and the other way round"
wait_for conserved 10 || fail "$(vf stats)"

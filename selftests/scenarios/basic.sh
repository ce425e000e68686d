# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# basic.sh - one engine, every protocol, both families
#
# Sourced after fleet.sh, with a network of two servers.

# get URL: what a web server says through the fleet
get() { in_client curl -sS -m 10 "$1"; }

# asks_both_servers URL: requests of new connections reach each server
asks_both_servers()
{
	local url=$1 i

	for ((i = 0; i < 20; i++)); do
		get "$url" || return
	done | sort -u >"$WORK/answers"
	[ "$(paste -sd ' ' "$WORK/answers")" = "$(server4 1) $(server4 2)" ]
}

# sends_whole URL-ADDRESS: what the sink received is what was sent
sends_whole()
{
	local sum

	sum=$(sha256sum <"$WORK/file")
	[ "$(in_client socat -t 30 - "TCP:$1:$PORT_SINK" <"$WORK/file")" = "$sum" ]
}

# sees SERVER ADDRESS: it has a connection with that address
sees()
{
	in_server "$1" ss -Htn state established dst "$2" | grep -q .
}

basic_fleet()
{
	head -c 1000000 /dev/urandom >"$WORK/file"
	check "servers listen" servers_start 2 "$WORK"
	fleet_config 2 2 >"$CONFIG"
	check "a fleet of one engine starts" fleet_start
	check "every slice has an owner" test "$(owned_slices)" = 256
}

basic_traffic()
{
	check "ping the IPv4 VIP" in_client ping -q -c 3 -i 0.2 -W 5 "$VIP4"
	check "ping the IPv6 VIP" in_client ping -q -c 3 -i 0.2 -W 5 "$VIP6"
	check "HTTP over IPv4 reaches both servers" \
		asks_both_servers "http://$VIP4/"
	check "HTTP over IPv6 reaches both servers" \
		asks_both_servers "http://[$VIP6]/"
	check "a file comes down whole over IPv4" cmp "$WORK/file" \
		<(get "http://$VIP4/files/file")
	check "a file comes down whole over IPv6" cmp "$WORK/file" \
		<(get "http://[$VIP6]/files/file")
	check "a file goes up whole over IPv4" sends_whole "$VIP4"
	check "a file goes up whole over IPv6" sends_whole "[$VIP6]"
	check "UDP over IPv4" into "$WORK/udp4" in_client "$UDPSEQ" send \
		--rate 100 --duration 2 "$VIP4:$PORT_ECHO"
	check "UDP over IPv6" into "$WORK/udp6" in_client "$UDPSEQ" send \
		--rate 100 --duration 2 "[$VIP6]:$PORT_ECHO"
	spawn "$NS_CLIENT" "$WORK/load" "$HTTPLOAD" "$VIP4:$PORT_HTTP"
	check "servers see the fleet's address" wait_for "sees 1 $SNAT4" 10
	! sees 1 "$CLIENT4" || fail "a server sees the client's own address"
	stop_pid "$SPAWNED"
	grep -q '"failed":0' "$WORK/load" || fail "$(cat "$WORK/load")"

	! in_client curl -s -m 1 "http://$VIP4:81/" ||
		fail "an answer where no service is"
	[ "$(total no_service)" -gt 0 ] || fail "no drop is called no_service"
	echo "ok: what no service wants is dropped by that name"
	check "no packet is unaccounted for" into /dev/null wait_for conserved 20
}

scenario_basic()
{
	basic_fleet
	basic_traffic
}

# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# pmtu.sh - a narrow link on each side: path MTU, ICMP errors, fragments
#
# Sourced after fleet.sh, with a network of one server. Client and server stand
# behind routers of their own:
#
#   client 10.8.0.100 - router 10.1.0.1 - fleet - router 10.2.0.254 - server 10.9.0.11
#
# Their links take 1500 bytes; the way through a router takes as much as the test
# says, in both directions, and a router answers what is longer.

FILE_BYTES=2000000 # a slow machine takes less
CLIENT_FAR4=10.8.0.100 CLIENT_FAR6=fd08::100
SERVER_FAR4=10.9.0.11 SERVER_FAR6=fd09::11

# behind_router NS ROUTER NEAR4 NEAR6 FAR4 FAR6: give NS's port to a router, and NS
# an address behind it
behind_router()
{
	local name=$1 router=$2 near4=$3 near6=$4 far4=$5 far6=$6

	new_ns "$router"
	ip -n "$name" link set eth0 netns "$router"
	ip -n "$router" link set eth0 name near up
	ip -n "$router" addr add "$near4/24" dev near
	ip -n "$router" addr add "$near6/64" dev near nodad
	ip -n "$name" link add eth0 type veth peer name far netns "$router"
	for dev in "$name eth0" "$router far"; do
		# shellcheck disable=SC2086 # two words
		set -- $dev
		ip -n "$1" link set "$2" up
		ns "$1" ethtool -K "$2" tx off rx off tso off gso off gro off >/dev/null
	done
	ip -n "$router" addr add "${far4%.*}.1/24" dev far
	ip -n "$router" addr add "${far6%::*}::1/64" dev far nodad
	ip -n "$name" addr add "$far4/24" dev eth0
	ip -n "$name" addr add "$far6/64" dev eth0 nodad
	ip -n "$name" route add default via "${far4%.*}.1"
	ip -n "$name" -6 route add default via "${far6%::*}::1"
	ns "$router" sysctl -qw net.ipv4.ip_forward=1 \
		net.ipv6.conf.all.forwarding=1 net.ipv4.icmp_ratelimit=0 \
		net.ipv6.icmp.ratelimit=0
}

# narrow ROUTER MTU: what goes through it, either way. The kernel's own IPv6 routes
# have metric 256; a route of another metric would stand behind them.
narrow()
{
	local dev family net metric

	for dev in near far; do
		for family in -4 -6; do
			metric=$([ "$family" = -4 ] && echo 0 || echo 256)
			net=$(ip -n "$1" "$family" -j route show dev "$dev" |
				jq -r '[.[].dst | select(test("^(10|fd)"))][0]')
			ip -n "$1" "$family" route replace "$net" dev "$dev" \
				metric "$metric" mtu lock "$2"
		done
	done
}

# wide ROUTER: and the ends forget what they have learned
wide()
{
	local name

	narrow "$1" 1500
	for name in "$NS_CLIENT" "${NS_SERVER[1]}"; do
		ip -n "$name" route flush cache
		ip -n "$name" -6 route flush cache
	done
}

pmtu_up()
{
	ROUTER_C=$1 ROUTER_S=$2
	behind_router "$NS_CLIENT" "$ROUTER_C" 10.1.0.1 fd01::1 "$CLIENT_FAR4" "$CLIENT_FAR6"
	behind_router "${NS_SERVER[1]}" "$ROUTER_S" 10.2.0.254 fd02::254 "$SERVER_FAR4" \
		"$SERVER_FAR6"
}

# pmtu_config [PROFILE-LINE]: fleet and network are the usual ones
pmtu_config()
{
	fleet_config 2 1 | sed '/^services:/,$d'
	cat <<-END
		  routes:
		    - {prefix: "10.8.0.0/24", via: "10.1.0.1", side: client}
		    - {prefix: "fd08::/64", via: "fd01::1", side: client}
		    - {prefix: "10.9.0.0/24", via: "10.2.0.254", side: server}
		    - {prefix: "fd09::/64", via: "fd02::254", side: server}
		profiles:
		  - {name: default${1:+, $1}}
		services:
		$(for f in 4 6; do
			vip=VIP$f far=SERVER_FAR$f
			for p in "tcp $PORT_HTTP" "tcp $PORT_SINK" "udp $PORT_ECHO"; do
				printf '  - {name: "s%s-%s", vip: "%s", protocol: %s, ' \
					"$f" "${p#* }" "${!vip}" "${p% *}"
				printf 'port: %s, backends: [{address: "%s"}]}\n' \
					"${p#* }" "${!far}"
			done
		done)
		api:
		  socket: "$VFLEET_SOCKET"
	END
}

# A datagram comes back as it was sent; longer ones in pieces, without DF.
udp_echo_server()
{
	spawn "$1" "$WORK/udp-echo" python3 -c '
import socket, select
s = []
for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
    x = socket.socket(family, socket.SOCK_DGRAM)
    if family == socket.AF_INET6:
        x.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    else:
        x.setsockopt(socket.IPPROTO_IP, 10, 0)  # IP_MTU_DISCOVER: never DF
    x.bind((address, 7))
    s.append(x)
print("ready", flush=True)
while True:
    for x in select.select(s, [], [])[0]:
        data, peer = x.recvfrom(65535)
        x.sendto(data, peer)
'
	wait_for "grep -q ready $WORK/udp-echo" 10 || fail "no echo server"
}

# udp_large ADDRESS COUNT: datagrams of up to 9000 bytes, each from a new port and
# each sent once; prints how many came back whole
udp_large()
{
	in_client python3 -c '
import os, random, socket, sys
address, count = sys.argv[1], int(sys.argv[2])
family = socket.AF_INET6 if ":" in address else socket.AF_INET
random.seed(5)
whole = 0
for i in range(count):
    s = socket.socket(family, socket.SOCK_DGRAM)
    if family == socket.AF_INET:
        s.setsockopt(socket.IPPROTO_IP, 10, 0)
    s.settimeout(5)
    data = os.urandom(random.randrange(1473, 9000))
    s.sendto(data, (address, 7))
    try:
        whole += s.recv(65535) == data
    except TimeoutError:
        pass
    s.close()
print(whole)
' "$@"
}

# goes_up ADDRESS, comes_down ADDRESS: a file, compared by its sum
goes_up()
{
	[ "$(in_client socat -t 30 - "TCP:$1:$PORT_SINK" <"$WORK/file" | cut -c -64)" = "$SUM" ]
}

comes_down()
{
	[ "$(in_client curl -sS -m 30 "http://$1/files/file" | sha256sum | cut -c -64)" = "$SUM" ]
}

# both_ways WHAT FIRST THEN: goes_up and comes_down in the order that has the wanted end
# hear of a narrow link: a machine that knows of one says so in the MSS of its
# SYNs and SYN-ACKs, and its peer never sends what is too long.
both_ways()
{
	local what=$1 address way

	shift
	for address in "$VIP4" "[$VIP6]"; do
		for way; do
			check "$what: $way, $address" "$way" "$address"
		done
	done
}

# pause NAME: passes the first half on, then the rest when $WORK/go-on is there
pause()
{
	head -c $((FILE_BYTES / 2))
	touch "$WORK/half-$1"
	until [ -e "$WORK/go-on" ]; do sleep 0.1; done
	cat
}

# slow_down NAME ADDRESS, slow_up NAME ADDRESS: a file whose sum, last, goes to
# $WORK/NAME, and which stops half way
slow_down()
{
	in_client curl -sS -m 120 "http://$2/files/file" | pause "$1" | sha256sum >"$WORK/$1"
}

slow_up()
{
	pause "$1" <"$WORK/file" | in_client socat -t 60 - "TCP:$2:$PORT_SINK" >"$WORK/$1"
}

# across_scale N: one file each way and family, half of it before and half after a
# change to N engines
across_scale()
{
	local address way name pids=() names=()

	for address in "$VIP4" "[$VIP6]"; do
		for way in down up; do
			name=$way-${#pids[@]}
			names+=("$name")
			"slow_$way" "$name" "$address" &
			pids+=($!)
		done
	done
	for name in "${names[@]}"; do
		wait_for "[ -e $WORK/half-$name ]" 30 || fail "$name does not get half way"
	done
	scale_to "$1"
	touch "$WORK/go-on"
	wait "${pids[@]}" || fail "a transfer across the change: $(vf stats)"
	for name in "${names[@]}"; do
		[ "$(cut -c -64 "$WORK/$name")" = "$SUM" ] || fail "$name brought something else"
	done
}

# knows SIDE DESTINATION MTU: vfleet pmtu show does
knows()
{
	vf -j pmtu show "$2" | jq -e --arg s "$1" --argjson m "$3" \
		'length == 1 and .[0].side == $s and .[0].mtu == $m' >/dev/null
}

# errors FILE FILTER: how many packets of a capture
errors() { tcpdump -n -r "$1" "$2" 2>/dev/null | wc -l; }

# syn_mss FILE FILTER: of the last SYN of a capture
syn_mss()
{
	tcpdump -n -r "$1" "$2" 2>/dev/null | grep -o 'mss [0-9]*' | tail -n 1
}

scenario_pmtu()
{
	local vip far

	head -c "$FILE_BYTES" /dev/urandom >"$WORK/file"
	SUM=$(sha256sum <"$WORK/file" | cut -c -64)
	nginx_start "${NS_SERVER[1]}" "$SERVER_FAR4,$SERVER_FAR6" "$PORT_HTTP" "$WORK"
	spawn "${NS_SERVER[1]}" "$WORK/sink" socat -t 30 \
		"TCP6-LISTEN:$PORT_SINK,fork,reuseaddr,ipv6only=0" SYSTEM:sha256sum
	udp_echo_server "${NS_SERVER[1]}"
	pmtu_config >"$CONFIG"
	check "a fleet of one engine starts" fleet_start
	both_ways "no narrow link" goes_up comes_down
	[ "$(vf -j pmtu | jq length)" = 0 ] || fail "a path MTU: $(vf pmtu)"

	pmtu_config "mss: 1300" >"$WORK/mss.yaml"
	check "profiles with an MSS of 1300" into /dev/null vf config apply "$WORK/mss.yaml"
	narrow "$ROUTER_C" 1400
	narrow "$ROUTER_S" 1400
	both_ways "1400 bytes to both, the MSS rule on" goes_up comes_down
	[ "$(vf -j pmtu | jq length)" = 0 ] || fail "an error was needed: $(vf pmtu)"
	echo "ok: and no router had to say anything"
	wide "$ROUTER_C"
	wide "$ROUTER_S"
	check "profiles without" into /dev/null vf config apply "$CONFIG"

	spawn "$NS_CLIENT" "$WORK/c.log" tcpdump -i eth0 -n -U -s 128 -Z root \
		--immediate-mode -w "$WORK/c.pcap"
	spawn "${NS_SERVER[1]}" "$WORK/s.log" tcpdump -i eth0 -n -U -s 128 -Z root \
		--immediate-mode -w "$WORK/s.pcap"
	wait_for "grep -q 'listening on' $WORK/c.log && grep -q 'listening on' $WORK/s.log" 10 ||
		fail "no capture"

	narrow "$ROUTER_C" 1400
	both_ways "1400 bytes to the client" comes_down goes_up
	for far in "$CLIENT_FAR4" "$CLIENT_FAR6"; do
		check "the fleet knows the way to $far" knows client "$far" 1400
	done
	# From the address the server talks to, about what it has sent.
	check "the server was told, IPv4" wait_for "[ \$(errors $WORK/s.pcap \
		'src $SNAT4 and icmp[0] = 3 and icmp[1] = 4') -gt 0 ]" 10
	check "the server was told, IPv6" wait_for "[ \$(errors $WORK/s.pcap \
		'src $SNAT6 and icmp6 and ip6[40] = 2') -gt 0 ]" 10
	wide "$ROUTER_C"

	narrow "$ROUTER_S" 1350
	both_ways "1350 bytes to the server" goes_up comes_down
	for far in "$SERVER_FAR4" "$SERVER_FAR6"; do
		check "the fleet knows the way to $far" knows server "$far" 1350
	done
	check "the client was told, IPv4" wait_for "[ \$(errors $WORK/c.pcap \
		'src $VIP4 and icmp[0] = 3 and icmp[1] = 4') -gt 0 ]" 10
	check "the client was told, IPv6" wait_for "[ \$(errors $WORK/c.pcap \
		'src $VIP6 and icmp6 and ip6[40] = 2') -gt 0 ]" 10

	# An engine that was not there when the path was learned.
	pmtu_config "path_mtu: use" >"$WORK/use.yaml"
	check "profiles that use it" vf config apply "$WORK/use.yaml"
	scale_to 2
	vf engine stop 0 >/dev/null || fail "engine 0 does not stop"
	wait_for "engines_ready 1" 30 || fail "not one engine: $(vf engine)"
	both_ways "another engine" goes_up comes_down
	check "its SYN-ACKs say 1310" wait_for "[ \"\$(syn_mss $WORK/c.pcap \
		'src $VIP4 and tcp[13] & 0x12 = 0x12')\" = 'mss 1310' ]" 10
	check "its SYNs say 1310" wait_for "[ \"\$(syn_mss $WORK/s.pcap \
		'src $SNAT4 and tcp[13] & 0x12 = 2')\" = 'mss 1310' ]" 10
	scale_to 2
	narrow "$ROUTER_C" 1300
	both_ways "two engines, 1300 bytes to the client" comes_down goes_up
	for far in "$CLIENT_FAR4" "$CLIENT_FAR6"; do
		check "the fleet knows the way to $far" knows client "$far" 1300
	done
	check "SYNs say 1260" wait_for "[ \"\$(syn_mss $WORK/s.pcap \
		'src $SNAT4 and tcp[13] & 0x12 = 2')\" = 'mss 1260' ]" 10

	# So that the half behind a pause is not on its way already.
	small_windows 65536
	check "a scale event in the middle, 1300 and 1350 bytes" across_scale 1

	for vip in "$VIP4" "$VIP6"; do
		# What an end does not know of the path costs IPv6 a datagram.
		wait_for "[ \$(udp_large $vip 1) = 1 ]" 30 ||
			fail "no datagram in pieces to $vip: $(vf stats)"
		[ "$(udp_large "$vip" 60)" = 60 ] ||
			fail "datagrams to $vip in pieces: $(vf stats)"
		echo "ok: 60 datagrams in pieces to $vip and back"
	done
	check "no packet is unaccounted for" into /dev/null wait_for conserved 20
}

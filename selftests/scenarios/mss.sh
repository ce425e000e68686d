# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# mss.sh - the MSS rule between real kernels, read off the wire and off their sockets
#
# Sourced after fleet.sh, with a network of three servers. LINK_MTU: what the links
# of this network carry. Tagged rows run in VLAN 7 of the client side and VLAN 8 of
# the server side, where both ends have addresses of their own; the ends themselves
# would allow segments for 9216 bytes, so that what is seen is the fleet's doing.
# vlan_link NS ID MTU: the network's way to make an interface eth0.ID there.

CLIENT_VLAN=7 SERVER_VLAN=8 PORT_PLAIN=7777
KEEP=$TESTDIR/clients/keep
WIRE_MSS=(0 0 0 0 9176 0 9156) # what the ends advertise, by family

# address WHO FAMILY: in the VLANs; WHO is client, vip, snat or a server's number
address()
{
	local side=3 host

	case $1 in
	client) host=100 ;;
	vip) host=10 ;;
	snat) side=4 host=2 ;;
	*) side=4 host=$((10 + $1)) ;;
	esac
	if [ "$2" = 4 ]; then echo "10.$side.0.$host"; else echo "fd0$side::$host"; fi
}

# vlan_up NS ID WHO MTU: eth0.ID with both addresses
vlan_up()
{
	local dev=eth0.$2 family

	vlan_link "$1" "$2" "$4"
	ip -n "$1" link set "$dev" up
	ip -n "$1" addr add "$(address "$3" 4)/24" dev "$dev"
	ip -n "$1" addr add "$(address "$3" 6)/64" dev "$dev" nodad
	for family in 4 6; do
		advertise "$1" "$dev" "$family" "${WIRE_MSS[family]}"
	done
}

# advertise NS DEV FAMILY MSS: in SYNs and SYN-ACKs on the routes of that device. The
# kernel's own IPv6 routes have metric 256; a route of another one stands behind them.
advertise()
{
	local net metric=0

	[ "$3" = 4 ] || metric=256
	ip -n "$1" "-$3" route show dev "$2" | awk '!/^fe80|multicast/ { print $1 }' |
		while read -r net; do
			ip -n "$1" "-$3" route replace "$net" dev "$2" metric "$metric" \
				advmss "$4"
		done
}

# watch_syns NS DEV FILE: one line for each SYN that DEV takes or sends
watch_syns()
{
	spawn "$1" "$3" tcpdump -l --immediate-mode -n -i "$2" -Z root \
		'(ip and tcp[13] & 2 != 0) or (ip6[6] == 6 and ip6[53] & 2 != 0)'
	wait_for "grep -q 'listening on' $3" 10 || fail "tcpdump: $(cat "$3")"
}

# last_mss FILE FLAGS: of the last SYN "[S]" or SYN-ACK "[S.]" in there
last_mss()
{
	awk -v flags="Flags $2," 'index($0, flags) && match($0, /mss [0-9]+/) {
		mss = substr($0, RSTART + 4, RLENGTH - 4) } END { print mss }' "$1"
}

# mss_ends: VLANs, addresses and an echo service on every machine
mss_ends()
{
	local i name

	for name in "$NS_CLIENT" "${NS_SERVER[@]}"; do
		# Time stamps take 12 bytes of what a socket calls its MSS.
		ns "$name" sysctl -qw net.ipv4.tcp_timestamps=0
	done
	vlan_up "$NS_CLIENT" "$CLIENT_VLAN" client "$LINK_MTU"
	for ((i = 1; i <= 3; i++)); do
		name=${NS_SERVER[i]}
		vlan_up "$name" "$SERVER_VLAN" "$i" "$LINK_MTU"
		spawn "$name" "$WORK/echo-$i" "$KEEP" serve "$PORT_PLAIN"
		wait_for "ns '$name' ss -Hltn 'sport = :$PORT_PLAIN' | grep -q ." 20 ||
			fail "no echo service in $name"
	done
	for i in 4 6; do
		advertise "$NS_CLIENT" eth0 "$i" "${WIRE_MSS[i]}"
		advertise "${NS_SERVER[1]}" eth0 "$i" "${WIRE_MSS[i]}"
	done
	watch_syns "$NS_CLIENT" "eth0.$CLIENT_VLAN" "$WORK/client-tagged"
	watch_syns "${NS_SERVER[1]}" "eth0.$SERVER_VLAN" "$WORK/server-tagged"
	watch_syns "$NS_CLIENT" eth0 "$WORK/client-plain"
	watch_syns "${NS_SERVER[1]}" eth0 "$WORK/server-plain"
}

# one_side SIDE TAG VLAN-MTU VLAN-MSS: its item of network.vlans, if it needs one
one_side()
{
	local more=''

	[ "$2" != 0 ] || return 0
	[ "$3" = - ] || more+=", mtu: $3"
	[ "$4" = - ] || more+=", mss: $4"
	[ -z "$more" ] || echo "{side: $1, id: $2$more},"
}

# mss_config TAGGED PORT-MTU VLAN-MTU VLAN-MSS PROFILE FAMILY [SERVERS]: "-" is not given.
# Names of variables below are those of the table in docs/mss.md.
mss_config()
{
	local tagged=$1 f=$6 servers=${7:-1} v=0 w=0 client server vip snat i

	if [ "$tagged" = tagged ]; then
		v=$CLIENT_VLAN w=$SERVER_VLAN
		vip=$(address vip "$f") snat=$(address snat "$f")
		if [ "$f" = 4 ]; then
			client=10.3.0.0/24 server=10.4.0.0/24
		else
			client=fd03::/64 server=fd04::/64
		fi
	elif [ "$f" = 4 ]; then
		client=10.1.0.0/24 server=10.2.0.0/24 vip=$VIP4 snat=$SNAT4
	else
		client=fd01::/64 server=fd02::/64 vip=$VIP6 snat=$SNAT6
	fi
	cat <<-YAML
		fleet:
		  name: test
		  max: 1
		  ports:
		$(engine_ports | sed "s/}\$/, mtu: $2}/")
		network:
		  subnets:
		    - {prefix: "$client", side: client, vlan: $v}
		    - {prefix: "$server", side: server, vlan: $w}
		  snat: [{address: "$snat", vlan: $w}]
		  vlans: [$(one_side client "$v" "$3" "$4") $(one_side server "$w" "$3" "$4")]
		profiles:
		  - {name: it${LEARN:+, learn_mss: $LEARN}$([ "$5" = - ] || echo ", mss: $5")}
		services:
		  - name: echo
		    vip: "$vip"
		    port: $PORT_PLAIN
		    vlan: $v
		    profile: it
		    scheduler: wrr
		    backends:
	YAML
	for ((i = 1; i <= servers; i++)); do
		if [ "$tagged" = tagged ]; then
			echo "      - {address: \"$(address "$i" "$f")\", vlan: $w}"
		else
			echo "      - {address: \"$("server$f" "$i")\"}"
		fi
	done
	printf 'api:\n  socket: "%s"\n  metrics: "off"\n' "$VFLEET_SOCKET"
}

# keep_open NAME VIP: a connection of the client; its port is in KEPT, its bytes go
# into the pipe $WORK/NAME.in
keep_open()
{
	mkfifo "$WORK/$1.in"
	# Open for reading as well: the pipe does not end between two lines.
	spawn "$NS_CLIENT" "$WORK/$1.out" sh -c "exec $KEEP $2 $PORT_PLAIN <>$WORK/$1.in"
	wait_for "grep -q '^open' $WORK/$1.out" 20 || fail "$1: $(cat "$WORK/$1.out")"
	KEPT=$(sed -n 's/^open //p' "$WORK/$1.out")
}

# echoes NAME BYTES: sends so many over a kept connection and gets them back
echoes()
{
	local before

	before=$(grep -c '^echo' "$WORK/$1.out")
	echo "$2" >"$WORK/$1.in"
	wait_for "[ \$(grep -c '^echo' $WORK/$1.out) -gt $before ]" 30
}

# socket_mss NS WHICH PORT: the segment size of a socket, by `ss -ti`
socket_mss()
{
	ns "$1" ss -Hti state established "$2 = :$3" |
		awk 'match($0, / mss:[0-9]+/) { print substr($0, RSTART + 5, RLENGTH - 5) }'
}

# setup_seen TAG VIP: open and close a connection; prints the MSS that its SYN had at
# the server and its SYN-ACK at the client
setup_seen()
{
	local syns

	syns=$(grep -cF 'Flags [S.]' "$WORK/client-$1")
	in_client "$KEEP" "$2" "$PORT_PLAIN" </dev/null >"$WORK/setup" || return
	wait_for "[ \$(grep -cF 'Flags [S.]' $WORK/client-$1) -gt $syns ]" 10
	echo "$(last_mss "$WORK/server-$1" '[S]') $(last_mss "$WORK/client-$1" '[S.]')"
}

lower_of() { echo $(($1 < $2 ? $1 : $2)); }

# vip_of TAG FAMILY
vip_of()
{
	local plain=VIP$2

	if [ "$1" = tagged ]; then address vip "$2"; else echo "${!plain}"; fi
}

# kept_seen NAME TAG VIP: keep_open, and what setup_seen prints goes into SEEN
kept_seen()
{
	local syns

	syns=$(grep -cF 'Flags [S.]' "$WORK/client-$2" || true)
	keep_open "$1" "$3"
	wait_for "[ \$(grep -cF 'Flags [S.]' $WORK/client-$2) -gt $syns ]" 10
	SEEN="$(last_mss "$WORK/server-$2" '[S]') $(last_mss "$WORK/client-$2" '[S.]')"
}

# sockets_have MSS: those of the connection on KEPT, at both ends
sockets_have()
{
	local port

	[ "$(socket_mss "$NS_CLIENT" sport "$KEPT")" = "$1" ] ||
		fail "the client's socket: $(in_client ss -Hti "sport = :$KEPT")"
	port=$(in_server 1 ss -Htn state established "sport = :$PORT_PLAIN" |
		awk 'END { sub(".*:", "", $4); print $4 }')
	[ "$(socket_mss "${NS_SERVER[1]}" dport "$port")" = "$1" ] ||
		fail "the server's socket: $(in_server 1 ss -Hti "dport = :$port")"
}

ROW=0

# mss_row TAG PORT-MTU VLAN-MTU VLAN-MSS PROFILE FAMILY MSS RULE: put into force, look
# at what is shown, at a SYN and a SYN-ACK on the wire, and at both sockets
mss_row()
{
	local family=$6 mss=$7 rule=$8 vip socket try
	local what="$1 $2 $3 $4 $5 IPv$6: $7 by $8"

	ROW=$((ROW + 1))
	mss_config "${@:1:6}" >"$WORK/row.yaml"
	vf config apply "$WORK/row.yaml" >"$WORK/answer" || fail "row $what"
	vf -j mss show echo >"$WORK/shown"
	jq -e --argjson m "$mss" --arg r "$rule" \
		'map(.side) == ["client", "server"] and all(.mss == $m and .rule == $r)' \
		"$WORK/shown" >/dev/null || fail "row $what: $(cat "$WORK/shown")"
	vip=$(vip_of "$1" "$family")
	# The engine takes a configuration up within a turn or two.
	for try in 1 2 3 4 5; do
		kept_seen "row$ROW-$try" "$1" "$vip"
		[ "$SEEN" != "$mss $mss" ] || break
		stop_pid "$SPAWNED"
	done
	[ "$SEEN" = "$mss $mss" ] || fail "row $what: SYN and SYN-ACK have $SEEN"
	# The ends are bound by their own link as well.
	socket=$(lower_of "$mss" $((LINK_MTU - (family == 4 ? 40 : 60))))
	sockets_have "$socket"
	if [ "$socket" = "$mss" ]; then
		echoes "row$ROW-$try" 50000 || fail "row $what: nothing comes back"
	fi
	stop_pid "$SPAWNED"
	echo "ok: row $what"
}

# mss_rows: the table of docs/mss.md, then further ones
mss_rows()
{
	local row

	while read -r row; do
		# shellcheck disable=SC2086 # words
		[ -z "$row" ] || mss_row $row </dev/null
	done <<-ROWS
		tagged 1500 - - - 4 1460 interface-mtu
		tagged 1500 - - - 6 1440 interface-mtu
		tagged 9216 9000 - - 4 8960 vlan-mtu
		tagged 9216 9000 - 8960 6 8940 vlan-mtu
		tagged 9216 1500 - 8960 4 1460 vlan-mtu
		tagged 1500 9000 - 8960 4 1460 interface-mtu
		tagged 9216 9000 4000 - 4 4000 vlan-mss
		tagged 9216 9000 - 1000 4 1000 profile
		tagged 1500 1500 - 1460 4 1460 interface-mtu
		tagged 1500 500 - - 4 460 vlan-mtu

		tagged 9216 1500 1460 1460 4 1460 vlan-mtu
		tagged 9216 9000 1000 1000 6 1000 vlan-mss
		tagged 9216 9000 4000 500 6 500 profile
		tagged 9216 1400 4000 2000 6 1340 vlan-mtu
		tagged 1500 1499 - - 4 1459 vlan-mtu
		tagged 1500 1501 - - 4 1460 interface-mtu
		tagged 1500 - 1459 - 4 1459 vlan-mss
		tagged 1500 - 1461 - 4 1460 interface-mtu
		tagged 1500 - 1400 1400 4 1400 vlan-mss
		tagged 1500 - 1400 1399 4 1399 profile
		tagged 1500 1440 1400 1401 4 1400 vlan-mtu
		tagged 1500 1500 1440 1440 6 1440 interface-mtu
		tagged 1500 1280 - - 6 1220 vlan-mtu
		tagged 1500 1280 1219 1218 6 1218 profile
		tagged 1500 128 - - 4 88 vlan-mtu
		tagged 9216 - 89 88 4 88 profile
		plain 1500 - - - 4 1460 interface-mtu
		plain 1500 - - - 6 1440 interface-mtu
		plain 1500 - - 1459 4 1459 profile
		plain 1500 - - 1461 4 1460 interface-mtu
		plain 1500 - - 1460 6 1440 interface-mtu
		plain 9216 - - 4000 4 4000 profile
		plain 9216 - - - 6 9156 interface-mtu
		plain 9216 - - 9216 4 9176 interface-mtu
		plain 9000 - - - 4 8960 interface-mtu
		plain 9000 - - - 6 8940 interface-mtu
		plain 1280 - - - 6 1220 interface-mtu
		plain 576 - - - 4 536 interface-mtu
	ROWS
}

# mss_kept: an end with a smaller link of its own says so, and it is left alone
mss_kept()
{
	local dev

	mss_config tagged 1500 - - - 4 >"$WORK/row.yaml"
	check "nothing but ports of 1500" into /dev/null vf config apply "$WORK/row.yaml"
	check "the VIP answers a ping in its VLAN" into /dev/null \
		in_client ping -c 1 -W 10 "$(address vip 4)"
	dev=eth0.$CLIENT_VLAN
	ip -n "$NS_CLIENT" link set "$dev" mtu 1300
	ip -n "$NS_CLIENT" route replace 10.3.0.0/24 dev "$dev"
	dev=eth0.$SERVER_VLAN
	ip -n "${NS_SERVER[1]}" link set "$dev" mtu 1400
	ip -n "${NS_SERVER[1]}" route replace 10.4.0.0/24 dev "$dev"
	kept_seen kept tagged "$(address vip 4)"
	check "VLAN interfaces of 1300 and 1400: SYN and SYN-ACK keep 1260 and 1360" \
		[ "$SEEN" = "1260 1360" ]
	sockets_have 1260
	echo "ok: both sockets have 1260"
	echoes kept 50000 || fail "nothing comes back"
	stop_pid "$SPAWNED"
	for dev in "$NS_CLIENT eth0.$CLIENT_VLAN 10.3" "${NS_SERVER[1]} eth0.$SERVER_VLAN 10.4"; do
		# shellcheck disable=SC2086 # words
		set -- $dev
		ip -n "$1" link set "$2" mtu "$LINK_MTU"
		ip -n "$1" route replace "$3.0.0/24" dev "$2" advmss "${WIRE_MSS[4]}"
	done
}

# mss_live: a change is for new connections; one that is open keeps what it has
mss_live()
{
	local vip

	vip=$(address vip 4)
	mss_config tagged 1500 - - 1300 4 >"$WORK/row.yaml"
	check "a profile of 1300" into /dev/null vf config apply "$WORK/row.yaml"
	check "new connections get 1300" wait_for \
		"[ \"\$(setup_seen tagged $vip)\" = '1300 1300' ]" 20
	keep_open old "$vip"
	mss_config tagged 1500 1450 - 1200 4 >"$WORK/row.yaml"
	check "another VLAN MTU, a profile of 1200" into /dev/null vf config apply "$WORK/row.yaml"
	check "new connections get 1200" wait_for \
		"[ \"\$(setup_seen tagged $vip)\" = '1200 1200' ]" 20
	check "the open one has its 1300" [ "$(socket_mss "$NS_CLIENT" sport "$KEPT")" = 1300 ]
	check "and carries data" echoes old 100000
}

# bad_syn VIP: an MSS option that says it has three bytes
bad_syn()
{
	in_client /usr/bin/python3 -c '
import socket, struct, sys
client, vip = (socket.inet_aton(a) for a in sys.argv[1:3])
def tcp(check):
    return struct.pack("!HHIIBBHHH4s", 40000, int(sys.argv[3]), 1, 0, 6 << 4, 2, 8192,
                       check, 0, bytes((2, 3, 5, 1)))
whole = client + vip + struct.pack("!HH", 6, 24) + tcp(0)
total = sum(struct.unpack("!%dH" % (len(whole) // 2), whole))
total = (total >> 16) + (total & 0xffff)
total += total >> 16
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
s.sendto(tcp(~total & 0xffff), (sys.argv[2], 0))
' "$(address client 4)" "$1" "$PORT_PLAIN"
}

# mss_counted: what mss show says it did is what it did
mss_counted()
{
	vf -j mss show echo >"$WORK/shown"
	check "SYNs are counted by rule" into /dev/null jq -e \
		'all(.[]; .clamped == ([.by_rule[].clamped] | add) and .malformed == 0) and
		 (.[0].by_rule | map(.rule) | contains(["interface-mtu", "vlan-mtu", "vlan-mss",
		  "profile"]))' "$WORK/shown"
	check "a SYN that cannot be read" bad_syn "$(address vip 4)"
	check "is counted as malformed, by rule" wait_for "vf -j mss show echo |
		jq -e '.[1] | .side == \"server\" and .malformed == 1 and
			(.by_rule[] | select(.rule == \"profile\") | .malformed == 1)'" 10
	check "the text has value, rule and reasons" eval 'vf mss show echo |
		grep -E "echo +server +ipv4 +8 +1200 +profile " |
		grep -qF "port mtu 1500, vlan mtu 1450, profile 1200"'
}

# mss_refusals: what cannot work is refused, what is senseless is said
mss_refusals()
{
	local message

	mss_config tagged 1500 1279 - - 6 >"$WORK/row.yaml"
	! message=$(vf config apply "$WORK/row.yaml" 2>&1) || fail "IPv6 on 1279 bytes"
	check "IPv6 needs 1280" \
		grep -q 'fd03::/64 .*client side, VLAN 7.*1279.*1280' <<<"$message"
	mss_config tagged 1500 127 - - 4 >"$WORK/row.yaml"
	! message=$(vf config check "$WORK/row.yaml" 2>&1) || fail "87 bytes"
	check "an MSS below the floor" \
		grep -q 'MSS 87 of the client side (rule vlan-mtu)' <<<"$message"
	mss_config tagged 9217 - - - 4 >"$WORK/row.yaml"
	! message=$(vf config check "$WORK/row.yaml" 2>&1) || fail "an MTU of 9217"
	mss_config tagged 1500 - - 1461 4 >"$WORK/row.yaml"
	check "a warning for a profile that cannot apply" eval "vf config check '$WORK/row.yaml' |
		grep -qF 'warning: profiles: mss 1461 of \"it\" is above the 1460'"
	check "in JSON too" eval "vf -j config check '$WORK/row.yaml' |
		jq -e '.warnings | length == 1' >/dev/null"
	sed 's/scheduler: wrr/mode: ipip/' "$WORK/row.yaml" >"$WORK/tunnel.yaml"
	! message=$(vf config check "$WORK/tunnel.yaml" 2>&1) || fail "a tunnel"
	check "a tunnel is refused with a sentence" \
		grep -q '"ipip" is not available yet' <<<"$message"
}

# connect_often VIP: without a process for each, so that an interval has enough
connect_often()
{
	# shellcheck disable=SC2016 # for the shell inside
	in_client bash -c 'for i in {1..18}; do exec 3<>"/dev/tcp/$0/$1" && exec 3>&-; done' \
		"$1" "$PORT_PLAIN"
}

# mss_learned: two of three servers say 1360: every client gets that
mss_learned()
{
	local vip

	vip=$(address vip 4)
	advertise "${NS_SERVER[2]}" "eth0.$SERVER_VLAN" 4 1360
	advertise "${NS_SERVER[3]}" "eth0.$SERVER_VLAN" 4 1360
	LEARN='{interval_s: 2, samples: 9}' mss_config tagged 1500 - - - 4 3 >"$WORK/row.yaml"
	check "a profile that learns" into /dev/null vf config apply "$WORK/row.yaml"
	check "the majority is learned" wait_for \
		"connect_often $vip
		 vf -j mss show echo | jq -e '.[0] | .mss == 1360 and .rule == \"learned\"'" 60
	check "every client gets it" wait_for \
		"for i in 1 2 3; do setup_seen tagged $vip; done | awk '\$2 != 1360 { bad = 1 }
			END { exit bad }'" 20
	check "servers get what the configuration says" \
		[ "$(last_mss "$WORK/server-tagged" '[S]')" = 1460 ]
	LEARN='' mss_config tagged 1500 - - - 4 3 >"$WORK/row.yaml"
	check "learning off" into /dev/null vf config apply "$WORK/row.yaml"
	check "forgets it" wait_for "vf -j mss show echo |
		jq -e '.[0] | .mss == 1460 and .learning == null'" 10
}

scenario_mss()
{
	mss_ends
	LEARN='' mss_config tagged 9216 - - - 4 >"$CONFIG"
	check "a fleet starts" fleet_start
	LEARN=''
	mss_rows
	mss_kept
	mss_live
	mss_counted
	mss_refusals
	mss_learned
	check "packets are conserved" wait_for conserved 10
}

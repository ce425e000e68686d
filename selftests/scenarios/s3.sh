# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# s3.sh - a service in a container behind a port of the host, and applications beside it
#
#   outside ns          host ns                                  container ns
#   eth0 .2 ---------- up0 .1 [forwards, nftables]  br0 .1 ---- eth0, no address:
#     198.51.100.0/24          |                10.88.0.0/24    VIP .10, engine .20
#     2001:db8:1::/64          +-- neighbour ns eth0 .31        fd88::10, fd88::20
#                                                fd88::/64     app0 192.168.77.2, fd77::2
#
# Sourced after netns/lib.sh and fleet.sh. NS_CLIENT is the outside, NS_LB the host,
# NS_SERVER[1] the neighbour, which has the web server behind the service. The engine is a
# container when containers.sh was sourced, and applications are another one with the same
# network; otherwise they are processes. Rows are those of the system's description:
#
#   1 a service is enabled in a container      5 an application sends through a link
#   2 a request reaches a port of the host     6 the engine replaces the source
#   3 the host's rule leads to the container   7 the host replaces that, and both are undone
#   4 the engine answers, not the kernel

# shellcheck source-path=SCRIPTDIR source=basic.sh
. "$TESTDIR/scenarios/basic.sh"

HOST4=198.51.100.1 HOST6=2001:db8:1::1 POD4=10.88.0.10 POD6=fd88::10 \
	ENGINE4=10.88.0.20 ENGINE6=fd88::20 NEIGHBOUR4=10.88.0.31 NEIGHBOUR6=fd88::31 \
	OUTSIDE4=198.51.100.2 OUTSIDE6=2001:db8:1::2 \
	APP4=192.168.77.2 APP6=fd77::2

in_pod() { ns "$NS_POD" "$@"; }

# s3_host: the machine with its bridge and its way out
s3_host()
{
	uplink_up
	ip -n "$NS_LB" addr add "$HOST4/24" dev up0
	ip -n "$NS_LB" addr add "$HOST6/64" dev up0 nodad
	ip -n "$NS_CLIENT" addr add "$OUTSIDE4/24" dev eth0
	ip -n "$NS_CLIENT" addr add "$OUTSIDE6/64" dev eth0 nodad
	in_lb sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	bridges_are_wires
	new_bridge br0
	s3_gateway
}

# s3_gateway: the host's addresses on br0
s3_gateway()
{
	ip -n "$NS_LB" addr add 10.88.0.1/24 dev br0
	ip -n "$NS_LB" addr add fd88::1/64 dev br0 nodad
}

# s3_plug NS PORT: a container's eth0 on the bridge; podman's leave /sys read-only
s3_plug()
{
	ip -n "$NS_LB" link add "$2" type veth peer name "$2p"
	plain_veth "$NS_LB" "$2" "$2p"
	ip -n "$NS_LB" link set "$2" master br0 up
	ip -n "$NS_LB" link set "$2p" netns "$1" name eth0
	ip -n "$1" link set eth0 up
}

# s3_pod: the container's namespace; when engines are containers it is that of an
# application's container, which the engine's shares
s3_pod()
{
	local pid

	NS_POD=vf$$-pod
	if [ -z "${CONTAINERS:-}" ]; then
		POD_NETNS=/run/netns/$NS_POD
		new_ns "$NS_POD"
		return
	fi
	busybox_load
	podman run --detach --name application --network=none --cap-drop=all \
		--ulimit=nofile=1024:1024 --ulimit=nproc=1024:1024 \
		"$BUSYBOX" sleep 100000 >"$WORK/application" || fail "no container"
	pid=$(podman inspect --format '{{.State.Pid}}' application)
	POD_NETNS=/proc/$pid/ns/net
	ip netns attach "$NS_POD" "$pid"
	at_exit "ip netns del $NS_POD"
	quiet_ipv6 "$NS_POD"
}

# s3_near: the neighbour's addresses on its eth0
s3_near()
{
	ip -n "${NS_SERVER[1]}" addr add "$NEIGHBOUR4/24" dev eth0
	ip -n "${NS_SERVER[1]}" addr add "$NEIGHBOUR6/64" dev eth0 nodad
	ip -n "${NS_SERVER[1]}" route add default via 10.88.0.1
	ip -n "${NS_SERVER[1]}" route add default via fd88::1
}

s3_topo()
{
	s3_host
	s3_pod
	s3_plug "$NS_POD" pod0
	in_pod sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1
	NS_SERVER[1]=vf$$-neighbour
	new_ns "${NS_SERVER[1]}"
	s3_plug "${NS_SERVER[1]}" near0
	s3_near
	export NS_POD
}

# s3_ports: YAML; both sides are on the bridge: raw sockets on the container's eth0, or VFs
# of a NIC that is the bridge
s3_ports()
{
	local port="{provider: packet, device: eth0}"

	[ -z "${PF_BRIDGE:-}" ] || port="{provider: vf, device: \"$PF_BRIDGE\"}"
	echo "    client: $port"
	echo "    server: $port"
}

# s3_outbound: YAML of the link, with OUTBOUND=1
s3_outbound()
{
	[ -n "${OUTBOUND:-}" ] || return 0
	cat <<-END
		  outbound:
		    subnets:
		      - {prefix: 192.168.77.0/24, application: $APP4, engine: 192.168.77.1}
		      - {prefix: "fd77::/64", application: "$APP6", engine: "fd77::1"}
	END
}

# s3_service NAME VIP PROTOCOL PORT BACKEND
s3_service()
{
	echo "  - {name: $1, vip: \"$2\", protocol: $3, port: $4, backends: [{address: \"$5\"}]}"
}

# s3_config [RULE...]: YAML; each RULE is an item of nat.inbound
s3_config()
{
	cat <<-END
		fleet:
		  name: test
		  min: 1
		  max: 1
		$(engine_runtime)
		  netns: $POD_NETNS
		  ports:
		$(s3_ports)
		network:
		  subnets:
		    - {prefix: 10.88.0.0/24, side: client}
		    - {prefix: "fd88::/64", side: client}
		    - {prefix: 10.88.0.0/24, side: server}
		    - {prefix: "fd88::/64", side: server}
		  routes:
		    - {prefix: 0.0.0.0/0, via: 10.88.0.1, side: client}
		    - {prefix: "::/0", via: "fd88::1", side: client}
		    - {prefix: 0.0.0.0/0, via: 10.88.0.1, side: server}
		    - {prefix: "::/0", via: "fd88::1", side: server}
		  snat: [$ENGINE4, "$ENGINE6"]
		services:
		$(s3_service web4 "$POD4" tcp 80 "$NEIGHBOUR4")
		$(s3_service web6 "$POD6" tcp 80 "$NEIGHBOUR6")
		$(s3_service echo4 "$POD4" udp "$PORT_ECHO" "$NEIGHBOUR4")
		$(s3_service echo6 "$POD6" udp "$PORT_ECHO" "$NEIGHBOUR6")
		nat:
		  inbound: [$(printf '%s,' "$@")]
		$(s3_outbound)
		api:
		  socket: "$VFLEET_SOCKET"
	END
}

# rule PROTOCOL HOST CONTAINER: an item of nat.inbound
rule() { echo "{protocol: $1, host: \"$2\", container: \"$3\"}"; }

# s3_rules: one of each protocol and family
s3_rules()
{
	s3_config "$(rule tcp "$HOST4:8080" "$POD4:80")" \
		"$(rule tcp "[$HOST6]:8080" "[$POD6]:80")" \
		"$(rule udp "$HOST4:7007" "$POD4:$PORT_ECHO")" \
		"$(rule udp "[$HOST6]:7007" "[$POD6]:$PORT_ECHO")"
}

# says TEXT NS URL: a request there, and its answer
says() { [ "$(ns "$2" curl -sS -m 10 "$3")" = "$1" ]; }

# refuses TEXT COMMAND...: it fails with that text, and no rule is another than before
refuses()
{
	local text=$1 before

	shift
	before=$(in_lb nft list table inet vfleet-test; vf -j nat)
	! "$@" >"$WORK/refused" 2>&1 || fail "$*: not refused"
	grep -qF -- "$text" "$WORK/refused" || fail "$*: not '$text' but $(cat "$WORK/refused")"
	[ "$before" = "$(in_lb nft list table inet vfleet-test; vf -j nat)" ] ||
		fail "$*: refused, and rules changed"
	echo "ok: said: $text"
}

# counters_of_kernel: what the container's kernel has counted of TCP, UDP and ICMP; with
# VFs, whose frames it does not have, of anything
counters_of_kernel()
{
	if [ -n "${PF_BRIDGE:-}" ]; then
		in_pod cat /proc/net/snmp /proc/net/snmp6
		return
	fi
	in_pod cat /proc/net/snmp | grep -E '^(Tcp|Udp|Icmp|IcmpMsg):'
	in_pod grep -E '^(Udp6|Icmp6)' /proc/net/snmp6
}

# capture_at NS DEVICE FILE [FILTER]: spawns tcpdump; its pid is in SPAWNED
capture_at()
{
	local but_nd='not (icmp6 and ip6[40] >= 130 and ip6[40] <= 143)'

	spawn "$1" "$3.log" tcpdump -i "$2" -n -p -s 128 -B 16384 -Z root --immediate-mode \
		-w "$3" "${4:-$but_nd}"
	wait_for "grep -q 'listening on' $3.log" 10 || fail "tcpdump: $(cat "$3.log")"
}

# seen FILE FILTER: the capture has such a frame; unseen: it has none
seen() { [ -n "$(tcpdump -nr "$1" -c 1 "$2" 2>/dev/null)" ]; }
unseen() { [ -z "$(tcpdump -nr "$1" -c 1 "$2" 2>/dev/null)" ]; }

# udp_echoes NS ADDRESS: datagrams come back, none lost
udp_echoes()
{
	ns "$1" "$UDPSEQ" send --rate 100 --duration 1 "$2" >"$WORK/udp" ||
		fail "$2: $(cat "$WORK/udp")"
}

s3_start()
{
	check "a web server and an echo in the neighbour" nginx_start "${NS_SERVER[1]}" \
		"$NEIGHBOUR4,$NEIGHBOUR6" 80
	spawn "${NS_SERVER[1]}" "$WORK/echo4" "$UDPSEQ" serve "$NEIGHBOUR4:$PORT_ECHO"
	spawn "${NS_SERVER[1]}" "$WORK/echo6" "$UDPSEQ" serve "[$NEIGHBOUR6]:$PORT_ECHO"
	# A table of somebody else, which has to stay as it is.
	in_lb nft 'table ip others { chain c { type nat hook prerouting priority 0;
		tcp dport 9 counter dnat to 192.0.2.9; }; }'
	in_lb nft list table ip others >"$WORK/others"
	s3_rules >"$CONFIG"
	s3_fleet
}

# s3_fleet: the engine is beside the applications
s3_fleet()
{
	check "row 1: a fleet whose engine has a service starts" fleet_start
	[ "$(readlink "/proc/$(engine_pids)/ns/net")" = "$(in_pod readlink /proc/self/ns/net)" ] ||
		fail "the engine is elsewhere"
	echo "ok: row 1: its engine is in the container's network"
}

# s3_up: all of it
s3_up()
{
	have_binaries
	if [ -n "${CONTAINERS:-}" ]; then
		podman_setup
		image_load
	fi
	s3_topo
	s3_start
}

# s3_listed: what the configuration says is in the list and in the kernel
s3_listed()
{
	vf -j nat | jq -e --arg h "$HOST4:8080" --arg c "$POD4:80" '
		(map(select(.direction == "inbound")) | length == 4) and
		(map(select(.table == "host" and .direction == "inbound" and
		.protocol == "tcp" and .from == $h and .to == $c and
		.origin == "config")) | length == 1)' >/dev/null || fail "$(vf -j nat)"
	vf nat | grep -q "^host  *inbound  *udp  *$HOST4:7007  *$POD4:$PORT_ECHO" ||
		fail "$(vf nat)"
	[ "$(in_lb nft list chain inet vfleet-test inbound | grep -c dnat)" = 4 ]
}

s3_translated()
{
	local up bridge

	capture_at "$NS_LB" up0 "$WORK/up"
	up=$SPAWNED
	capture_at "$NS_LB" br0 "$WORK/bridge"
	bridge=$SPAWNED
	check "HTTP over IPv4 from outside" says "$NEIGHBOUR4" "$NS_CLIENT" \
		"http://$HOST4:8080/"
	check "HTTP over IPv6 from outside" says "$NEIGHBOUR4" "$NS_CLIENT" \
		"http://[$HOST6]:8080/"
	check "UDP over IPv4 from outside" udp_echoes "$NS_CLIENT" "$HOST4:7007"
	check "UDP over IPv6 from outside" udp_echoes "$NS_CLIENT" "[$HOST6]:7007"
	stop_pid "$up"
	stop_pid "$bridge"
	check "row 2: at the uplink: client and host port" seen "$WORK/up" \
		"tcp and src $OUTSIDE4 and dst $HOST4 and dst port 8080"
	check "row 3: at the bridge: the same client and the container's port" seen "$WORK/bridge" \
		"tcp and src $OUTSIDE4 and dst $POD4 and dst port 80"
	check "row 3, IPv6" seen "$WORK/bridge" \
		"tcp and src $OUTSIDE6 and dst $POD6 and dst port 80"
	check "row 3, UDP" seen "$WORK/bridge" \
		"udp and src $OUTSIDE4 and dst $POD4 and dst port $PORT_ECHO"
	check "the uplink sees nothing of the container" unseen "$WORK/up" \
		"host $POD4 or host $ENGINE4 or host $POD6 or host $ENGINE6"
	check "row 4: no reset leaves" unseen "$WORK/bridge" "tcp[tcpflags] & tcp-rst != 0"
}

s3_hairpin()
{
	check "the host itself reaches the service by its port" says "$NEIGHBOUR4" \
		"$NS_LB" "http://$HOST4:8080/"
	check "and over IPv6" says "$NEIGHBOUR4" "$NS_LB" "http://[$HOST6]:8080/"
	check "a container beside it does" says "$NEIGHBOUR4" "${NS_SERVER[1]}" \
		"http://$HOST4:8080/"
	check "and over IPv6" says "$NEIGHBOUR4" "${NS_SERVER[1]}" "http://[$HOST6]:8080/"
}

s3_run_time()
{
	check "a rule is added" into /dev/null vf nat add tcp "$HOST4:8081" to "$POD4:80"
	check "and works" says "$NEIGHBOUR4" "$NS_CLIENT" "http://$HOST4:8081/"
	refuses "tcp $HOST4:8081 is taken by a rule already" \
		vf nat add tcp "$HOST4:8081" to "$POD4:80"
	refuses "tcp $HOST4:8080 is taken by a rule already" \
		vf nat add tcp 0.0.0.0:8080 to "$POD4:80"
	spawn "$NS_LB" "$WORK/listener" socat TCP-LISTEN:8082,fork /dev/null
	wait_for "in_lb ss -Hltn 'sport = :8082' | grep -q ." 10
	refuses "a program of the host has tcp $HOST4:8082 already" \
		vf nat add tcp "$HOST4:8082" to "$POD4:80"
	stop_pid "$SPAWNED"
	refuses "198.51.100.99:80 is no address of this host" \
		vf nat add tcp 198.51.100.99:80 to "$POD4:80"
	refuses "no service takes tcp on $POD4:81" vf nat add tcp "$HOST4:8083" to "$POD4:81"
	refuses "different families" vf nat add tcp "[$HOST6]:8083" to "$POD4:80"
	refuses "is a loopback address" vf nat add tcp 127.0.0.1:8083 to "$POD4:80"
	refuses "'$HOST4' is not ADDRESS:PORT" vf nat add tcp "$HOST4" to "$POD4:80"
	refuses "is in the configuration" vf nat remove tcp "$HOST4:8080"
	refuses "there is no rule for tcp $HOST4:99" vf nat remove tcp "$HOST4:99"
	! in_lb timeout 2 socat TCP-LISTEN:8081,reuseaddr /dev/null 2>"$WORK/taken" ||
		fail "a program of the host listens in vain"
	grep -q 'Address already in use' "$WORK/taken" || fail "$(cat "$WORK/taken")"
	echo "ok: no program of the host can take a port that leads away"
}

# s3_reload: rules of the configuration change, connections and added rules do not
s3_reload()
{
	s3_config "$(rule tcp "$HOST4:8090" "$POD4:80")" >"$WORK/other.yaml"
	s3_config "$(rule tcp 0.0.0.0:8081 "$POD4:80")" >"$WORK/clash.yaml"
	refuses "item 0 meets tcp $HOST4:8081, added at run time" \
		vf config apply "$WORK/clash.yaml"
	spawn "$NS_CLIENT" "$WORK/through" "$HTTPLOAD" --keep-alive 4 "$HOST4:8080"
	wait_for "sees 1 $ENGINE4" 10 || fail "no connection: $(cat "$WORK/through")"
	check "a configuration with another rule" into /dev/null vf config apply \
		"$WORK/other.yaml"
	check "its port leads to the service" says "$NEIGHBOUR4" "$NS_CLIENT" \
		"http://$HOST4:8090/"
	! in_client curl -s -m 2 "http://$HOST4:8080/" || fail "the old port does as well"
	check "the added one does" says "$NEIGHBOUR4" "$NS_CLIENT" "http://$HOST4:8081/"
	stop_pid "$SPAWNED"
	grep -q '"failed":0' "$WORK/through" || fail "connections: $(cat "$WORK/through")"
	echo "ok: connections through the old port went on"
	check "back to the first" into /dev/null vf config apply "$CONFIG"
}

# s3_supervisor_dies: the host's rules outlive vfleetd, and the next one has them all
s3_supervisor_dies()
{
	engine_pids >/dev/null
	kill -9 "$SUPERVISOR"
	wait "$SUPERVISOR" 2>/dev/null || true
	check "ports lead to the service without vfleetd" says "$NEIGHBOUR4" "$NS_CLIENT" \
		"http://$HOST4:8081/"
	check "the next vfleetd starts" supervisor_start
	check "it knows the rule that was added" wait_for \
		"vf -j nat | jq -e 'map(select(.origin == \"added\")) | length == 1'" 10
	check "and removes it" into /dev/null vf nat remove tcp "$HOST4:8081"
	! in_client curl -s -m 2 "http://$HOST4:8081/" || fail "its port is still there"
}

# s3_flat COUNT: so many requests, and the container's kernel has seen none of them
s3_flat()
{
	local before after at=pod0 what='no TCP, UDP or ICMP'

	[ -z "${PF_BRIDGE:-}" ] || at=br0 what=nothing
	before=$(counters_of_kernel)
	capture_at "$NS_LB" "$at" "$WORK/pod" 'tcp[tcpflags] & (tcp-syn | tcp-rst) != 0'
	in_client ab -q -k -n "$1" -c 16 "http://$HOST4:8080/" >"$WORK/many" 2>&1 ||
		fail "requests: $(cat "$WORK/many")"
	grep -q "^Complete requests: *$1\$" "$WORK/many" &&
		grep -q '^Failed requests: *0$' "$WORK/many" &&
		! grep Non-2xx "$WORK/many" || fail "requests: $(cat "$WORK/many")"
	after=$(counters_of_kernel)
	[ "$before" = "$after" ] || fail "the container's kernel counted:
$(diff <(echo "$before") <(echo "$after"))"
	stop_pid "$SPAWNED"
	check "the capture has connections" seen "$WORK/pod" "src $POD4 and src port 80"
	check "row 4: no reset comes from the container" unseen "$WORK/pod" \
		"src $POD4 and tcp[tcpflags] & tcp-rst != 0"
	echo "ok: row 4: $1 requests, and the container's kernel counts $what"
}

# s3_out_start: what applications reach outside
s3_out_start()
{
	head -c "${FILE_BYTES:-3000000}" /dev/urandom >"$WORK/file"
	check "a web server outside" nginx_start "$NS_CLIENT" "$OUTSIDE4,$OUTSIDE6" 80 "$WORK"
	spawn "$NS_CLIENT" "$WORK/out-echo4" "$UDPSEQ" serve "$OUTSIDE4:$PORT_ECHO"
	spawn "$NS_CLIENT" "$WORK/out-echo6" "$UDPSEQ" serve "[$OUTSIDE6]:$PORT_ECHO"
	spawn "$NS_CLIENT" "$WORK/out-sink" socat -t 30 \
		"TCP6-LISTEN:$PORT_SINK,fork,reuseaddr,ipv6only=0" SYSTEM:sha256sum
	wait_for "in_client ss -Hltn 'sport = :$PORT_SINK' | grep -q ." 10
}

# s3_link: the application's end, as the configuration says
s3_link()
{
	in_pod ip -o addr show dev app0 >"$WORK/addresses"
	in_pod ip -4 route show default >"$WORK/routes"
	in_pod ip -6 route show default >>"$WORK/routes"
	grep -q " $APP4/24 " "$WORK/addresses" && grep -q " $APP6/64 " "$WORK/addresses" &&
		grep -q '^default via 192.168.77.1 dev app0' "$WORK/routes" &&
		grep -q '^default via fd77::1 dev app0' "$WORK/routes"
}

# s3_two_tables: each translation in the list of its table, and the host's in the kernel
s3_two_tables()
{
	vf -j nat show engine | jq -e --arg e "$ENGINE4" 'all(.[]; .table == "engine") and
		any(.[]; .from == "192.168.77.0/24" and .to == $e) and
		any(.[]; .from == "fd77::/64")' >/dev/null || fail "$(vf -j nat show engine)"
	vf -j nat show host | jq -e --arg e "$ENGINE4" 'all(.[]; .table == "host") and
		any(.[]; .from == $e and .to == "masquerade")' >/dev/null ||
		fail "$(vf -j nat show host)"
	[ "$(in_lb nft list chain inet vfleet-test outbound | grep -c masquerade)" = 2 ]
}

# seen_at FILE FAMILY SOURCE: packets of SOURCE to the outside's port 80, and the way back
seen_at()
{
	local outside=OUTSIDE$2

	seen "$1" "tcp and src $3 and dst ${!outside} and dst port 80" &&
		seen "$1" "tcp and dst $3 and src ${!outside} and src port 80"
}

s3_out_translated()
{
	local app bridge up

	capture_at "$NS_POD" app0 "$WORK/app"
	app=$SPAWNED
	capture_at "$NS_LB" br0 "$WORK/bridge"
	bridge=$SPAWNED
	capture_at "$NS_LB" up0 "$WORK/up"
	up=$SPAWNED
	[ -z "${CONTAINERS:-}" ] || check "row 5: an application in a container gets a page" \
		[ "$(podman exec application wget -q -O - "http://$OUTSIDE4/")" = "$OUTSIDE4" ]
	check "an application's HTTP over IPv4" says "$OUTSIDE4" "$NS_POD" "http://$OUTSIDE4/"
	check "an application's HTTP over IPv6" says "$OUTSIDE4" "$NS_POD" "http://[$OUTSIDE6]/"
	check "its UDP over IPv4" udp_echoes "$NS_POD" "$OUTSIDE4:$PORT_ECHO"
	check "its UDP over IPv6" udp_echoes "$NS_POD" "[$OUTSIDE6]:$PORT_ECHO"
	stop_pid "$app"
	stop_pid "$bridge"
	stop_pid "$up"
	check "row 5: at the link: the application's address" seen_at "$WORK/app" 4 "$APP4"
	check "row 5, IPv6" seen_at "$WORK/app" 6 "$APP6"
	check "row 6: at the bridge: the engine's" seen_at "$WORK/bridge" 4 "$ENGINE4"
	check "row 6, IPv6" seen_at "$WORK/bridge" 6 "$ENGINE6"
	check "row 7: at the uplink: the host's" seen_at "$WORK/up" 4 "$HOST4"
	check "row 7, IPv6" seen_at "$WORK/up" 6 "$HOST6"
	check "no other address is seen there" unseen "$WORK/up" \
		"host $ENGINE4 or host $ENGINE6 or host $APP4 or host $APP6"
	check "nor the application's at the bridge" unseen "$WORK/bridge" \
		"host $APP4 or host $APP6"
}

# refused_by ADDRESS: UDP to a port where nobody is fails as it would without translation
refused_by()
{
	in_pod timeout 10 python3 -c '
import socket, sys
s = socket.socket(
    socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET, socket.SOCK_DGRAM)
s.connect((sys.argv[1], 9999))
s.settimeout(5)
s.send(b"x")
try:
    s.recv(1)
except ConnectionRefusedError:
    sys.exit(0)
sys.exit(1)' "$1"
}

# goes_out_whole ADDRESS: what an application sends arrives
goes_out_whole()
{
	[ "$(in_pod timeout 60 socat -t 30 - "TCP:$1:$PORT_SINK" <"$WORK/file")" = \
		"$(sha256sum <"$WORK/file")" ]
}

# knows_mtu ADDRESS MTU: the application's kernel was told
knows_mtu() { in_pod ip route get "$1" | grep -q "mtu $2"; }

# uplink_mtu BYTES: a NIC may lose its link for a moment
uplink_mtu()
{
	ip -n "$NS_LB" link set up0 mtu "$1"
	wait_for "in_lb grep -q 1 /sys/class/net/up0/carrier" 20 || fail "the uplink is down"
}

s3_errors_undone()
{
	check "a refused datagram is refused to the application" refused_by "$OUTSIDE4"
	check "over IPv6, too" refused_by "$OUTSIDE6"
	uplink_mtu 1400
	check "a file goes out whole over a narrower uplink" goes_out_whole "$OUTSIDE4"
	check "the application was told its MTU" knows_mtu "$OUTSIDE4" 1400
	check "IPv6 goes out whole" goes_out_whole "[$OUTSIDE6]"
	check "the application was told its MTU over IPv6" knows_mtu "$OUTSIDE6" 1400
	uplink_mtu 1500
	check "a file comes in whole" cmp "$WORK/file" \
		<(in_pod curl -sS -m 30 "http://$OUTSIDE4/files/file")
}

# no_overlap: no two flows have the same end of the engine's towards the same server
no_overlap()
{
	vf -j flow | jq -e --arg s "$NEIGHBOUR4:80" '[.[] | select(.server == $s)] |
		(map(select(.service == "web4")) | length >= 100) and
		(map(select(.service == "outbound-ipv4")) | length >= 100) and
		(map([.protocol, .snat]) | (unique | length) == length)'
}

s3_shared_ports()
{
	local inbound

	spawn "$NS_CLIENT" "$WORK/in-load" "$HTTPLOAD" --keep-alive 120 "$HOST4:8080"
	inbound=$SPAWNED
	spawn "$NS_POD" "$WORK/out-load" "$HTTPLOAD" --keep-alive 120 "$NEIGHBOUR4:80"
	check "a service and applications use one server: no port twice" into /dev/null \
		wait_for no_overlap 30
	stop_pid "$inbound"
	stop_pid "$SPAWNED"
	cat "$WORK/in-load" "$WORK/out-load" | grep -c '"failed":0' | grep -qx 2 ||
		fail "$(cat "$WORK/in-load" "$WORK/out-load")"
	echo "ok: and no request of either failed"
}

# s3_engine_dies: the link comes back with the next engine
s3_engine_dies()
{
	local pid

	pid=$(engine_pids)
	kill -9 "$pid"
	wait_for "! vf -j engine | jq -e '.[] | select(.pid == $pid)'" 20 >/dev/null
	check "another engine takes over" wait_for "engines_ready 1" "${FLEET_START_S:-60}"
	engine_pids >/dev/null
	check "the link is there again" s3_link
	check "and leads outside" wait_for "says '$OUTSIDE4' '$NS_POD' 'http://$OUTSIDE4/'" 20
}

s3_end()
{
	check "the fleet ends" into /dev/null vf engine stop all
	check "its rules are gone" wait_for "! in_lb nft list table inet vfleet-test" 10
	check "the ports are the host's again" wait_for \
		"! in_lb ss -Hltun | grep -E ':(8080|7007) '" 5
	! in_pod ip link show app0 >/dev/null 2>&1 || fail "the link is still there"
	in_lb nft list table ip others | diff "$WORK/others" - || fail "rules of others changed"
	echo "ok: rules of others are what they were"
}

# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# s3.sh - a service in a container behind a port of the host
#
#   outside ns          host ns                                  container ns
#   eth0 .2 ---------- up0 .1 [forwards, nftables]  br0 .1 ---- eth0, no address:
#     198.51.100.0/24          |                10.88.0.0/24    VIP .10, engine .20
#     2001:db8:1::/64          +-- neighbour ns eth0 .31        fd88::10, fd88::20
#                                                fd88::/64
#
# Sourced after netns/lib.sh and fleet.sh. NS_CLIENT is the outside, NS_LB the host,
# NS_SERVER[1] the neighbour, which has the web server behind the service.

HOST4=198.51.100.1 HOST6=2001:db8:1::1 POD4=10.88.0.10 POD6=fd88::10 \
	ENGINE4=10.88.0.20 ENGINE6=fd88::20 NEIGHBOUR4=10.88.0.31 NEIGHBOUR6=fd88::31 \
	OUTSIDE4=198.51.100.2 OUTSIDE6=2001:db8:1::2

in_pod() { ns "$NS_POD" "$@"; }

# s3_host: the machine with its bridge and its way out
s3_host()
{
	NS_LB=vf$$-host NS_CLIENT=vf$$-outside
	new_ns "$NS_LB"
	new_ns "$NS_CLIENT"
	ip -n "$NS_LB" link add up0 type veth peer name eth0 netns "$NS_CLIENT"
	ip -n "$NS_LB" addr add "$HOST4/24" dev up0
	ip -n "$NS_LB" addr add "$HOST6/64" dev up0 nodad
	ip -n "$NS_CLIENT" addr add "$OUTSIDE4/24" dev eth0
	ip -n "$NS_CLIENT" addr add "$OUTSIDE6/64" dev eth0 nodad
	ip -n "$NS_LB" link set up0 up
	ip -n "$NS_CLIENT" link set eth0 up
	plain_veth "$NS_LB" up0
	plain_veth "$NS_CLIENT" eth0
	in_lb sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	bridges_are_wires
	new_bridge br0
	ip -n "$NS_LB" addr add 10.88.0.1/24 dev br0
	ip -n "$NS_LB" addr add fd88::1/64 dev br0 nodad
}

# s3_plug NS PORT: a container's eth0 on the bridge
s3_plug()
{
	new_ns "$1"
	ip -n "$NS_LB" link add "$2" type veth peer name eth0 netns "$1"
	ip -n "$NS_LB" link set "$2" master br0 up
	ip -n "$1" link set eth0 up
	plain_veth "$1" eth0
	plain_veth "$NS_LB" "$2"
}

s3_topo()
{
	NS_POD=vf$$-pod
	s3_host
	s3_plug "$NS_POD" pod0
	in_pod sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1
	NS_SERVER[1]=vf$$-neighbour
	s3_plug "${NS_SERVER[1]}" near0
	ip -n "${NS_SERVER[1]}" addr add "$NEIGHBOUR4/24" dev eth0
	ip -n "${NS_SERVER[1]}" addr add "$NEIGHBOUR6/64" dev eth0 nodad
	ip -n "${NS_SERVER[1]}" route add default via 10.88.0.1
	ip -n "${NS_SERVER[1]}" route add default via fd88::1
	export NS_CLIENT NS_LB NS_POD
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
		  netns: /run/netns/$NS_POD
		  ports:
		    client: {provider: packet, device: eth0}
		    server: {provider: packet, device: eth0}
		network:
		  subnets:
		    - {prefix: 10.88.0.0/24, side: client}
		    - {prefix: "fd88::/64", side: client}
		    - {prefix: 10.88.0.0/24, side: server}
		    - {prefix: "fd88::/64", side: server}
		  routes:
		    - {prefix: 0.0.0.0/0, via: 10.88.0.1, side: client}
		    - {prefix: "::/0", via: "fd88::1", side: client}
		  snat: [$ENGINE4, "$ENGINE6"]
		services:
		$(s3_service web4 "$POD4" tcp 80 "$NEIGHBOUR4")
		$(s3_service web6 "$POD6" tcp 80 "$NEIGHBOUR6")
		$(s3_service echo4 "$POD4" udp "$PORT_ECHO" "$NEIGHBOUR4")
		$(s3_service echo6 "$POD6" udp "$PORT_ECHO" "$NEIGHBOUR6")
		nat:
		  inbound: [$(printf '%s,' "$@")]
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

# counters_of_kernel: what the container's kernel has counted of TCP, UDP and ICMP
counters_of_kernel()
{
	in_pod cat /proc/net/snmp | grep -E '^(Tcp|Udp|Icmp|IcmpMsg):'
	in_pod grep -E '^(Udp6|Icmp6)' /proc/net/snmp6
}

# capture_at NS DEVICE FILE: spawns tcpdump; its pid is in SPAWNED
capture_at()
{
	spawn "$1" "$3.log" tcpdump -i "$2" -n -p -s 128 -B 16384 -Z root --immediate-mode \
		-w "$3" 'not (icmp6 and ip6[40] >= 130 and ip6[40] <= 143)'
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
	check "a fleet starts in the container's namespace" fleet_start
	[ "$(readlink "/proc/$(engine_pids)/ns/net")" = "$(in_pod readlink /proc/self/ns/net)" ] ||
		fail "the engine is elsewhere"
}

# s3_listed: what the configuration says is in the list and in the kernel
s3_listed()
{
	vf -j nat | jq -e --arg h "$HOST4:8080" --arg c "$POD4:80" 'length == 4 and
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
	check "at the uplink: client and host port" seen "$WORK/up" \
		"tcp and src $OUTSIDE4 and dst $HOST4 and dst port 8080"
	check "at the bridge: the same client and the container's port" seen "$WORK/bridge" \
		"tcp and src $OUTSIDE4 and dst $POD4 and dst port 80"
	check "at the bridge, IPv6" seen "$WORK/bridge" \
		"tcp and src $OUTSIDE6 and dst $POD6 and dst port 80"
	check "at the bridge, UDP" seen "$WORK/bridge" \
		"udp and src $OUTSIDE4 and dst $POD4 and dst port $PORT_ECHO"
	check "the uplink sees nothing of the container" unseen "$WORK/up" \
		"host $POD4 or host $ENGINE4 or host $POD6 or host $ENGINE6"
	check "no reset leaves" unseen "$WORK/bridge" "tcp[tcpflags] & tcp-rst != 0"
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
	local before after

	before=$(counters_of_kernel)
	capture_at "$NS_LB" pod0 "$WORK/pod"
	in_client curl -s --parallel --parallel-max 16 -o /dev/null -w '%{http_code}\n' \
		"http://$HOST4:8080/[1-$1]" | sort | uniq -c | sed 's/^ *//' >"$WORK/many"
	[ "$(cat "$WORK/many")" = "$1 200" ] || fail "requests: $(cat "$WORK/many")"
	after=$(counters_of_kernel)
	[ "$before" = "$after" ] || fail "the container's kernel counted:
$(diff <(echo "$before") <(echo "$after"))"
	stop_pid "$SPAWNED"
	check "no reset comes from the container" unseen "$WORK/pod" \
		"src $POD4 and tcp[tcpflags] & tcp-rst != 0"
	echo "ok: $1 requests, and the container's kernel counts no TCP, UDP or ICMP"
}

s3_end()
{
	check "the fleet ends" into /dev/null vf engine stop all
	check "its rules are gone" wait_for "! in_lb nft list table inet vfleet-test" 10
	check "the ports are the host's again" wait_for \
		"! in_lb ss -Hltun | grep -E ':(8080|7007) '" 5
	in_lb nft list table ip others | diff "$WORK/others" - || fail "rules of others changed"
	echo "ok: rules of others are what they were"
}

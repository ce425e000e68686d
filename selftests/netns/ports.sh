#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# ports.sh - the port providers that the other tests do not use: xdp and tap carry
# whole conversations, pcap replays a capture, ring and null go as far as they can; and
# raw sockets when their netdev is slow
# timeout: 240

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../fleet.sh
. "$TESTDIR/fleet.sh"
# shellcheck source-path=SCRIPTDIR source=../scenarios/basic.sh
. "$TESTDIR/scenarios/basic.sh"

SYNS=50
declare -A TAP_MAC=([vc0]=02:00:00:00:00:0c [vs0]=02:00:00:00:00:05)

# fleet_end: engines and supervisor gone, the next provider starts afresh
fleet_end()
{
	vf engine stop all >/dev/null
	stop_pid "$SUPERVISOR"
	SUPERVISOR=
	rm -rf "$WORK/state"
}

# lonely_fleet CLIENT SERVER: one engine on ports without a network; YAML of both
lonely_fleet()
{
	fleet_config 1 1 | sed -E -e "s|^( *client: ).*provider.*|\1{$1}|" \
		-e "s|^( *server: ).*provider.*|\1{$2}|" -e '/health:/d' >"$CONFIG"
	fleet_start
}

# What a ring port sends it receives: the engine's own announcements come back.
test_ring()
{
	check "an engine starts on ring ports" lonely_fleet "provider: ring" \
		"provider: ring"
	check "what goes into a ring comes out of it" wait_for \
		'[ "$(total own_source)" -gt 0 ]' 20
	check "ring: no packet is unaccounted for" into /dev/null \
		wait_for conserved 20
	fleet_end
}

test_null()
{
	check "an engine starts on null ports" lonely_fleet "provider: null" \
		"provider: null"
	check "a null port takes what is sent" wait_for \
		'[ "$(total originated)" -gt 0 ]' 20
	check "and gives nothing" test "$(total rx)" = 0
	fleet_end
}

# captures DIRECTORY: what clients and a server once sent
captures()
{
	/usr/bin/python3 - "$1" "$CLIENT4" "$VIP4" "$PORT_HTTP" "$(server4 1)" \
		"$SNAT4" "$SYNS" <<-'EOF'
			import sys
			from scapy.all import ARP, Ether, IP, TCP, wrpcap

			directory, client, vip, port, server, snat, syns = sys.argv[1:]
			wrpcap(f"{directory}/server.pcap", Ether(
			    src="02:00:00:00:00:51", dst="ff:ff:ff:ff:ff:ff") / ARP(
			    op=1, hwsrc="02:00:00:00:00:51", psrc=server, pdst=snat))
			wrpcap(f"{directory}/client.pcap", [
			    Ether(src="02:00:00:00:00:c1", dst="52:54:00:12:34:56") /
			    IP(src=client, dst=vip) /
			    TCP(sport=20000 + i, dport=int(port), flags="S", seq=i,
			        options=[("MSS", 9000)])
			    for i in range(int(syns))])
		EOF
}

# replayed FILE: every SYN is in it once, rewritten, lowered and with right checksums
replayed()
{
	/usr/bin/python3 - "$1" "$(server4 1)" "$SNAT4" "$SYNS" <<-'EOF'
		import sys
		from scapy.all import IP, TCP, rdpcap

		path, server, snat, syns = sys.argv[1:]
		seen = []
		for frame in rdpcap(path):
		    if TCP not in frame:
		        continue
		    ip, tcp = frame[IP], frame[TCP]
		    again = IP(bytes(ip))
		    del again.chksum, again[TCP].chksum
		    again = IP(bytes(again))
		    assert (ip.src, ip.dst) == (snat, server), ip.summary()
		    assert (again.chksum, again[TCP].chksum) == (ip.chksum, tcp.chksum)
		    assert dict(tcp.options)["MSS"] == 1460, tcp.options
		    assert frame.dst == "02:00:00:00:00:51", frame.dst
		    seen.append(tcp.seq)
		assert sorted(seen) == list(range(int(syns))), seen
	EOF
}

test_pcap()
{
	captures "$WORK"
	check "an engine starts on captures" lonely_fleet \
		"provider: pcap, device: \"$WORK/client.pcap:$WORK/to-client.pcap\"" \
		"provider: pcap, device: \"$WORK/server.pcap:$WORK/to-server.pcap\""
	check "every packet of the capture is sent on" wait_for \
		'[ "$(total tx)" = "$SYNS" ]' 20
	check "pcap: no packet is unaccounted for" into /dev/null \
		wait_for conserved 20
	check "each as it should be" replayed "$WORK/to-server.pcap"
	fleet_end
}

# plug_taps: the engine has made its netdevs; we plug them into the bridges. A bridge
# keeps what is for the address of one of its ports to itself: the address is the
# engine's, so its netdev gets another one.
plug_taps()
{
	local port

	for port in vc0 vs0; do
		in_lb sysctl -qw "net.ipv6.conf.$port.disable_ipv6=1"
		ip -n "$NS_LB" link set "$port" address "${TAP_MAC[$port]}"
		ip -n "$NS_LB" link set "$port" master "br${port:1:1}" up
	done
}

test_tap()
{
	topo_up 0 2
	PORT_PROVIDER=tap basic_fleet
	plug_taps
	basic_traffic
	fleet_end
	topo_down
}

test_xdp()
{
	topo_up 2 2
	PORT_PROVIDER=xdp scenario_basic
	fleet_end
	topo_down
}

# slow RATE: the links to the servers send no quicker
slow()
{
	local port

	for port in vs0 vs1; do
		ip netns exec "$NS_LB" tc qdisc replace dev "$port" root tbf rate "$1" \
			burst 3000 limit 10000000
	done
}

# fast: what waits in their queues is lost
fast()
{
	ip netns exec "$NS_LB" tc qdisc del dev vs0 root
	ip netns exec "$NS_LB" tc qdisc del dev vs1 root
}

# a_second_of RATE: numbered datagrams through the fleet; $WORK/echoes tells what came back.
# Their order is the kernel's: it takes frames from a link's queue on either CPU.
a_second_of()
{
	ns "$NS_CLIENT" "$UDPSEQ" send --flows 16 --rate "$1" --duration 1 \
		--linger 20 "$VIP4:$PORT_ECHO" >"$WORK/echoes" || true
}

# none_lost WHAT
none_lost()
{
	jq -e '.received > 0 and .lost == 0' "$WORK/echoes" >/dev/null ||
		fail "$1: $(cat "$WORK/echoes"), $(vf stats)"
	echo "ok: $1"
}

# The socket has room for some hundreds, the rest waits in its ring. Nothing is sent after
# them that would make the kernel look there again.
test_slow_packet()
{
	local before

	topo_up 2 1
	check "servers listen" servers_start 1
	fleet_config 2 1 | sed '/health:/d' >"$CONFIG"
	check "an engine starts on raw sockets" fleet_start
	a_second_of 100 # now all have each other's addresses
	slow 2mbit
	a_second_of 4000
	none_lost "what a slow link's socket has no room for is sent when it has"

	slow 1mbit
	scale_to 2
	a_second_of 100
	before=$(total rx)
	a_second_of 4000 &
	wait_for "[ \"\$(total rx)\" -gt $((before + 2000)) ]" 10 || fail "few datagrams"
	scale_to 1
	wait "$!"
	none_lost "an engine that leaves sends what waits there first"
	check "slow: no packet is unaccounted for" into /dev/null wait_for conserved 20

	slow 8bit
	before=$(engine_pids)
	spawn "$NS_CLIENT" "$WORK/flood" "$UDPSEQ" send --rate 8000 "$VIP4:$PORT_ECHO"
	check "what a link that stands still has no room for is dropped by name" \
		wait_for '[ "$(total tx_full)" -gt 0 ]' 20
	check "its engine goes on" into /dev/null ns "$NS_CLIENT" \
		ping -q -c 3 -i 0.2 -W 5 "$VIP4"
	stop_pid "$SPAWNED"
	check "still: no packet is unaccounted for" into /dev/null wait_for conserved 20
	fast
	check "and when the link does, too" ns "$NS_CLIENT" \
		curl -s -m 20 -o /dev/null "http://$VIP4:$PORT_HTTP/"
	check "it is the same engine" test "$(engine_pids)" = "$before"
	fleet_end
	topo_down
}

have_binaries
test_slow_packet
test_ring
test_null
test_pcap
test_xdp
test_tap

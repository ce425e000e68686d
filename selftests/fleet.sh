# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# fleet.sh - a running fleet for end-to-end tests and the demo
#
# Source it after netns/lib.sh or lab/guest.sh: what is here speaks to the
# network only in their words, so that one test runs over namespaces and over VFs.

VFLEET=$BUILD/userspace/cli/vfleet
VFLEETD=$BUILD/userspace/supervisor/vfleetd
HTTPLOAD=$BUILD/selftests/clients/httpload
UDPSEQ=$BUILD/selftests/clients/udpseq
WIRECHECK=$TESTDIR/clients/wirecheck
HOSTILE=$TESTDIR/clients/hostile
PORT_HTTP=80 PORT_SINK=9000 PORT_IPERF=5201 PORT_ECHO=7
# shellcheck disable=SC2034 # for the tests
readonly PORT_HTTP PORT_SINK PORT_IPERF PORT_ECHO WIRECHECK HOSTILE HTTPLOAD UDPSEQ

export VFLEET_SOCKET=$WORK/vfleetd.sock
CONFIG=$WORK/vfleet.yaml

vf() { "$VFLEET" "$@"; }

# have_binaries: build first
have_binaries()
{
	local file

	for file in "$VFLEET" "$VFLEETD" "$HTTPLOAD" "$UDPSEQ"; do
		[ -x "$file" ] || fail "$file is missing: ninja -C $BUILD"
	done
}

# into FILE COMMAND...: its output goes to FILE; for check
into()
{
	local file=$1

	shift
	"$@" >"$file"
}

capture_number=0

# capture NS FILE: tcpdump of what its eth0 sends and receives, headers only.
# The supervisor's health checks are not the test's business.
capture()
{
	spawn "$1" "$2.log" tcpdump -i eth0 -n -p -s 128 -B 65536 -Z root \
		--immediate-mode -w "$2" \
		"icmp or (tcp and not host $LB4 and not host $LB6)"
	wait_for "grep -q 'listening on' $2.log" 10 ||
		fail "tcpdump: $(cat "$2.log")"
}

# capture_stop PID NS FILE ADDRESS: once everything seen so far is in the file. A
# marked ping to ADDRESS is the last thing captured; nothing may be missing.
capture_stop()
{
	local pid=$1 name=$2 file=$3 address=$4 mark

	capture_number=$((capture_number + 1))
	mark=$(printf 'capture-%04d-end' "$capture_number")
	ns "$name" ping -q -c 2 -i 0.2 -W 5 -p "$(printf %s "$mark" | od -An -tx1 | tr -d " \n")" \
		"$address" >/dev/null || fail "$address does not answer a ping"
	wait_for "kill -USR2 $pid && grep -qa '$mark' '$file'" 20 ||
		fail "no end of the capture in $file"
	kill -INT "$pid" 2>/dev/null
	wait "$pid" || fail "tcpdump: $(cat "$file.log")"
	grep -q '^0 packets dropped by kernel' "$file.log" ||
		fail "the capture is not complete: $(cat "$file.log")"
}

# small_windows BYTES: TCP of every machine keeps at most that much in flight per
# connection, so that no queue on the way overflows for want of a CPU.
small_windows()
{
	local name

	for name in "$NS_CLIENT" "${NS_SERVER[@]}"; do
		ns "$name" sysctl -qw "net.ipv4.tcp_rmem=4096 $1 $1" \
			"net.ipv4.tcp_wmem=4096 16384 $((4 * $1))"
	done
}

# servers_start COUNT [DIRECTORY]: everything that listens behind the fleet
servers_start()
{
	local i a name

	for ((i = 1; i <= $1; i++)); do
		a=$(server4 "$i") name=${NS_SERVER[i]}
		nginx_start "$name" "$a,$(server6 "$i")" "$PORT_HTTP" "${2:-}"
		spawn "$name" "$WORK/echo4-$i" "$UDPSEQ" serve "$a:$PORT_ECHO"
		spawn "$name" "$WORK/echo6-$i" "$UDPSEQ" serve \
			"[$(server6 "$i")]:$PORT_ECHO"
		spawn "$name" "$WORK/iperf-$i" iperf3 -s -p "$PORT_IPERF"
		# What is sent to the sink comes back as its checksum.
		spawn "$name" "$WORK/sink-$i" socat -t 30 \
			"TCP6-LISTEN:$PORT_SINK,fork,reuseaddr,ipv6only=0" \
			SYSTEM:sha256sum
	done
	for ((i = 1; i <= $1; i++)); do
		wait_for "grep -q ready $WORK/echo4-$i && grep -q ready $WORK/echo6-$i &&
			ns '${NS_SERVER[i]}' ss -Hltn 'sport = :$PORT_SINK' | grep -q . &&
			ns '${NS_SERVER[i]}' ss -Hltn 'sport = :$PORT_IPERF' | grep -q ." 20 ||
			fail "the servers on $(server4 "$i") do not listen"
	done
}

# backends COUNT FAMILY PORT: YAML of a service's backends
backends()
{
	local i

	for ((i = 1; i <= $1; i++)); do
		echo "      - {address: \"$("server$2" "$i")\", port: $3}"
	done
}

# service NAME FAMILY PROTOCOL PORT COUNT [MORE]: YAML of a service
service()
{
	local vip=VIP$2

	echo "  - name: $1"
	echo "    vip: \"${!vip}\""
	echo "    protocol: $3"
	echo "    port: $4"
	[ -z "${6:-}" ] || echo "    $6"
	echo "    backends:"
	backends "$5" "$2" "$4"
}

# vf_pools COUNT: in the guest: the module, and so many VFs of each PF
vf_pools()
{
	local pf

	modprobe vfleet
	for pf in "$PF_CLIENT" "$PF_SERVER"; do
		vf pf set "$pf" vfs "$1" >/dev/null
	done
}

# all_free: no VF is leased, every one can be
all_free()
{
	vf -j vf | jq -e 'length > 0 and all(.[]; .state == "free")'
}

# engine_ports: YAML of fleet.ports; netns/lib.sh has netdevs, the guest VFs.
# PORT_PROVIDER is how an engine takes a netdev.
engine_ports()
{
	local provider=${PORT_PROVIDER:-packet}

	if [ -n "${PF_CLIENT:-}" ]; then
		echo "    client: {provider: vf, device: \"$PF_CLIENT\"}"
		echo "    server: {provider: vf, device: \"$PF_SERVER\"}"
	elif [ "${STEERING:-}" = mirror ]; then
		echo "    client: {provider: $provider, device: \"vc0\"}"
		echo "    server: {provider: $provider, device: \"vs0\"}"
	else
		echo "    client: {provider: $provider, device: \"vc%d\"}"
		echo "    server: {provider: $provider, device: \"vs%d\"}"
	fi
}

# engine_network: YAML of the section network, each family of each side; the caller adds
# its SNAT addresses
engine_network()
{
	cat <<-EOF
		network:
		  subnets:
		    - {prefix: "10.1.0.0/24", side: client}
		    - {prefix: "fd01::/64", side: client}
		    - {prefix: "10.2.0.0/24", side: server}
		    - {prefix: "fd02::/64", side: server}
	EOF
}

# engine_runtime: YAML that makes containers of the engines, after containers.sh
engine_runtime()
{
	[ -n "${CONTAINERS:-}" ] || return 0
	echo "  runtime: podman"
	echo "  container: {image: \"$IMAGE\", seccomp: \"$SECCOMP\"${CONTAINER_MORE:-}}"
}

# engine_steering: YAML of fleet.steering and fleet.handover; STEERING=mirror for a
# fleet that shares its ports
engine_steering()
{
	[ "${STEERING:-}" = mirror ] || return 0
	echo "  steering: mirror"
	echo "  handover: generations"
}

# engine_start_timeout: YAML of fleet.start_timeout_s, where START_TIMEOUT_S says one
engine_start_timeout()
{
	[ -z "${START_TIMEOUT_S:-}" ] || echo "  start_timeout_s: $START_TIMEOUT_S"
}

# engine_drain: YAML of the time that a set which leaves has; a test of anything else has
# a section scaling of its own
engine_drain()
{
	[ "${STEERING:-}" = mirror ] || return 0
	echo "scaling:"
	echo "  drain_deadline_s: ${DRAIN_S:-30}"
}

# fleet_sections ENGINES_MAX SNAT-ADDRESS...: YAML of the sections fleet and network
fleet_sections()
{
	cat <<-EOF
		fleet:
		  name: test
		  min: 1
		  max: $1
		  start: 1
		$(engine_start_timeout)
		$(engine_runtime)
		$(engine_steering)
		  ports:
		$(engine_ports)
		$(engine_network)
		  snat:
		$(printf '    - {address: "%s"}\n' "${@:2}")
	EOF
}

# fleet_config ENGINES_MAX SERVERS: a configuration for this network. iperf3 wants
# both its connections on one server.
fleet_config()
{
	cat <<-EOF
		$(fleet_sections "$1" "$SNAT4" "$SNAT6")
		services:
		$(service web4 4 tcp "$PORT_HTTP" "$2" \
			"health: {interval_ms: 1000, timeout_ms: 1000, rise: 1, fall: 5}")
		$(service web6 6 tcp "$PORT_HTTP" "$2")
		$(service sink4 4 tcp "$PORT_SINK" "$2")
		$(service sink6 6 tcp "$PORT_SINK" "$2")
		$(service iperf 4 tcp "$PORT_IPERF" 1)
		$(service echo4 4 udp "$PORT_ECHO" "$2")
		$(service echo6 6 udp "$PORT_ECHO" "$2")
		$(engine_drain)
		api:
		  socket: "$VFLEET_SOCKET"
	EOF
}

# fleet_start: vfleetd with $CONFIG; returns when every engine of the start is ready.
# A supervisor that dies leaves its engines: the test's own are ended by their pids.
fleet_start()
{
	supervisor_start
	wait_for "engines_ready 1" "${FLEET_START_S:-60}" ||
		fail "no engine: $(tail "$WORK/vfleetd.log")"
}

supervisor_start()
{
	local name=$NS_LB enter=()

	# 'ip netns exec' hides the cgroups, which podman needs.
	if [ -n "${CONTAINERS:-}" ] && [ -n "$NS_LB" ]; then
		name='' enter=(nsenter "--net=/run/netns/$NS_LB")
	fi
	spawn "$name" "$WORK/vfleetd.log" "${enter[@]}" "$VFLEETD" --foreground \
		--config "$CONFIG" --state-dir "$WORK/state"
	SUPERVISOR=$SPAWNED
	# Steps run last one first: this one still finds its supervisor.
	at_exit engines_end
	if ! wait_for "vf -j engine || ! kill -0 $SUPERVISOR" 30 || ! vf engine >/dev/null; then
		fail "vfleetd: $(tail "$WORK/vfleetd.log")"
	fi
}

# engines_ready COUNT: exactly so many, all in their loop
engines_ready()
{
	vf -j engine | jq -e "map(select(.state == \"ready\")) | length == $1" \
		>/dev/null
}

# engine_pids: of all engines seen; also noted for the clean-up
engine_pids()
{
	vf -j engine | jq -r '.[] | select(.pid > 0) | .pid' |
		tee -a "$WORK/engine-pids"
}

# engines_end: what a killed supervisor leaves behind; by pid, and only if it is one
engines_end()
{
	local pid

	jq -r '.engines[].pid' "$WORK"/state/*.json >>"$WORK/engine-pids" 2>/dev/null || true
	vf engine stop all >/dev/null 2>&1 || true
	[ -z "${SUPERVISOR:-}" ] || stop_pid "$SUPERVISOR"
	[ -e "$WORK/engine-pids" ] || return 0
	sort -u "$WORK/engine-pids" | while read -r pid; do
		case $(readlink "/proc/$pid/exe") in
		*vfleet*) kill -9 "$pid" ;;
		esac
	done
}

# scale_to N: returns when it is done, with that many engines
scale_to()
{
	vf scale to "$1" >"$WORK/scale.out" 2>&1 ||
		fail "scale to $1: $(cat "$WORK/scale.out")"
	engine_pids >/dev/null
	wait_for "engines_ready $1" 20 || fail "not $1 engines: $(vf engine)"
}

# owned_slices: over all engines; 256 when the flow space is whole
owned_slices()
{
	vf -j engine | jq '[.[] | select(.state == "ready") | .slices] | add'
}

# total NAME: a counter or a drop, over all engines
total()
{
	vf -j stats | jq --arg n "$1" '[.engines[].counters |
		(.[$n] // .drops[$n] // 0)] | add'
}

# conserved: for every engine, rx = tx + handed off + punted + held + drops
conserved()
{
	vf -j stats | jq -e '.engines | length > 0 and all(.[]; .counters |
		.rx == .tx + .handed_off + .punted + .held +
		([.drops[]] | add))'
}

# ledger_clean COUNT: so many events at least, all done, none lost or reordered
ledger_clean()
{
	vf -j scale log | jq -e --argjson n "$1" 'length >= $n and
		all(.[]; .outcome == "done" and .lost == 0 and .reordered == 0)' \
		>/dev/null || fail "the ledger: $(vf -j scale log)"
}

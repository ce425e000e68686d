# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# lib.sh - words every shell test speaks, on the host and in the lab's guest
#
# A test sources netns/lib.sh (host) or lab/guest.sh (guest); both source this
# file and define topo_up with the same addresses and the same names:
#
#   client side 10.1.0.0/24 fd01::/64     server side 10.2.0.0/24 fd02::/64
#   client      10.1.0.100  fd01::100     server 1..  10.2.0.11.. fd02::11..
#   VIP         10.1.0.10   fd01::10      SNAT        10.2.0.2..  fd02::2..
#                                         supervisor  10.2.0.1    fd02::1
#
# Exit codes of a test: 0 passed, 4 skipped, anything else failed.

TESTDIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
REPO=$(dirname "$TESTDIR")
BUILD=${BUILD:-$REPO/build}
export TESTDIR REPO BUILD

# shellcheck disable=SC2034 # for the tests
CLIENT4=10.1.0.100 CLIENT6=fd01::100 VIP4=10.1.0.10 VIP6=fd01::10 \
	LB4=10.2.0.1 LB6=fd02::1 SNAT4=10.2.0.2 SNAT6=fd02::2

# Namespaces; topo_up fills them in. An empty name is the one we stand in.
NS_CLIENT='' NS_LB='' NS_SERVER=()

server4() { echo "10.2.0.$((10 + $1))"; }
server6() { echo "fd02::$((10 + $1))"; }

fail()
{
	echo "FAIL: $*" >&2
	exit 1
}

# skip REASON: this machine cannot run the test. In CI a skip is a failure.
skip()
{
	echo "SKIP: $*"
	exit 4
}

# skip_ok REASON: no machine of this kind can run it, CI included.
skip_ok()
{
	echo "SKIP-OK: $*"
	exit 4
}

# check TEXT COMMAND...: print the result of one step; a failed one ends the test
check()
{
	local text=$1

	shift
	"$@" || fail "$text"
	echo "ok: $text"
}

# wait_for 'COMMAND' [SECONDS]: poll until COMMAND succeeds; its last output is
# shown when it never does.
wait_for()
{
	local cmd=$1 limit=${2:-10} end out

	end=$((SECONDS + limit + 1))
	until out=$(eval "$cmd" 2>&1); do
		if [ "$SECONDS" -ge "$end" ]; then
			echo "no success within $limit s: $cmd" >&2
			[ -z "$out" ] || echo "$out" >&2
			return 1
		fi
		sleep 0.05
	done
}

# ns NAME COMMAND...: run in that namespace
ns()
{
	local name=$1

	shift
	if [ -n "$name" ]; then
		ip netns exec "$name" "$@"
	else
		"$@"
	fi
}

in_client() { ns "$NS_CLIENT" "$@"; }
in_lb() { ns "$NS_LB" "$@"; }

# in_server NUMBER COMMAND...: servers count from 1
in_server()
{
	local n=$1

	shift
	ns "${NS_SERVER[n]}" "$@"
}

# Everything a test makes is undone in reverse order when it ends, however it
# ends. at_exit 'COMMAND' adds a step.
CLEANUP=()

at_exit()
{
	CLEANUP+=("$1")
}

run_cleanup()
{
	local rc=$? i

	trap - EXIT
	trap '' INT TERM
	for ((i = ${#CLEANUP[@]} - 1; i >= 0; i--)); do
		eval "${CLEANUP[i]}" || true
	done
	[ -z "${WORK:-}" ] || rm -rf "$WORK"
	exit "$rc"
}

trap run_cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# A directory of the test's own; goes away with it.
WORK=$(mktemp -d "${TMPDIR:-/tmp}/vfleet-test.XXXXXX")

# stop_pid PID: end a process of ours and wait until it is gone
stop_pid()
{
	kill "$1" 2>/dev/null || return 0
	wait_for "! kill -0 $1" 5 2>/dev/null || kill -9 "$1" 2>/dev/null
	wait "$1" 2>/dev/null || true
}

# spawn NS LOG COMMAND...: run in the background; the process id is in SPAWNED,
# and the process ends with the test. Not in a subshell, or cleanup forgets it.
spawn()
{
	local name=$1 log=$2

	shift 2
	if [ -n "$name" ]; then
		ip netns exec "$name" "$@" >"$log" 2>&1 </dev/null &
	else
		"$@" >"$log" 2>&1 </dev/null &
	fi
	SPAWNED=$!
	at_exit "stop_pid $SPAWNED"
}

# nginx_start NS ADDRESS[,ADDRESS...] PORT [DIRECTORY]: a web server whose / says
# its first address; files of DIRECTORY are served below /files/. Ready on return.
nginx_start()
{
	local name=$1 addresses=$2 port=$3 files=${4:-/nonexistent}
	local first=${2%%,*} dir a listen=''

	dir=$WORK/nginx-$first-$port
	mkdir -p "$dir/tmp"
	for a in ${addresses//,/ }; do
		case $a in
		*:*) listen+="listen [$a]:$port ipv6only=on; " ;;
		*) listen+="listen $a:$port; " ;;
		esac
	done
	cat >"$dir/nginx.conf" <<-EOF
		daemon off;
		master_process off;
		user root;
		pid $dir/pid;
		error_log stderr warn;
		events { worker_connections 8192; }
		http {
			access_log off;
			sendfile on;
			keepalive_timeout 3600s;
			keepalive_requests 100000000;
			client_body_temp_path $dir/tmp;
			proxy_temp_path $dir/tmp;
			fastcgi_temp_path $dir/tmp;
			uwsgi_temp_path $dir/tmp;
			scgi_temp_path $dir/tmp;
			default_type application/octet-stream;
			server {
				$listen
				location / { return 200 "$first\n"; }
				location /files/ { alias $files/; }
			}
		}
	EOF
	spawn "$name" "$dir/log" nginx -p "$dir" -e stderr -c "$dir/nginx.conf"
	wait_for "ns '$name' ss -Hltn 'sport = :$port' | grep -q ." 10 ||
		fail "nginx on $addresses: $(cat "$dir/log")"
}

# quiet_ipv6 NS...: addresses of these namespaces are usable at once (no
# duplicate address detection), and nothing in them speaks unasked.
quiet_ipv6()
{
	local name

	for name in "$@"; do
		ns "$name" sysctl -qw net.ipv6.conf.default.accept_dad=0 \
			net.ipv6.conf.default.dad_transmits=0 \
			net.ipv6.conf.default.accept_ra=0 \
			net.ipv6.conf.default.router_solicitations=0 \
			net.ipv6.conf.all.accept_dad=0
	done
}

# A veth computes no checksum and merges segments unless told otherwise, and lets
# frames that two CPUs send overtake each other; what reaches an engine must be
# what would be on a wire.
plain_veth()
{
	local name=$1 dev

	shift
	for dev in "$@"; do
		ns "$name" ethtool -K "$dev" tx off rx off tso off gso off \
			gro off >/dev/null
		ns "$name" sh -c \
			"echo 1 >/sys/class/net/$dev/queues/rx-0/rps_cpus"
	done
}

# new_bridge NAME: forwards from the first frame on
new_bridge()
{
	ip -n "$NS_LB" link add "$1" type bridge stp_state 0 forward_delay 0 \
		mcast_snooping 0
	ip -n "$NS_LB" link set "$1" up
}

# bridges_are_wires: no packet filter looks into their frames
bridges_are_wires()
{
	[ -e /proc/sys/net/bridge ] || return 0
	ns "$NS_LB" sysctl -qw net.bridge.bridge-nf-call-iptables=0 \
		net.bridge.bridge-nf-call-ip6tables=0 \
		net.bridge.bridge-nf-call-arptables=0
}

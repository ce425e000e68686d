#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# syn.sh - every handshake by cookie: real stacks at both ends, options on and off
# timeout: 300

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../fleet.sh
. "$TESTDIR/fleet.sh"

# syn_config MODE: every service answers SYNs that way
syn_config()
{
	fleet_config 2 2 | sed "s/^services:/profiles:\n  - {name: default, syn: $1}\n&/"
}

# options WORD: bits of time stamps, SACK, window scale that the client says
options()
{
	local on=$1

	in_client sysctl -qw net.ipv4.tcp_timestamps="$((on & 1))" \
		net.ipv4.tcp_sack="$((on >> 1 & 1))" \
		net.ipv4.tcp_window_scaling="$((on >> 2 & 1))"
}

# server_options WORD: the same of both servers
server_options()
{
	local i

	for i in 1 2; do
		in_server "$i" sysctl -qw net.ipv4.tcp_timestamps="$(($1 & 1))" \
			net.ipv4.tcp_sack="$(($1 >> 1 & 1))" \
			net.ipv4.tcp_window_scaling="$(($1 >> 2 & 1))"
	done
}

get() { in_client curl -sS -f -m 20 "$1"; }

# down URL-ADDRESS, up ADDRESS: a whole file each way
down() { get "http://$1/files/file" | cmp - "$WORK/file"; }
up()
{
	[ "$(in_client socat -t 30 - "TCP:$1:$PORT_SINK" <"$WORK/file")" = "$SUM" ]
}

both_ways()
{
	down "$VIP4" && down "[$VIP6]" && up "$VIP4" && up "[$VIP6]"
}

have_binaries
topo_up 2 2
head -c 5000000 /dev/urandom >"$WORK/file"
SUM=$(sha256sum <"$WORK/file")
servers_start 2 "$WORK"
syn_config proxy >"$CONFIG"
check "a fleet starts whose services answer every SYN" fleet_start
for client in 7 6 5 3 0; do
	options "$client"
	check "files of 5 MB both ways, client options $client" both_ways
done
options 7
for server in 6 5 3 0; do
	server_options "$server"
	check "files of 5 MB both ways, server options $server" both_ways
done
server_options 7
sent=$(total syn_cookies_sent) valid=$(total syn_cookies_valid)
[ "$valid" -ge 36 ] || fail "$sent cookies sent, $valid came back"
echo "ok: $sent cookies sent, $valid came back"
check "no packet is unaccounted for" into /dev/null wait_for conserved 20

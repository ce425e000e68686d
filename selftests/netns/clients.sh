#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# clients.sh - the test clients see what they are there to see
#
# No fleet: two machines on one segment. First everything is well, then it is
# not: the server goes away, packets are missing, doubled and swapped.

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../fleet.sh
. "$TESTDIR/fleet.sh"

# edit_pcap HOW FROM TO: a capture with one TCP data segment dropped, doubled or
# swapped with the next one
edit_pcap()
{
	python3 - "$@" <<-'END'
		import struct, sys
		how, source, target = sys.argv[1:]
		data = open(source, "rb").read()
		records, at = [], 24
		while at < len(data):
		    n = struct.unpack_from("<I", data, at + 8)[0]
		    records.append(data[at:at + 16 + n])
		    at += 16 + n
		big = [i for i, r in enumerate(records)
		       if struct.unpack_from("<I", r, 12)[0] > 1000]
		pairs = [i for i in big if i + 1 in set(big)]
		i = pairs[len(pairs) // 2]
		j = i + 1
		if how == "drop":
		    del records[i]
		elif how == "double":
		    records.insert(i, records[i])
		else:
		    records[i], records[j] = records[j], records[i]
		open(target, "wb").write(data[:24] + b"".join(records))
	END
}

# wire FIELD: of the last wirecheck
wire() { jq -r ".$1" "$WORK/wire"; }

# datagrams_sent: by the client's machine, so far
datagrams_sent() { ns "$client" awk '/^Udp: [0-9]/ { print $5 }' /proc/net/snmp; }

topo_up 0 2
server=${NS_SERVER[1]} address=$(server4 1)
client=${NS_SERVER[2]}
head -c 4000000 /dev/urandom >"$WORK/file"
nginx_start "$server" "$address,$(server6 1)" 80 "$WORK"
nginx=$SPAWNED

capture "$client" "$WORK/near.pcap"
near=$SPAWNED
capture "$server" "$WORK/far.pcap"
far=$SPAWNED
check "httpload finds nothing to complain of" into "$WORK/summary" \
	ns "$client" "$HTTPLOAD" --keep-alive 20 --rate 200 --connect-rate 20 \
	--duration 2 --log "$WORK/load" "$address:80"
jq -e '.summary | .ok > 350 and .failed == 0 and .keep_alive == 20 and
	.bodies["'"$address"'"] == .ok' "$WORK/summary" >/dev/null ||
	fail "$(cat "$WORK/summary")"
jq -se 'map(select(.t_ms)) | length >= 18 and (map(.ok) | add) > 350' \
	"$WORK/load" >/dev/null || fail "windows of httpload"
check "httpload speaks IPv6" into /dev/null ns "$client" \
	"$HTTPLOAD" --duration 1 "[$(server6 1)]:80"
check "a file arrives" cmp "$WORK/file" <(ns "$client" curl -sS -m 20 \
	"http://$address/files/file")
capture_stop "$near" "$client" "$WORK/near.pcap" "$address"
capture_stop "$far" "$server" "$WORK/far.pcap" "$(server4 2)"

check "wirecheck finds nothing to complain of" into "$WORK/wire" \
	"$WIRECHECK" --client "$WORK/near.pcap" --server "$WORK/far.pcap"
[ "$(wire payload_bytes)" -gt 4000000 ] || fail "$(cat "$WORK/wire")"
for how in drop double swap; do
	edit_pcap "$how" "$WORK/near.pcap" "$WORK/edited.pcap"
	! "$WIRECHECK" --client "$WORK/edited.pcap" \
		--server "$WORK/far.pcap" >"$WORK/wire" ||
		fail "wirecheck does not see a $how"
	case $how in
	drop) expected='1 0 0' ;;
	double) expected='0 1 0' ;;
	swap) expected='0 0 1' ;;
	esac
	[ "$(wire lost) $(wire duplicated) $(wire reordered)" = "$expected" ] ||
		fail "$how: $(cat "$WORK/wire")"
	echo "ok: wirecheck sees a $how"
done

spawn "$server" "$WORK/echo" "$UDPSEQ" serve "$address:7"
echo_server=$SPAWNED
wait_for "grep -q ready $WORK/echo"
check "udpseq loses nothing" into "$WORK/udp" ns "$client" \
	"$UDPSEQ" send --rate 500 --duration 1 "$address:7"
jq -e '.sent >= 490 and .received == .sent' "$WORK/udp" >/dev/null ||
	fail "$(cat "$WORK/udp")"
spawn "$client" "$WORK/udp2" "$UDPSEQ" send --rate 500 "$address:7"
udp=$SPAWNED
wait_for "ns $client ss -Hun dst $address | grep -q ."
stop_pid "$echo_server"
sent=$(datagrams_sent)
wait_for "[ \$(datagrams_sent) -gt $sent ]"
kill "$udp"
! wait "$udp" || fail "udpseq does not miss its echoes: $(cat "$WORK/udp2")"
jq -e '.lost > 0' "$WORK/udp2" >/dev/null || fail "$(cat "$WORK/udp2")"
echo "ok: udpseq misses echoes"

spawn "$client" "$WORK/summary2" "$HTTPLOAD" --keep-alive 20 \
	--rate 200 --timeout-ms 1000 --log "$WORK/load2" "$address:80"
load=$SPAWNED
wait_for "grep -q '\"ok\":[1-9]' $WORK/load2"
stop_pid "$nginx"
wait_for "grep -q '\"failed\":[1-9]' $WORK/load2"
kill "$load"
! wait "$load" || fail "httpload does not mind that its server is gone"
jq -e '.summary | .failed > 0 and (.failures.closed + .failures.reset > 0) and
	.failures.connect > 0' "$WORK/summary2" >/dev/null ||
	fail "$(cat "$WORK/summary2")"
echo "ok: httpload counts closed and refused connections"

#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# service.sh - HTTP from inside the engine: no kernel socket, no kernel TCP
# timeout: 180

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../fleet.sh
. "$TESTDIR/fleet.sh"

FILES=$WORK/files
WEB4=http://$VIP4:8080 WEB6=http://[$VIP6]:8080
WEBCLIENT=$TESTDIR/clients/webclient

# config: a web service at each VIP, one with a profile, and one behind the fleet
config()
{
	cat <<-EOF
		$(fleet_sections 1 "$SNAT4")
		profiles:
		  - {name: narrow, mss: 700}
		services:
		  - {name: own4, vip: "$VIP4", port: 8080, serve: http, directory: "$FILES"}
		  - {name: own6, vip: "$VIP6", port: 8080, serve: http, directory: "$FILES"}
		  - {name: narrow4, vip: "$VIP4", port: 8081, serve: http, profile: narrow}
		$(service web4 4 tcp "$PORT_HTTP" 1)
		api:
		  socket: "$VFLEET_SOCKET"
	EOF
}

# kernel_tcp: what the namespace of the engine has counted of TCP; of IPv6 what is not
# ICMPv6, in which a kernel tells its neighbours about its netdevs for some seconds
kernel_tcp()
{
	in_lb grep '^Tcp:' /proc/net/snmp
	in_lb awk '{ n[$1] = $2 }
		END { print n["Ip6InDelivers"] - n["Icmp6InMsgs"],
			n["Ip6OutRequests"] - n["Icmp6OutMsgs"] }' /proc/net/snmp6
}

# code ARGUMENT...: the status of curl's request
code()
{
	in_client curl -s -o /dev/null -m 20 -w '%{http_code}' "$@"
}

page()
{
	in_client curl -s -m 20 "$@"
}

client()
{
	in_client timeout 60 "$WEBCLIENT" "$@"
}

# answers TEXT STATUS ARGUMENT...: curl gets that status
answers()
{
	local text=$1 status=$2 got

	shift 2
	got=$(code "$@") || true
	[ "$got" = "$status" ] || fail "$text: status $got, not $status"
	echo "ok: $text: $status"
}

# gauge: connections that are open and end in the engine, as services are shown
gauge()
{
	vf -j service | jq '[.[] | select(.name != "web4") | .connections] | add'
}

# mss_of ADDRESS PORT: what the SYN-ACK says
mss_of()
{
	local file=$WORK/synack-$2 pid

	spawn "$NS_CLIENT" "$file" tcpdump -i eth0 -n -l --immediate-mode -c 1 \
		"src host $1 and src port $2 and (ip6[53] == 0x12 or tcp[13] == 0x12)"
	pid=$SPAWNED
	wait_for "grep -q 'listening on' $file" 10 || fail "tcpdump: $(cat "$file")"
	code "http://$3:$2/vfleet/health" >/dev/null
	wait "$pid"
	sed -n 's/.*mss \([0-9]*\).*/\1/p' "$file"
}

have_binaries
topo_up 1 1
mkdir -p "$FILES/deep/er"
echo 'a page' >"$FILES/index.html"
head -c 20000000 /dev/urandom >"$FILES/large"
echo inside >"$FILES/deep/er/file.txt"
echo secret >"$WORK/outside"
echo hidden >"$FILES/.hidden"
ln -s "$WORK/outside" "$FILES/link"
nginx_start "${NS_SERVER[1]}" "$(server4 1)" "$PORT_HTTP"
config >"$CONFIG"
fleet_start

wait_for "[ \$(code $WEB4/index.html) = 200 ]" 20 || fail "no answer: $(tail "$WORK/vfleetd.log")"
before=$(kernel_tcp)
spawn "$NS_CLIENT" "$WORK/stalled" "$WEBCLIENT" stalled "$VIP4" 8080
stalled=$SPAWNED

check "IPv4: a page" [ "$(page "$WEB4/")" = 'a page' ]
check "IPv6: a page" [ "$(page "$WEB6/")" = 'a page' ]
sha=$(sha256sum <"$FILES/large")
check "20 MB over IPv4" [ "$(page "$WEB4/large" | sha256sum)" = "$sha" ]
check "20 MB over IPv6" [ "$(page "$WEB6/large" | sha256sum)" = "$sha" ]
check "with small segments" [ "$(page "http://$VIP4:8081/vfleet/health")" = ok ]
check "behind the fleet, as ever" [ "$(code "http://$VIP4:$PORT_HTTP/")" = 200 ]

page -I "$WEB4/large" >"$WORK/head"
check "HEAD: the length, and nothing of it" grep -q '^Content-Length: 20000000' "$WORK/head"
tag=$(sed -n 's/^ETag: \(.*\)\r$/\1/p' "$WORK/head")
answers "the same ETag" 304 -H "If-None-Match: $tag" "$WEB4/large"
answers "another ETag" 200 -H 'If-None-Match: "x"' "$WEB4/index.html"
answers "no such file" 404 "$WEB4/nothing"
answers "a name with a dot" 404 "$WEB4/.hidden"
answers "a symbolic link" 404 "$WEB4/link"
answers "the way up" 404 --path-as-is "$WEB4/../outside"
answers "the way up, in disguise" 404 --path-as-is "$WEB4/%2e%2e/outside"
answers "a percent sign alone" 400 "$WEB4/%zz"
answers "POST" 405 -d x=1 "$WEB4/"
answers "a long name" 414 "$WEB4/$(printf '%0300d' 0)"
answers "long fields" 431 -H "X: $(printf '%09000d' 0)" "$WEB4/"
answers "no HTTP" 400 -X 'G{T' "$WEB4/"
check "status in JSON" into /dev/null jq -e '.service == "narrow4" and .mss == 700' \
	<<<"$(page "http://$VIP4:8081/vfleet/status")"

check "MSS of the port" [ "$(mss_of "$VIP4" 8080 "$VIP4")" = 1460 ]
check "MSS of the profile" [ "$(mss_of "$VIP4" 8081 "$VIP4")" = 700 ]
check "MSS over IPv6" [ "$(mss_of "$VIP6" 8080 "[$VIP6]")" = 1440 ]

check "100 requests in one piece" client pipeline "$VIP4" 8080 100
check "the same over IPv6" client pipeline "$VIP6" 8080 100
check "a request byte by byte" client slow "$VIP4" 8080
check "a narrow window" [ "$(client narrow "$VIP4" 8080)  -" = "$sha" ]
check "100 connections reset in the middle" client abort "$VIP4" 8080 100
wait "$stalled" || fail "half a request: $(cat "$WORK/stalled")"
echo "ok: half a request is not waited for"
wait_for "[ \$(gauge) = 0 ]" 20 || fail "$(gauge) connections stay"
echo "ok: no connection stays"

in_client wrk -t 1 -c 50 -d 2 "$WEB4/index.html" >"$WORK/wrk"
grep -q 'Requests/sec' "$WORK/wrk" || fail "wrk: $(cat "$WORK/wrk")"
! grep -E 'Socket errors|Non-2xx' "$WORK/wrk" || fail "wrk has errors"
for way in '-n 1000' '-k -n 5000'; do
	# shellcheck disable=SC2086 # these are words
	in_client ab -q $way -c 20 "$WEB4/index.html" >>"$WORK/ab" 2>&1 ||
		fail "ab: $(cat "$WORK/ab")"
done
[ "$(grep -c '^Failed requests: *0$' "$WORK/ab")" = 2 ] || fail "ab: $(cat "$WORK/ab")"
! grep Non-2xx "$WORK/ab" || fail "ab got other answers"
grep -h 'Requests.*sec' "$WORK/wrk" "$WORK/ab"
echo "ok: wrk, ab with and without keep-alive"

# More than there is room for: 12288.
read -r opened refused <<<"$(client many "$VIP4" 8080 12400)"
echo "of 12400 connections $opened opened, $refused were refused"
check "room for 12000" [ "${opened:-0}" -ge 12000 ]
check "and an end to it" [ "$refused" -gt 0 ]
check "they are counted" [ "$(total service_refused)" -ge "$refused" ]
wait_for "[ \$(gauge) = 0 ]" 20 || fail "$(gauge) connections stay"

echo 'another page' >"$FILES/index.html"
check "reload" vf config apply "$CONFIG"
wait_for "[ \"\$(page $WEB4/)\" = 'another page' ]" 10 || fail "the old page: $(page "$WEB4/")"
echo "ok: a reload reads the files again"

check "the kernel's TCP has seen nothing" [ "$(kernel_tcp)" = "$before" ]
check "no listening socket" [ -z "$(in_lb ss -Hltn 'sport = :8080')" ]
wait_for conserved 10 || fail "$(vf stats)"
echo "ok: every packet is accounted for"

sed 's/max: 1/max: 2/' "$CONFIG" >"$WORK/two.yaml"
! vf config check "$WORK/two.yaml" 2>"$WORK/two" || fail "two engines were taken"
check "two engines are refused" grep -q 'services\[0\].serve: needs fleet.max: 1' "$WORK/two"
sed -i 's/, serve: http, directory: [^}]*}/, backends: []}/' "$CONFIG"
check "the services go" vf config apply "$CONFIG"
wait_for "! code $WEB4/index.html" 10 || fail "it still answers"
echo "ok: it answers no more"

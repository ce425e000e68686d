#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# config.sh - a bad configuration is refused and changes nothing, a good one is
# put in force under load

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../fleet.sh
. "$TESTDIR/fleet.sh"

# state_of_fleet: what a refused configuration must not change
state_of_fleet()
{
	vf config show
	vf -j service | jq '[.[] | {name, vip, protocol, scheduler,
		backends: [.backends[] | {address, state, weight}]}]'
	vf -j engine | jq '[.[] | {id, pid, slices}]'
	vf -j scale log | jq length
}

# refused SED KEY WHAT: the configuration with one line changed is refused by
# check and by apply, naming file, line, key and reason
refused()
{
	local bad=$WORK/bad.yaml line verb message

	sed "$1" "$CONFIG" >"$bad"
	line=$({ diff "$CONFIG" "$bad" || true; } | sed -n '1s/^\([0-9]*\).*/\1/p')
	[ -n "$line" ] || fail "$1 changes nothing"
	for verb in check apply; do
		! message=$(vf config "$verb" "$bad" 2>&1) ||
			fail "$verb accepts $1"
		case $message in
		*"$bad:$line: $2: $3"*) ;;
		*) fail "$verb of $1 says '$message', not '$bad:$line: $2: $3'" ;;
		esac
	done
	state_of_fleet >"$WORK/after"
	cmp -s "$WORK/before" "$WORK/after" ||
		fail "$1 changed the fleet: $(diff "$WORK/before" "$WORK/after")"
	echo "ok: refused: ${message##*bad.yaml:}"
}

have_binaries
topo_up 2 2
servers_start 2
fleet_config 2 2 >"$CONFIG"
check "a fleet starts" fleet_start
spawn "$NS_CLIENT" "$WORK/load" "$HTTPLOAD" --keep-alive 20 --rate 50 \
	--connect-rate 5 --log "$WORK/load.jsonl" "$VIP4:$PORT_HTTP"
load=$SPAWNED
wait_for "grep -q '\"ok\":[1-9]' $WORK/load.jsonl" 20 || fail "no load"
check "show gives back what was read" cmp "$CONFIG" <(vf config show)

# The order of health states must not differ by chance between the looks.
wait_for "vf -j service | jq -e 'all(.[].backends[]; .state == \"up\")'" 20 ||
	fail "a backend is not up: $(vf service)"
state_of_fleet >"$WORK/before"
refused 's/^  max: .*/  max: 99/' fleet.max 'expected'
refused 's/^  max: .*/  max: two/' fleet.max 'expected'
refused 's/^  start: .*/  strat: 1/' fleet 'unknown key "strat"'
refused '0,/provider: packet/s//provider: pigeon/' fleet.ports.client.provider \
	'expected'
refused '0,/side: client/s//side: left/' 'network.subnets[0].side' 'expected'
refused 's,10.2.0.0/24,10.2.0.0/42,' 'network.subnets[2].prefix' 'expected'
refused '0,/protocol: tcp/s//protocol: icmp/' 'services[0].protocol' 'expected'
refused "0,/^    port: .*/s//    port: 70000/" 'services[0].port' 'expected'
refused '0,/"10.2.0.11"/s//"10.2.0"/' 'services[0].backends[0].address' 'expected'

cp "$CONFIG" "$WORK/bad.yaml"
printf 'services: [\n' >>"$WORK/bad.yaml"
! message=$(vf config apply "$WORK/bad.yaml" 2>&1) || fail "apply accepts half a YAML"
grep -q 'bad.yaml:[0-9]*: ' <<<"$message" || fail "no line in '$message'"
state_of_fleet | cmp -s - "$WORK/before" || fail "half a YAML changed the fleet"
echo "ok: refused: ${message##*bad.yaml:}"

sed 's/^  max: .*/  max: 99/' "$CONFIG" >"$WORK/bad.yaml"
! message=$(ns "$NS_LB" "$VFLEETD" --foreground --config "$WORK/bad.yaml" \
	--state-dir "$WORK/other" 2>&1) || fail "vfleetd starts with it"
grep -q "bad.yaml:[0-9]*: fleet.max: expected" <<<"$message" ||
	fail "vfleetd says '$message'"
echo "ok: vfleetd does not start with a broken configuration"

sed "s/^  - name: web6/&\\n    scheduler: lc/; s/^  - name: sink4/&\\n    weightless: 1/" \
	"$CONFIG" >"$WORK/bad.yaml"
! vf config apply "$WORK/bad.yaml" >/dev/null 2>&1 || fail "half of it was good"
{ sed '/^api:/,$d' "$CONFIG" && service extra 4 tcp 8080 2 | sed "s/8080}/80}/" &&
	sed -n '/^api:/,$p' "$CONFIG"; } >"$WORK/good.yaml"
! in_client curl -s -m 1 "http://$VIP4:8080/" >/dev/null || fail "8080 answers already"
check "a configuration with one more service is put in force" \
	into /dev/null vf config apply "$WORK/good.yaml"
check "the new service answers" wait_for \
	"in_client curl -sf -m 5 http://$VIP4:8080/ | grep -q 10.2.0" 10
check "show gives the new configuration" cmp "$WORK/good.yaml" <(vf config show)
check "and back again" into /dev/null vf config apply "$CONFIG"
check "the service is gone" wait_for \
	"! in_client curl -s -m 1 http://$VIP4:8080/" 10

kill "$load"
wait "$load" || fail "requests failed meanwhile: $(cat "$WORK/load")"
jq -e '.summary | .failed == 0 and .reopened == 0' "$WORK/load" >/dev/null ||
	fail "$(cat "$WORK/load")"
echo "ok: none of $(jq .summary.ok "$WORK/load") requests failed meanwhile"

#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# operate.sh - what an operator asks of a running fleet, and what comes back
# shellcheck disable=SC2016 # conditions go to eval as they are written

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../fleet.sh
. "$TESTDIR/fleet.sh"

# answers WORDS FILTER: vfleet -j WORDS answers, and jq agrees
answers()
{
	# shellcheck disable=SC2086 # words
	vf -j $1 >"$WORK/answer" && jq -e "$2" "$WORK/answer" >/dev/null && return
	cat "$WORK/answer" >&2
	return 1
}

# refuses WORDS SENTENCE: exit status 1, and the sentence is in the one line said
refuses()
{
	local rc=0

	# shellcheck disable=SC2086 # words
	vf $1 >"$WORK/answer" 2>"$WORK/refusal" || rc=$?
	[ "$rc" = 1 ] && [ ! -s "$WORK/answer" ] && [ "$(wc -l <"$WORK/refusal")" = 1 ] &&
		grep -qF -- "$2" "$WORK/refusal" && return
	cat "$WORK/answer" "$WORK/refusal" >&2
	return 1
}

has_keys() { answers "$1" "all(.[]; has($2))"; }

get() { in_client curl -sS -f -m 5 "http://$VIP4/"; }

# backends_hit COUNT: who answered that many connections
backends_hit()
{
	local i

	for ((i = 0; i < $1; i++)); do
		get || return 1
	done | sort -u | xargs
}

# supervisor_background: vfleetd without --foreground, its output in a pipe that ends
supervisor_background()
{
	local rc=0

	timeout 30 bash -c '"$@" | cat' start ip netns exec "$NS_LB" "$VFLEETD" \
		--config "$CONFIG" --state-dir "$WORK/state" >"$WORK/start.log" 2>&1 || rc=$?
	SUPERVISOR=$(cat "$WORK/state/test.lock")
	return "$rc"
}

have_binaries
topo_up 3 2
servers_start 2
fleet_config 3 2 >"$CONFIG"
at_exit engines_end
check "vfleetd goes to the background and lets go of the pipe" supervisor_background
wait_for "engines_ready 1" 60 || fail "no engine: $(cat "$WORK"/state/*.log)"
check "the fleet serves" wait_for get 10

check "scale to 2" scale_to 2
check "the ledger has both events" answers "scale log" \
	'map(.to) == [1, 2] and all(.outcome == "done") and .[1].reason == "operator: scale to 2"'
check "keys of the ledger" has_keys "scale log" \
	'"id","time","from","to","reason","handover","slices_moved","flows_moved","pause_us",
	 "held","lost","reordered","cut","duration_ms","outcome"'
check "keys of an engine" has_keys engine \
	'"id","pid","core","state","slices","busy_pct","rx_pps","tx_pps","flows","ports"'
check "an engine's ports" answers engine \
	'.[1].ports | map(.name + " " + .side) == ["vc1 client", "vs1 server"]'
check "keys of scale" answers scale '[.engines, .min, .max, .auto, .policy, .steering, .handover]
	== [2, 1, 3, false, "manual", "dispatch", "migrate"]'
check "keys of a service" has_keys service '"name","vip","protocol","mode","scheduler",
	"connections","cps","pps","bps","backends"'
check "keys of a backend" answers "service show web4" \
	'.[0].backends | length == 2 and all(.[]; has("address","state","weight","connections"))'
check "keys of mss" answers "mss show web6" \
	'map([.side, .family, .mss, .rule]) == [["client", "ipv6", 1440, "interface-mtu"],
	 ["server", "ipv6", 1440, "interface-mtu"]]'
check "keys of stats" answers stats \
	'.engines | length == 2 and all(.[]; .counters | has("rx","tx","handed_off","punted",
	 "held","drops") and (.drops | has("no_service")))'
check "a flow is listed" answers "flow show service web4 client $CLIENT4" \
	'length > 0 and all(.service == "web4" and (.client | startswith("10.1.0.100:")))'
check "and counted" answers "flow count" '.flows > 0 and .room_ipv4 >= .flows'
check "packets are conserved" wait_for 'conserved' 10

check "more engines than fleet.max are refused" \
	refuses "scale to 4" "4 engines is outside fleet.min .. fleet.max, which is 1..3 (ERANGE)"
check "an engine that is not there" refuses "engine stop 7" "there is no engine 7"
check "automatic scaling without a policy" refuses "scale auto on" "scaling.policy is manual"
check "a service that is not there" refuses "service show web9" "there is no service 'web9'"
check "an address that is none" refuses "flow show client nobody" "'nobody' is not an IPv4"
check "nothing of this changed the fleet" answers scale '.engines == 2 and .wanted == 2'

spawn '' "$WORK/events" "$VFLEET" monitor
check "monitor listens" wait_for "vf -j service drain web4 10.2.0.11:80 &&
	vf -j service enable web4 10.2.0.11:80 && grep -q backend_enabled '$WORK/events'" 10
check "drain" into "$WORK/answer" vf service drain web4 10.2.0.11:80
check "a drained backend gets no new connection" eval \
	'wait_for "answers \"service show web4\" \".[0].backends[0].state == \\\"drained\\\"\"" &&
	 [ "$(backends_hit 20)" = 10.2.0.12 ]'
check "monitor told it" grep -qF "backend 10.2.0.11:80 of web4 gets no new connections" \
	"$WORK/events"
check "enable" into "$WORK/answer" vf service enable web4 10.2.0.11:80
check "and gets them again" wait_for '[ "$(backends_hit 20)" = "10.2.0.11 10.2.0.12" ]' 10

check "config show is the file" eval 'vf config show | diff - "$CONFIG"'
sed 's/max: 3/max: lots/' "$CONFIG" >"$WORK/bad.yaml"
line=$(grep -n 'max: lots' "$WORK/bad.yaml" | cut -d: -f1)
check "a bad configuration is refused with file, line and key" refuses \
	"config apply $WORK/bad.yaml" "$WORK/bad.yaml:$line: fleet.max: "
check "and changes nothing" eval 'vf config show | diff - "$CONFIG"'
{
	cat "$CONFIG"
	echo "profiles: [{name: slim, mss: 1000}]"
} | sed '/name: web4/a\    profile: slim' >"$WORK/slim.yaml"
check "a good one is checked without effect" eval \
	'vf config check "$WORK/slim.yaml" >"$WORK/answer" && vf config show | diff - "$CONFIG"'
check "and applied with effect" eval 'vf config apply "$WORK/slim.yaml" >"$WORK/answer" &&
	wait_for "answers \"mss show web4\" \"all(.mss == 1000 and .rule == \\\"profile\\\")\"" 10'
check "show | apply is the identity" eval \
	'vf config show | vf config apply - >"$WORK/answer" &&
	 vf config show | diff - "$WORK/slim.yaml"'

check "metrics" eval 'ns "$NS_LB" curl -sS http://127.0.0.1:9108/metrics >"$WORK/answer" &&
	grep -qx "vfleet_engines 2" "$WORK/answer"'
check "a second supervisor is refused" eval '! ns "$NS_LB" "$VFLEETD" --foreground \
	--config "$CONFIG" --state-dir "$WORK/state" 2>"$WORK/second" &&
	grep -q "has a supervisor already, process $SUPERVISOR" "$WORK/second"'
vf -j scale log >"$WORK/ledger"
kill -9 "$SUPERVISOR"
check "a dead supervisor is told" wait_for 'refuses engine "vfleetd is not running"' 10
check "and traffic does not notice" eval '[ "$(backends_hit 20)" = "10.2.0.11 10.2.0.12" ]'
cp "$WORK/slim.yaml" "$CONFIG"
supervisor_background || fail "vfleetd: $(cat "$WORK/start.log")"
check "the next one takes the engines over" wait_for "engines_ready 2" 10
check "with their ledger" eval 'vf -j scale log | diff - "$WORK/ledger"'
check "engine stop: one leaves" eval 'vf engine stop 1 >"$WORK/answer" 2>&1 && engines_ready 1'
check "the last one stays" refuses "engine stop 0" "the fleet must keep 1 engine (fleet.min)"
check "engine stop all: all leave" eval 'vf engine stop all >"$WORK/answer" 2>&1 &&
	answers engine "length == 0"'
check "engine start: the fleet serves again" eval 'vf engine start >"$WORK/answer" 2>&1 &&
	engines_ready 1 && wait_for get 10'

#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# scale-sim.sh - the simulator: a day within 10 % of the ideal, and what it refuses
# timeout: 120

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"

TRACES=$REPO/selftests/unit/traces

# config SCALING: a configuration with this section
config()
{
	cat >"$WORK/$2.yaml" <<-EOF
		fleet:
		  max: 8
		  ports: {client: {provider: ring}, server: {provider: ring}}
		network: {subnets: []}
		services: []
		scaling: {$1}
	EOF
}

sim() { "$REPO/tools/scale-sim" --capacity 100000 "$@"; }

# comes_to CONFIG TRACE FILTER: the JSON of the run, by jq
comes_to()
{
	sim -j "$WORK/$1.yaml" "$TRACES/$2" >"$WORK/run.json" &&
		jq -e ".result | $3" "$WORK/run.json" >/dev/null && return
	jq .result "$WORK/run.json" >&2
	return 1
}

# refuses SENTENCE WORDS...: exit status 2, one line that says so
refuses()
{
	local rc=0 want=$1

	shift
	sim "$@" >"$WORK/out" 2>"$WORK/refusal" || rc=$?
	[ "$rc" = 2 ] && [ ! -s "$WORK/out" ] && [ "$(wc -l <"$WORK/refusal")" = 1 ] &&
		grep -qF -- "$want" "$WORK/refusal" && return
	cat "$WORK/refusal" >&2
	return 1
}

config 'policy: target, target_busy_pct: 65, hold_down_ms: 5000' target
config 'policy: threshold' threshold
config 'policy: schedule, schedule: [{from: 06:00, to: 23:00, size: 7}]' schedule
config 'policy: manual' manual

# Overload only at the start, with one engine where two are needed.
day='.excess_pct <= 10 and .overload_seconds < 8 and .most_cores == 8 and .ups + .downs < 22'
check "target: a day within 10 % of the ideal" comes_to target day.csv "$day"
check "threshold: a day within 10 % of the ideal" comes_to threshold day.csv "$day"
check "the schedule keeps its windows" comes_to schedule day.csv '.most_cores == 7 and .ups >= 1'
check "curves are in the JSON" eval 'jq -e "(.columns | length) == (.points[0] | length) and
	(.points | length) > 100" "$WORK/run.json" >/dev/null'
check "a week that begins elsewhere has other windows" eval \
	'sim --start mon-07:00 "$WORK/schedule.yaml" "$TRACES/step.csv" |
		grep -q "1 -> 7 .*schedule 06:00-23:00"'
check "the picture is drawn" eval 'sim --svg "$WORK/day.svg" "$WORK/target.yaml" "$TRACES/day.csv" \
	>"$WORK/text" && grep -q "over the ideal" "$WORK/text" &&
	python3 -c "import sys, xml.dom.minidom as m
d = m.parse(sys.argv[1]); assert len(d.getElementsByTagName(\"polyline\")) >= 3" "$WORK/day.svg"'

check "a policy that never changes anything" refuses "scaling.policy is manual" \
	"$WORK/manual.yaml" "$TRACES/day.csv"
check "a trace that is not there" refuses "nowhere.csv: No such file" \
	"$WORK/target.yaml" nowhere.csv
echo "seconds,pps" >"$WORK/bad.csv"
check "wrong titles" refuses "bad.csv:1: expected the titles" \
	"$WORK/target.yaml" "$WORK/bad.csv"
printf 'seconds,pps,connections_per_s,connections\n0,1,1,1\n5,1,1,x\n' >"$WORK/bad.csv"
check "a wrong number" refuses "bad.csv:3: expected four numbers" \
	"$WORK/target.yaml" "$WORK/bad.csv"
printf 'seconds,pps,connections_per_s,connections\n0,1,1,1\n5,1,1,1\n5,1,1,1\n' >"$WORK/bad.csv"
check "time that stands still" refuses "bad.csv:4: expected seconds that rise" \
	"$WORK/target.yaml" "$WORK/bad.csv"
check "a wrong option" refuses "value 0" --up-ms 5 --capacity 0 \
	"$WORK/target.yaml" "$TRACES/day.csv"

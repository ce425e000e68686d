#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# cli.sh - the vfleet command against a fake vfleetd: words, tables, refusals
# shellcheck disable=SC2016 # conditions go to eval as they are written
set -u
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"

VFLEET=$BUILD/userspace/cli/vfleet
SOCKET=$WORK/sock
REQUESTS=$WORK/requests
export TZ=UTC

[ -x "$VFLEET" ] || fail "no $VFLEET: build first"

# run WORDS...: run vfleet; leaves its exit status in $rc, output in $WORK/{out,err}
run()
{
	rc=0
	"$VFLEET" -s "$SOCKET" "$@" >"$WORK/out" 2>"$WORK/err" </dev/null || rc=$?
}

# says RC FILE TEXT: what the last run returned, and a line it wrote to out or err
says()
{
	[ "$rc" = "$1" ] && grep -qxF -- "$3" "$WORK/$2" && return
	{ echo "exit status $rc, expected $1; looked in $2 for: $3"
		cat "$WORK/out" "$WORK/err"; } >&2
	return 1
}

# refuses WORDS...: the last run said so, after "cannot"
refuses() { says 1 err "vfleet: cannot $*"; }

# json_says RC FILTER: the last run's output is one JSON value, and jq agrees
json_says()
{
	[ "$rc" = "$1" ] && [ ! -s "$WORK/err" ] &&
		[ "$(wc -l <"$WORK/out")" = 1 ] &&
		jq -e "$2" "$WORK/out" >/dev/null && return
	{ echo "exit status $rc, expected $1, and $2"
		cat "$WORK/out" "$WORK/err"; } >&2
	return 1
}

# shows TEXT: the last run's output, letter by letter
shows()
{
	[ "$rc" = 0 ] && diff <(echo "$1") "$WORK/out"
}

# asked JSON: the last request vfleetd got
asked()
{
	[ "$(tail -1 "$REQUESTS" | jq -cS .)" = "$(jq -cS . <<<"$1")" ]
}

lists_all_nouns()
{
	local noun

	for noun in pf vf lease engine service scale mss pmtu nat flow stats config \
		monitor top doctor; do
		grep -q "^$noun - " "$WORK/out" || return 1
	done
}

run
check "no word: usage by noun, exit status 2" \
	eval '[ $rc = 2 ] && lists_all_nouns'
run help
check "help: the same, exit status 0" eval '[ $rc = 0 ] && lists_all_nouns'
run help vf
check "help of one noun" eval '[ $rc = 0 ] && [ "$(grep -c " - " "$WORK/out")" = 1 ]'
run -j help
check "help as JSON" json_says 0 'map(.noun) | index("lease") != null'
check "usage fits 80 columns" \
	eval '"$VFLEET" help | awk "length > 80 { exit 1 }"'

for words in "engin" "eng" "Engine" "nonsense"; do
	run "$words"
	check "noun '$words' is refused" says 2 err "vfleet: no noun '$words'"
done
run engine sho
check "verb 'sho' is refused" says 2 err "vfleet: no verb 'sho' for engine"
run pf set 0000:01:00.0 vf 8
check "'vf' is not 'vfs'" says 2 err "vfleet: unexpected argument 'vf'"
check "a usage line follows" eval 'grep -q "^usage: vfleet pf set BDF \[vfs N\]" "$WORK/err"'
run pf set 0000:01:00.0 drain-poll 5
check "a poll interval has bounds" \
	says 2 err "vfleet: a drain poll interval is 10 to 1000 ms"
run pf set 0000:01:00.0 policy borrowed
check "a policy is one of three" \
	says 2 err "vfleet: expected parked|vfio|native, not 'borrowed'"
run pf set 0000:01:00.0
check "pf set wants a setting" says 2 err "vfleet: a setting is missing"
run pf set 0000:01:00.0 vfs many
check "a number is a number" says 2 err "vfleet: N is a number, not 'many'"
run scale auto maybe
check "on or off" says 2 err "vfleet: expected on|off, not 'maybe'"
run engine show me
check "no word too many" says 2 err "vfleet: unexpected argument 'me'"
run flow show client
check "no value too few" says 2 err "vfleet: ADDR is missing"
run lease acquire pf 0000:01:00.0 pf 0000:02:00.0
check "no key twice" says 2 err "vfleet: unexpected argument 'pf'"
run vf set 0000:01:10.0
check "vf set wants a setting" says 2 err "vfleet: a setting is missing"
run vf set 0000:01:10.0 mac 02:00:00:00:0a
check "five bytes are no MAC" \
	says 2 err "vfleet: MAC is six bytes like 02:00:00:00:0a:10"
run vf set 0000:01:10.0 vlan 4095
check "VLAN 4095 is refused" \
	says 2 err "vfleet: VID is a number from 0 (none) to 4094"
run -j scale to
check "-j: a usage error is JSON" \
	json_says 2 '.error == "N is missing; usage: vfleet scale to N" and .errno == "EINVAL"'
run -j -x
check "-j: a wrong option is JSON" json_says 2 '.error | startswith("no option -x")'

run engine
check "no vfleetd: a sentence" refuses \
	"show engines: vfleetd is not running:" "no socket $SOCKET (ENOENT)"
run -j engine
check "-j: the same as JSON" json_says 1 \
	'.errno == "ENOENT" and
	 (.error | startswith("cannot show engines: vfleetd is not running"))'
/usr/bin/python3 -c 'import socket, sys
socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$SOCKET"
run engine
check "dead vfleetd: a sentence" refuses \
	"show engines: vfleetd is not running:" "nobody listens on $SOCKET (ECONNREFUSED)"
run monitor
check "monitor without vfleetd" \
	eval '[ $rc = 1 ] || [ -e /sys/module/vfleet ]'
rm "$SOCKET"
VFLEET_SOCKET=/nowhere "$VFLEET" engine 2>"$WORK/err"
rc=$?
check "VFLEET_SOCKET is heeded" refuses \
	"show engines: vfleetd is not running: no socket /nowhere (ENOENT)"

spawn '' "$WORK/fake.log" /usr/bin/python3 "$TESTDIR/netns/fake_vfleetd.py" "$SOCKET" "$REQUESTS"
wait_for "[ -S '$SOCKET' ]" 10 || fail "fake vfleetd: $(cat "$WORK/fake.log")"

run engine
check "engines as a table" shows \
"ID   PID  CORE  STATE  SLICES  BUSY  RX PPS  TX PPS  FLOWS  PORTS
 0  4242     1  ready     128   42%   1.25M   1.25M  31.4k  vc0 / vs0
 1  4243     2  ready     128    0%       0       0      7  01:10.0 / 02:10.0"
check "no verb means show" asked '{"noun":"engine","verb":"show","args":[]}'
run service show web
check "services and backends as tables" shows \
"SERVICE  VIP           PROTO  MODE     CONNS     NEW    PACKETS         BITS
web      10.1.0.10:80  tcp    fullnat    200  120 /s  24.1 kpps  2.10 Gbit/s

SERVICE  BACKEND         STATE  WEIGHT  CONNS  SCHEDULER
web      10.2.0.11:8080  up          3    150  wrr
web      10.2.0.12:8080  down        1     50  wrr"
check "a name is passed on" asked '{"noun":"service","verb":"show","args":["web"]}'
run scale log
check "the ledger as a table" shows \
"ID  TIME      SIZE  SLICES  FLOWS    PAUSE  HELD  LOST  REORD    TOOK  WHY
 1  03:04:05  1->2     128  31.4k  1.23 ms    12     0      0  1.53 s  operator
 2  03:05:00  2->3       0      0     0 us     0     0      0    0 us  failed: no core left"
run scale
check "an object as lines" shows \
"engines   2
min       1
max       4
auto      on
policy    busy
steering  dispatch
handover  migrate"
run stats
check "counters per engine, in blocks" shows \
"COUNTER           ENGINE 0  ENGINE 1  ENGINE 2  ENGINE 3  ALL
rx                     100       101       102       103  615
tx                      90        90        90        90  540
handed_off               0         0         0         0    0
punted                   2         2         2         2   12
held                     0         0         0         0    0
drop short_frame         8         9        10        11   63

COUNTER           ENGINE 4  ENGINE 5  ALL
rx                     104       105  615
tx                      90        90  540
handed_off               0         0    0
punted                   2         2   12
held                     0         0    0
drop short_frame        12        13   63"
run mss
check "MSS as a table" shows \
"SERVICE  SIDE    FAMILY  VLAN   MSS  RULE           FROM
web      client  ipv4       7  1460  interface-mtu  port mtu 1500, profile 1460

SERVICE  SIDE    RULE           CLAMPED  UNTOUCHED  INSERTED  MALFORMED
web      client  interface-mtu        3          4         0          0"
run pmtu
check "path MTUs as a table" shows \
"DESTINATION  SIDE    VLAN   MTU  AGE S  EXPIRES S
10.1.0.100   client     0  1400     12        588"
run nat
check "rules as a table" shows \
"TABLE  DIRECTION  PROTOCOL  FROM               TO             ORIGIN
host   inbound    tcp       198.51.100.1:8080  10.88.0.10:80  config"
run nat add udp "[2001:db8::1]:53" to "[fd88::10]:53"
check "a rule is passed on as written" asked \
	'{"noun":"nat","verb":"add","args":["udp","[2001:db8::1]:53","to","[fd88::10]:53"]}'
run flow show service web client 10.1.0.100
check "40000 flows in one answer" eval '[ $rc = 0 ] && [ "$(wc -l <"$WORK/out")" = 40001 ]'
check "keys are passed on as written" asked \
	'{"noun":"flow","verb":"show","args":["service","web","client","10.1.0.100"]}'
check "a flow is a line" says 0 out \
	"web      10.1.0.100:1024   10.2.0.2:1024   10.2.0.11:8080  established  20 ms"
run flow count
check "flow count" says 0 out "flows      40000"
for words in engine "service show web" "scale log" scale stats mss pmtu nat flow; do
	# shellcheck disable=SC2086 # words
	run -j $words
	check "-j $words prints what vfleetd said" \
		diff <(/usr/bin/python3 - "$words" <<-EOF
			import json, sys
			sys.path.insert(0, "$TESTDIR/netns")
			sys.dont_write_bytecode = True
			from fake_vfleetd import RESULTS
			noun, verb = (sys.argv[1].split() + ["show"])[:2]
			print(json.dumps(RESULTS[(noun, verb)], sort_keys=True))
		EOF
		) <(/usr/bin/python3 -c 'import json, sys
print(json.dumps(json.load(sys.stdin), sort_keys=True))' <"$WORK/out")
done

run engine stop some
check "an ID or all" says 2 err "vfleet: expected ID|all, not 'some'"
run engine stop 9
check "a refusal is vfleetd's sentence" refuses \
	"stop engine 9: there is no engine 9 (ENOENT)"
run -j scale to 9
check "-j: a refusal is JSON" json_says 1 \
	'.errno == "ERANGE" and
	 .error == "cannot scale to 9 engines: the configuration allows 1 to 4 engines"'
run scale to 3
check "progress is told" says 0 err "moved 85 slices"
check "and the new entry of the ledger" says 0 out \
	" 3  03:04:05  2->3     128  31.4k  1.23 ms    12     0      0  1.53 s  operator"
run engine start
check "or that there is none" shows "nothing to change"
run -j scale to 3
check "-j: no progress, one JSON" json_says 0 '.to == 3'
run scale auto on
check "a connection that breaks is a failure" refuses \
	"switch automatic scaling on: vfleetd closed the connection" \
	"before it answered (ECONNRESET)"
run service enable web 10.2.0.11:8080
check "an answer of another kind is a failure" refuses \
	"enable 10.2.0.11:8080 of web: vfleetd gave an answer" \
	"that is not understood (EPROTO)"
run service drain web 10.2.0.11:8080
check "what was done is told" says 0 out "state    drained"
run -j engine start
check "-j: null is JSON too" json_says 0 '[.] == [null]'

run service show $'\377'
check "a word that is not UTF-8 is refused" \
	refuses "show services: a word on the command line is not UTF-8 (EILSEQ)"

run config
check "config show prints the YAML" shows "$(printf 'fleet:\n  min: 1')"
run config check "$0"
check "config check says good, and warns" shows "a.yaml is a good configuration
warning: mss too high"
run config apply "$0"
check "config apply says in force" shows "a.yaml is in force"
"$VFLEET" -s "$SOCKET" config show | "$VFLEET" -s "$SOCKET" config apply - >/dev/null
check "config show | config apply -" asked \
	'{"noun":"config","verb":"apply","args":["-"],"file":"-","text":"fleet:\n  min: 1\n"}'
echo "fleet: {}" >"$WORK/new.yaml"
run config check "$WORK/new.yaml"
file=$WORK/new.yaml
check "config check sends the text" asked \
	'{"noun":"config","verb":"check","args":["'"$file"'"],"file":"'"$file"'",
	  "text":"fleet: {}\n"}'
run config apply "$WORK/none.yaml"
check "no such file" refuses \
	"apply $WORK/none.yaml: No such file or directory (ENOENT)"
printf 'fleet:\0' >"$WORK/nul.yaml"
run config apply "$WORK/nul.yaml"
check "a file with NUL is refused" refuses \
	"apply $WORK/nul.yaml: the file is not text:" "it has NUL or is not UTF-8 (EILSEQ)"
printf 'fleet: \377\n' >"$WORK/latin.yaml"
run config apply "$WORK/latin.yaml"
check "so is one that is not UTF-8" refuses \
	"apply $WORK/latin.yaml: the file is not text:" "it has NUL or is not UTF-8 (EILSEQ)"

run monitor
check "monitor prints a line per event" says 1 out "03:04:05.678  scale_done      1 -> 2 engines"
check "no control character reaches the terminal" \
	says 1 out "03:04:06.000  backend_down    web: 10.2.0.12:8080 is ?[31mdown"
check "its end is told" refuses \
	"watch events: vfleetd closed the connection (ECONNRESET)"
run -j monitor
check "-j: events and the end as JSON" eval '[ $rc = 1 ] &&
	[ "$(jq -r ".event // .errno" "$WORK/out" | xargs)" = \
		"scale_done backend_down ECONNRESET" ]'
# top runs until it is told to stop; vfleetd has answered twice by then.
spawn '' "$WORK/top" "$VFLEET" -s "$SOCKET" -j top
check "-j top: a sample per line" wait_for '[ "$(wc -l <"$WORK/top")" -ge 2 ]' 10
kill -TERM "$SPAWNED"
rc=0
wait "$SPAWNED" || rc=$?
check "top ends when told to" [ "$rc" = 0 ]
head -1 "$WORK/top" >"$WORK/out"
check "a sample has engines, services, scale" json_says 0 \
	'(.engines | length) == 2 and .services[0].name == "web" and .scale.max == 4'
check "top on a terminal: tables, and q ends it" eval '(
	# the key is there before the first sample: one is shown all the same
	printf q | script -qec "stty cols 80 rows 24; $VFLEET -s $SOCKET top" /dev/null |
		tr -d "\r" | grep -q "  0    1  ready .* 128   31.4k ")'

rc=0
"$VFLEET" -s "$SOCKET" engine >/dev/full 2>"$WORK/err" || rc=$?
check "a full disk is noticed" refuses \
	"write the output: No space left on device"

# on_terminal WORDS...: the output on a terminal of 80 columns
on_terminal()
{
	script -qec "stty cols 80; '$VFLEET' -s '$SOCKET' $*" /dev/null </dev/null | tr -d '\r'
}

fit_80_columns()
{
	local words

	for words in engine service stats mss pmtu nat "scale log" scale; do
		on_terminal "$words" | awk 'length > 80 { print; exit 1 } END { exit NR < 2 }' ||
			return 1
	done
}

check "tables fit a terminal of 80 columns" fit_80_columns
check "the last column is cut there, and only there" \
	eval '! on_terminal scale log | grep -q "no core left$"'

[ "$(id -u)" = 0 ] || { echo "not root: kernel and doctor not looked at"; exit 0; }

# The module's family lives in the initial network namespace only.
rc=0
unshare -n "$VFLEET" -j pf >"$WORK/out" 2>"$WORK/err" || rc=$?
check "no module: a sentence with the mend" json_says 1 \
	'.errno == "ENOENT" and (.error | test("modprobe vfleet"))'
rc=0
unshare -n "$VFLEET" lease acquire -- touch "$WORK/ran" >"$WORK/out" 2>"$WORK/err" || rc=$?
check "no lease: the command does not run" eval '[ $rc = 1 ] && [ ! -e "$WORK/ran" ]'

# doctor PREPARATION: run it with files of the system replaced; verdicts in $WORK/out
doctor()
{
	rc=0
	unshare -m bash -c "set -e
		$1
		exec '$VFLEET' -s '$SOCKET' -j doctor" >"$WORK/out" 2>"$WORK/err" || rc=$?
}

verdict() { [ "$(jq -r ".[] | select(.check == \"$1\").verdict" "$WORK/out")" = "$2" ]; }

run doctor
check "doctor: one line per check" \
	eval '[ "$(grep -cE "^(ok|warn|bad) +[a-z-]+ +." "$WORK/out")" = 15 ]'
grep -v sse4_2 /proc/cpuinfo >"$WORK/cpuinfo" || true
printf 'flags\t\t: fpu cx16 lahf_lm popcnt pni ssse3 sse4_1\n' >>"$WORK/cpuinfo"
doctor "mount --bind '$WORK/cpuinfo' /proc/cpuinfo"
check "doctor: a CPU without SSE4.2 is bad" eval '[ $rc = 1 ] && verdict cpu bad'
check "doctor: what is bad has a mend" \
	json_says 1 'map(select(.verdict != "ok" and .mend == null)) == []'
check "doctor: a running vfleetd is seen" verdict vfleetd ok
doctor "mount -t tmpfs none /sys/kernel; mkdir -p /sys/kernel/iommu_groups/{0,1}"
check "doctor: IOMMU groups are seen" verdict iommu ok
doctor "mount -t tmpfs none /sys/kernel"
check "doctor: no IOMMU is bad" eval '[ $rc = 1 ] && verdict iommu bad'
nic=/sys/bus/pci/devices/0000:01:00.0
doctor "mount -t tmpfs none /sys/bus; mkdir -p $nic /sys/bus/pci/drivers/vfio-pci
	echo 7 >$nic/sriov_totalvfs; echo 0x020000 >$nic/class"
check "doctor: a NIC with SR-IOV is seen" verdict pf ok
check "doctor: vfio-pci is seen" verdict vfio-pci ok
doctor "mount -t tmpfs none /sys/bus; mkdir -p $nic
	echo 7 >$nic/sriov_totalvfs; echo 0x010802 >$nic/class"
check "doctor: an NVMe drive is no NIC" eval '[ $rc = 1 ] && verdict pf bad'
doctor "mount -t tmpfs none /sys/bus; mkdir -p $nic/iommu_group/devices/0000:01:00.0
	echo 7 >$nic/sriov_totalvfs"
check "doctor: a card in a group of its own" verdict groups ok
doctor "mount -t tmpfs none /sys/bus
	mkdir -p $nic/iommu_group/devices/{0000:00:01.0,0000:01:00.0}; echo 7 >$nic/sriov_totalvfs"
check "doctor: a card that shares its group" verdict groups warn
vf=/sys/bus/pci/devices/0000:01:10.0
doctor "mount -t tmpfs none /sys/bus
	mkdir -p $vf/iommu_group/devices/{0000:00:01.0,0000:01:10.0}
	ln -s ../0000:01:00.0 $vf/physfn"
check "doctor: a VF that does" verdict groups warn
check "doctor: and which" grep -q '0000:01:10.0 shares' "$WORK/out"
doctor "mount -t tmpfs none /sys/bus; mkdir -p $vf; ln -s ../0000:01:00.0 $vf/physfn
	ln -s ../../drivers/vfio-pci $vf/driver"
check "doctor: VFs with vfio-pci can be adopted" verdict autoprobe ok
doctor "mount -t tmpfs none /sys/bus; mkdir -p $vf; ln -s ../0000:01:00.0 $vf/physfn
	ln -s ../../drivers/igbvf $vf/driver"
check "doctor: VFs with another driver cannot" verdict autoprobe warn
check "doctor: what to do about it" grep -q '0000:01:00.0/sriov_drivers_autoprobe' "$WORK/out"
vfio=/sys/module/vfio/parameters
doctor "mount -t tmpfs none /sys/module; mkdir -p $vfio; echo N >$vfio/enable_unsafe_noiommu_mode"
check "doctor: vfio insists on an IOMMU" verdict no-iommu ok
doctor "mount -t tmpfs none /sys/module; mkdir -p $vfio; echo Y >$vfio/enable_unsafe_noiommu_mode"
check "doctor: vfio does not" verdict no-iommu warn
pages=/sys/kernel/mm/hugepages/hugepages-2048kB
doctor "mount -t tmpfs none /sys/kernel; mkdir -p $pages; echo 512 >$pages/nr_hugepages"
check "doctor: hugepages are seen" verdict hugepages ok
doctor "ulimit -l 64; exec setpriv --reuid 65534 --clear-groups '$VFLEET' -j doctor"
check "doctor: locked memory matters to others than root" verdict memlock bad
check "doctor: so do capabilities" verdict privilege bad
doctor "mount -t tmpfs none /usr/bin"
check "doctor: containers need podman" verdict containers warn
share=/usr/local/share
doctor "mount -t tmpfs none $share; mkdir $share/vfleet; touch $share/vfleet/engine-seccomp.json"
check "doctor: with podman, a runtime and the profile they can start" verdict containers ok
modules=/lib/modules/$(uname -r)
# A machine whose kernel came without modules has no such directory to mount on.
if [ ! -d /lib/modules ]; then
	mkdir /lib/modules
	at_exit 'rmdir /lib/modules'
fi
doctor "mount -t tmpfs none /lib/modules; mkdir $modules
	echo 'extra/vfleet.ko: kernel/vfio-pci.ko.xz' >$modules/modules.dep"
check "doctor: an installed module is seen" eval 'verdict module warn || verdict module ok'

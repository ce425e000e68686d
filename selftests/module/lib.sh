# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# lib.sh - what the module tests share; they run in the lab's guest
#
# module_up gives PF and PF2, the PCI addresses of two igb PFs with link, and the module
# loaded. "t" is lease-tool, "raw" netlink-tool: see the words at their top. Output is
# KTAP: a line for each check, the plan at the end.

# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

[ -n "${VFLEET_LAB:-}" ] || skip "runs in the lab's guest only: selftests/lab/run"

T=$BUILD/selftests/module/lease-tool
RAW=$BUILD/selftests/module/netlink-tool

echo "KTAP version 1"
results=0
at_exit 'echo "1..$results"'

ok()
{
	results=$((results + 1))
	echo "ok $results $*"
}

# fail TEXT: one failure ends the test
fail()
{
	results=$((results + 1))
	echo "not ok $results $*"
	exit 1
}

check()
{
	local text=$1

	shift
	"$@" || fail "$text"
	ok "$text"
}

[ -x "$T" ] && [ -x "$RAW" ] || fail "$T or $RAW is not built"

t()
{
	"$T" "$@"
}

raw()
{
	"$RAW" send "$@"
}

# pf_of MAC: the PCI address of the PF with this MAC
pf_of()
{
	local dir mac

	for dir in /sys/bus/pci/drivers/igb/0000:*/net/*; do
		read -r mac <"$dir/address"
		[ "$mac" != "$1" ] || basename "$(readlink -f "$dir/device")"
	done
}

link_up()
{
	local name

	name=$(ls "/sys/bus/pci/devices/$1/net")
	ip link set "$name" up
	wait_for "grep -q 1 /sys/class/net/$name/carrier" 20 || fail "$1 has no link"
}

# pool PF N: make a pool. The PF's link goes down and up again at that, and a rate needs it.
pool()
{
	t pool "$1" "$2" && link_up "$1"
}

module_up()
{
	modprobe -a igb vfio-pci vfleet
	PF=$(pf_of 52:54:00:00:0a:01)
	PF2=$(pf_of 52:54:00:00:0b:01)
	link_up "$PF"
	link_up "$PF2"
}

# vf BDF: "STATE DRIVER LEASE MAC VLAN SPOOFCHK TRUST MAXRATE RESETS"
vf()
{
	t vf | sed -n "s/^$1 //p"
}

# pf BDF: "STATE NUM FREE LEASED QUARANTINED GENERATION TOTAL"
pf()
{
	t pf | sed -n "s/^$1 //p"
}

state_is()
{
	[[ "$(vf "$1")" == "$2 "* ]]
}

# The settings of a VF that nobody has or had
NEW="- 0 00:00:00:00:00:00 0 1 0 0"

free_and_new()
{
	[[ "$(vf "$1")" == "free $NEW "* ]]
}

# refuses ERRNO 'WORDS' COMMAND...: lease-tool fails with this errno and a sentence that
# has these words
refuses()
{
	local errno=$1 words=$2 said

	shift 2
	if said=$(t "$@" 2>&1 </dev/null); then
		fail "not refused: $*"
	fi
	[[ "$said" == "$errno: "*"$words"* ]] ||
		fail "$*: expected $errno '$words', got '$said'"
	ok "refused: $* -> $said"
}

# hold NAME [WORD...]: an owner in the background. $WORK/NAME has its output, OWNER its
# process id, VF ID GROUP MAC what it got; it lives until let_go NAME or its death.
# HOW=vfio, polite, orphan or fork are other ways to own.
declare -A HOLD_FD
# shellcheck disable=SC2034 # for the tests
hold()
{
	local name=$1 fd

	shift
	mkfifo "$WORK/$name.in"
	"$T" "${HOW:-hold}" "$@" <"$WORK/$name.in" >"$WORK/$name" 2>"$WORK/$name.err" &
	OWNER=$!
	at_exit "kill -9 $OWNER 2>/dev/null"
	exec {fd}>"$WORK/$name.in"
	HOLD_FD[$name]=$fd
	wait_for "[ -s $WORK/$name ] || ! kill -0 $OWNER" 10 || fail "no answer to $name"
	read -r ID VF GROUP MAC <"$WORK/$name" ||
		fail "owner $name got nothing: $(cat "$WORK/$name.err")"
	case ${HOW:-hold} in
	vfio | polite | orphan)
		wait_for "grep -q open $WORK/$name || ! kill -0 $OWNER" 10
		grep -q open "$WORK/$name" || fail "vfio: $(cat "$WORK/$name.err")"
		;;
	esac
}

let_go()
{
	local fd=${HOLD_FD[$1]}

	exec {fd}>&-
}

# doctor, verdict CHECK: what 'vfleet doctor' finds on this machine
doctor()
{
	"$BUILD/userspace/cli/vfleet" -j doctor >"$WORK/doctor" || true
}

verdict()
{
	jq -r ".[] | select(.check == \"$1\").verdict" "$WORK/doctor"
}

#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# command.sh - pf, vf, lease, monitor and doctor of the vfleet command, on a real pool
# shellcheck disable=SC2016 # conditions go to eval as they are written

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

VFLEET=$BUILD/userspace/cli/vfleet
[ -x "$VFLEET" ] || fail "$VFLEET is not built"

# answers WORDS FILTER: vfleet -j WORDS answers, and jq agrees
answers()
{
	# shellcheck disable=SC2086 # words
	"$VFLEET" -j $1 >"$WORK/answer" && jq -e "$2" "$WORK/answer" >/dev/null && return
	cat "$WORK/answer" >&2
	return 1
}

# says SENTENCE WORDS...: exit status 1 and this sentence, letter by letter
says()
{
	local sentence=$1 rc=0

	shift
	"$VFLEET" "$@" >"$WORK/answer" 2>"$WORK/refusal" || rc=$?
	[ "$rc" = 1 ] && [ "$(cat "$WORK/refusal")" = "vfleet: $sentence" ] && return
	cat "$WORK/answer" "$WORK/refusal" >&2
	return 1
}

# holds FILTER FILE: jq agrees with what is in it
holds() { jq -e "$1" "$2" >/dev/null; }

module_up
spawn '' "$WORK/events" "$VFLEET" monitor
MONITOR=$SPAWNED
spawn '' "$WORK/events.json" "$VFLEET" -j monitor
# Neither says that it listens: a setting of a PF's pool is heard when it does.
check "monitor listens" wait_for "'$VFLEET' pf set $PF vfs 1 && '$VFLEET' pf set $PF vfs 0 &&
	grep -q active '$WORK/events' && grep -q active '$WORK/events.json'" 30

check "PFs before" answers pf "map(select(.bdf == \"$PF\"))[0] | [.driver, .state, .total_vfs,
	.num_vfs, .free_vfs, .leased_vfs, .quarantined_vfs] == [\"igb\", \"idle\", 7, 0, 0, 0, 0]"
check "too many VFs are refused in the module's words" \
	says "cannot set 8 VFs on $PF: device supports 7 (ERANGE)" pf set "$PF" vfs 8
check "so is a device that is none" \
	says "cannot show PFs: $("$VFLEET" -j pf show 0000:ff:00.0 |
		jq -r '.error | sub("cannot show PFs: "; "")') (ENODEV)" pf show 0000:ff:00.0
check "pf set" answers "pf set $PF vfs 3" \
	'.[0] | .num_vfs == 3 and .free_vfs == 3 and .state == "active" and .generation > 0'
check "how it is run" answers "pf set $PF guard off drain-timeout 3000 drain-poll 50" \
	'.[0] | [.policy, .guard, .drain_timeout_ms, .drain_poll_ms] == ["parked", false, 3000, 50]'
check "all or nothing" eval '! "$VFLEET" -j pf set "$PF" policy vfio drain-poll 60 \
	>"$WORK/answer" && answers "pf show $PF" ".[0].drain_poll_ms == 50"'
check "the guard again" answers "pf set $PF guard on" '.[0].guard'
check "all VFs are listed" answers vf 'length == 3 and all(.[]; .state == "free" and
	.driver == null and .lease_id == null and (.iommu_group | type) == "number")'
check "keys of a VF" answers vf 'all(.[]; has("bdf","pf","index","state","driver",
	"iommu_group","lease_id","generation","tuning"))'
"$VFLEET" vf >"$WORK/table"
check "as a table of 80 columns" eval '[ "$(wc -l <"$WORK/table")" = 4 ] &&
	awk "length > 80 { exit 1 }" "$WORK/table"'
VF=$("$VFLEET" -j vf | jq -r '.[0].bdf')

check "a free VF takes no settings" \
	says "cannot set $VF: the VF is free: it needs a lease first (EBUSY)" \
	vf set "$VF" vlan 100
check "vf reset" answers "vf reset $VF" '.[0].bdf == "'"$VF"'"'
check "and it is as new" wait_for "answers 'vf show $VF' \
	'.[0] | .state == \"free\" and .resets > 0'" 10

rc=0
"$VFLEET" lease acquire pf "$PF" label "a b" -- bash -c '
	[ -e "/proc/self/fd/$VFLEET_LEASE_FD" ] && [ -c "/dev/vfio/$VFLEET_IOMMU_GROUP" ] &&
	'"$VFLEET"' -j lease | jq -c ".[0] + {want: \"$VFLEET_VF_BDF\", self: $$}"
	exit 7' >"$WORK/command" || rc=$?
check "lease acquire: the command's exit status" [ "$rc" = 7 ]
check "the command holds the lease and knows it" holds \
	'.vf == .want and .pid == .self and .label == "a b" and .uid == 0 and
	 .pf == "'"$PF"'" and .id > 0' "$WORK/command"
check "it ended: the VF is free again" wait_for 'answers vf "all(.state == \"free\")"' 10
check "and no lease is left" answers lease '. == []'
check "a command that is none" \
	says "cannot acquire a lease: /nowhere: No such file or directory (ENOENT)" \
	lease acquire -- /nowhere

spawn '' "$WORK/held" "$VFLEET" -j lease acquire
HOLDER=$SPAWNED
check "without a command it is held" wait_for 'answers vf \
	"map(select(.state == \"leased\" and .driver == \"vfio-pci\")) | length == 1"' 10
check "and printed" holds ".pid == $HOLDER" "$WORK/held"
VF=$(jq -r .vf "$WORK/held")
link_up "$PF" # for the rate; making the pool took the link down
check "vf set" answers "vf set $VF mac 02:00:00:00:0a:10 vlan 100 qos 3 max-rate 50 trust on" \
	'.[0].tuning | [.mac, .vlan, .qos, .max_tx_rate, .trust] ==
	 ["02:00:00:00:0a:10", 100, 3, 50, true]'
check "min-rate is the driver's to refuse" eval '! "$VFLEET" -j vf set "$VF" \
	min-rate 10 trust off >"$WORK/answer" && jq -e ".errno == \"EINVAL\"" "$WORK/answer"'
check "so is vlan-proto" eval '! "$VFLEET" -j vf set "$VF" trust off vlan-proto 802.1ad \
	>"$WORK/answer" && jq -e ".errno == \"EPROTONOSUPPORT\"" "$WORK/answer"'
check "and link" eval '! "$VFLEET" -j vf set "$VF" trust off link on >"$WORK/answer" &&
	jq -e ".errno == \"EOPNOTSUPP\"" "$WORK/answer"'
check "refused, nothing changed" answers "vf show $VF" \
	'.[0].tuning | [.trust, .min_tx_rate, .max_tx_rate, .vlan_proto] ==
	 [true, 0, 50, "802.1Q"]'
check "vlan alone keeps the priority" answers "vf set $VF vlan 101" \
	'.[0].tuning | .vlan == 101 and .qos == 3'
check "qos alone keeps the VLAN" answers "vf set $VF qos 2" \
	'.[0].tuning | .vlan == 101 and .qos == 2'
check "no VLAN is no priority either" answers "vf set $VF vlan 0" \
	'.[0].tuning | .vlan == 0 and .qos == 0'
kill -INT "$HOLDER"
rc=0
wait "$HOLDER" || rc=$?
check "interrupted: done" [ "$rc" = 0 ]
check "let go" wait_for 'answers vf "all(.state == \"free\")"' 10

spawn '' "$WORK/held" "$VFLEET" lease acquire
HOLDER=$SPAWNED
wait_for 'answers lease "length == 1"' 10 || fail "no lease"
ID=$("$VFLEET" -j lease | jq '.[0].id')
check "lease revoke" answers "lease revoke $ID" ".id == $ID"
rc=0
wait "$HOLDER" || rc=$?
check "the holder fails" [ "$rc" = 1 ]
check "and says why" \
	grep -qF ": the lease was revoked or its VF went away (ECANCELED)" "$WORK/held"
check "a lease that is none" eval '! "$VFLEET" -j lease revoke 99999 >"$WORK/answer" &&
	jq -e ".errno == \"ENOENT\"" "$WORK/answer" >/dev/null'
for i in 1 2 3; do
	spawn '' "$WORK/holder$i" "$VFLEET" lease acquire label "$i"
done
wait_for 'answers lease "length == 3"' 10 || fail "not three leases"
check "a fourth is refused" eval '! "$VFLEET" -j lease acquire -- true >"$WORK/answer" &&
	jq -e ".errno == \"EAGAIN\"" "$WORK/answer" >/dev/null'
check "the pool of leased VFs stays" eval '! "$VFLEET" -j pf set "$PF" vfs 0 >"$WORK/answer" &&
	jq -e ".errno == \"EBUSY\"" "$WORK/answer" >/dev/null'
check "leases as a table" eval '"$VFLEET" lease | grep -qE "^ *[0-9]+  $VF .* [123]$"'

check "monitor told of VFs and leases" eval 'grep -qE "^..:..:..\.... +vf +VF $VF is leased" \
	"$WORK/events" && grep -qF "lease $ID of VF" "$WORK/events" &&
	grep -qF "is over (revoked)" "$WORK/events"'
check "and as JSON" eval 'jq -es "map(select(.event == \"lease\" and .id == $ID and
	.reason == \"revoked\")) | length == 1" "$WORK/events.json" >/dev/null'
check "it still runs" kill -0 "$MONITOR"

"$VFLEET" -j doctor >"$WORK/answer" || true
check "doctor finds nothing bad here" holds \
	'map(select(.verdict == "bad")) == []' "$WORK/answer"
check "and the module loaded" holds \
	'any(.[]; .check == "module" and .verdict == "ok")' "$WORK/answer"
check "of this version" holds 'any(.[]; .check == "protocol" and .verdict == "ok")' "$WORK/answer"
unshare -m bash -c "mount -t tmpfs none /sys/module; mkdir /sys/module/vfleet
	echo 9.9.9 >/sys/module/vfleet/version; exec '$VFLEET' -j doctor" >"$WORK/answer" || true
check "a module of another version is seen" holds \
	'any(.[]; .check == "protocol" and .verdict == "warn" and
		(.detail | test("module 9.9.9")))' \
	"$WORK/answer"
said=$("$BUILD/selftests/module/other-version-tool" pf 2>&1) && fail "another protocol is spoken"
check "a program of another protocol is refused: $said" \
	test "${said%%version 1*}" = "EPROTO: the vfleet kernel module speaks "

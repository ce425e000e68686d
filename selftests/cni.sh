# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# cni.sh - the CNI plugin, run as a container runtime runs it
#
# PLUGIN is the program. What runtimes give by environment and stdin is CONF, POD (the
# container's id), NETNS and IFNAME.

CONF='{"cniVersion": "1.1.0", "name": "vfnet", "type": "vfleet-cni"}'
POD='' NETNS='' IFNAME=net1

# cni COMMAND [KEYS]: the plugin with CONF and these keys added to it (a jq object);
# leaves exit status in $rc, its answer in $WORK/answer
cni()
{
	local keys=${2:-'{}'}

	rc=0
	jq "$keys as \$keys | . + \$keys" <<<"$CONF" | env CNI_COMMAND="$1" \
		CNI_CONTAINERID="$POD" CNI_NETNS="$NETNS" CNI_IFNAME="$IFNAME" \
		CNI_PATH="${CNI_PATH:-/usr/lib/cni}" "$PLUGIN" >"$WORK/answer" || rc=$?
}

# pod NAME: a network namespace to attach to, as the runtime makes one
pod()
{
	POD=$1 NETNS=/run/netns/vf$$-$1
	ip netns list | grep -qw "vf$$-$1" && return
	ip netns add "vf$$-$1"
	at_exit "ip netns del vf$$-$1 2>/dev/null"
}

# answers FILTER: it succeeded, and jq agrees with what it wrote
answers()
{
	[ "$rc" = 0 ] && jq -e "$1" "$WORK/answer" >/dev/null && return
	{ echo "exit status $rc, expected 0, and $1"
		cat "$WORK/answer"; } >&2
	return 1
}

# silent: it succeeded and wrote nothing
silent()
{
	[ "$rc" = 0 ] && [ ! -s "$WORK/answer" ] && return
	{ echo "exit status $rc"
		cat "$WORK/answer"; } >&2
	return 1
}

# refuses CODE TEXT: it failed as the specification wants, for this reason
refuses()
{
	[ "$rc" = 1 ] && jq -e --arg text "$2" --argjson conf "$CONF" ".code == $1
		and (.msg | length > 0) and (.details | contains(\$text))
		and .cniVersion == (\$conf.cniVersion? // \"1.1.0\")" \
		"$WORK/answer" >/dev/null && return
	{ echo "exit status $rc, expected code $1 and: $2"
		cat "$WORK/answer"; } >&2
	return 1
}

# add_vf [KEYS]: ADD; what it got is in VF
add_vf()
{
	cni ADD "${1:-}"
	answers '.interfaces[-1].pciID | length > 0' || fail "no VF for $POD"
	# shellcheck disable=SC2034 # for the tests
	VF=$(jq -r '.interfaces[-1].pciID' "$WORK/answer")
	cp "$WORK/answer" "$WORK/result-$POD"
}

# prev_result: KEYS with what ADD answered for this pod
prev_result()
{
	jq -c '{prevResult: .}' "$WORK/result-$POD"
}

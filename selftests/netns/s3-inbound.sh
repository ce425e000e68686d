#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# s3-inbound.sh - ports of the host that lead to a service in a container, whose kernel
# has no part in it
# timeout: 200

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../fleet.sh
. "$TESTDIR/fleet.sh"
# shellcheck source-path=SCRIPTDIR source=../containers.sh
[ -n "${PROCESSES:-}" ] || . "$TESTDIR/containers.sh"
# shellcheck source-path=SCRIPTDIR source=../scenarios/s3.sh
. "$TESTDIR/scenarios/s3.sh"

# one_answer FILE WHAT QUESTIONS ANSWERS: there are questions, and no more or fewer answers;
# both are filters
one_answer()
{
	local questions answers

	questions=$(tcpdump -nr "$1" "$3" 2>/dev/null | wc -l)
	answers=$(tcpdump -nr "$1" "$4" 2>/dev/null | wc -l)
	[ "$questions" -gt 0 ] && [ "$questions" = "$answers" ] ||
		fail "$2: $questions questions, $answers answers: $(tcpdump -nr "$1" 2>/dev/null)"
	echo "ok: $2: each question has one answer"
}

# neighbours: who asks for an address of the engine's hears the engine, and nobody else.
# What is announced without a question does not count.
neighbours()
{
	local file=$WORK/neighbour nd="ip6[48:2] = 0xfd88 and ip6[60:4] = 0x00000010"

	capture_at "$NS_LB" pod0 "$file" 'arp or icmp6'
	ip -n "$NS_LB" neigh flush dev br0
	ip -n "${NS_SERVER[1]}" neigh flush dev eth0
	check "the host asks again who has the service's address" says "$NEIGHBOUR4" \
		"$NS_CLIENT" "http://$HOST4:8080/"
	check "over IPv6, too" says "$NEIGHBOUR4" "$NS_CLIENT" "http://[$HOST6]:8080/"
	stop_pid "$SPAWNED"
	one_answer "$file" "ARP for the service" "arp dst host $POD4 and arp[6:2] = 1" \
		"arp src host $POD4 and arp[6:2] = 2 and not dst host $POD4"
	one_answer "$file" "ARP for the engine" "arp dst host $ENGINE4 and arp[6:2] = 1" \
		"arp src host $ENGINE4 and arp[6:2] = 2 and not dst host $ENGINE4"
	one_answer "$file" "ND for the service" \
		"icmp6 and ip6[40] = 135 and $nd" \
		"icmp6 and ip6[40] = 136 and $nd and ip6[44] & 0x40 != 0"
}

s3_up
check "rules are listed, and in the kernel" s3_listed
s3_translated
s3_hairpin
s3_run_time
s3_reload
s3_supervisor_dies
neighbours
s3_flat "${REQUESTS:-10000}"
check "no packet is unaccounted for" into /dev/null wait_for conserved 20
s3_end

#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# attributes.sh - a message that is not exactly right is refused, and changes nothing
#
# timeout: 300

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# what must stay as it is; "resets" of a VF may grow
snapshot()
{
	t pf
	t vf | awk '{ NF--; print }'
	t lease
}

# row ERRNO 'WORDS' CMD WORD...: of netlink-tool; the sentence has these words
row()
{
	local errno=$1 words=$2 said

	shift 2
	! said=$(raw "$@" 2>&1) || fail "not refused: $*"
	[[ "$said" == "$errno: "*"$words"* ]] ||
		fail "$*: expected $errno '$words', got '$said'"
	[ "$errno" = EOPNOTSUPP ] || [ -n "${said#*: }" ] || fail "$*: no sentence"
	ok "$* -> $said"
}

PF_GET=1 PF_SET=2 PF_NTF=3 VF_GET=4 VF_SET=5 VF_RESET=6 ACQUIRE=8 LEASE_GET=9 REVOKE=10

module_up
t pool "$PF" 2
hold one pf "$PF" index 0
read -r generation < <(pf "$PF" | cut -d' ' -f6)
before=$(snapshot)

echo "# commands"
row EOPNOTSUPP "" 0
row EOPNOTSUPP "" 99
row EOPNOTSUPP "" $PF_NTF "1:s:$PF"
row EOPNOTSUPP "" $PF_SET dump
row EOPNOTSUPP "" $ACQUIRE dump
row EINVAL "" $PF_GET reserved "1:s:$PF"

echo "# missing"
row EINVAL "names no PF" $PF_GET
row EINVAL "nothing to set" $PF_SET "1:s:$PF"
row EINVAL "names no PF" $PF_SET 6:u32:2
row EINVAL "names no VF" $VF_GET
row EINVAL "nothing to set" $VF_SET "1:s:$VF"
row EINVAL "names no VF" $VF_SET nest:12 8:u8:0 end
row EINVAL "names no VF" $VF_RESET
row EINVAL "needs a PF" $ACQUIRE 3:u32:0
row EINVAL "names no lease" $LEASE_GET
row EINVAL "names no lease" $REVOKE

echo "# unknown, or only ever in a reply"
for cmd in $PF_GET $PF_SET $VF_GET $VF_SET $VF_RESET; do
	row EINVAL "nknown attribute" "$cmd" "1:s:$PF" 63:u32:1
done
row EINVAL "nknown attribute" $ACQUIRE 63:u32:1
row EINVAL "nknown attribute" $REVOKE 63:u32:1
row EINVAL "nknown attribute" $VF_SET "1:s:$VF" nest:12 63:u8:1 end
row EINVAL "nsupported attribute" $PF_SET "1:s:$PF" 6:u32:2 3:u32:1
row EINVAL "nsupported attribute" $ACQUIRE 1:u32:1
row EINVAL "nknown attribute" $PF_GET "1:s:$PF" 5:u32:1
row EINVAL "nknown attribute" $REVOKE 1:u32:1 2:u32:1

echo "# wrong length"
row EINVAL "length" $PF_SET "1:s:$PF" 6:u16:2
row EINVAL "length" $PF_SET "1:s:$PF" 6:x:0000000000000002
row EINVAL "length" $PF_SET "1:s:$PF" 6:x:
row EINVAL "length" $VF_SET "1:s:$VF" nest:12 2:u32:5 end
row EINVAL "length" $VF_SET "1:s:$VF" nest:12 8:u32:1 end
row ERANGE "" $VF_SET "1:s:$VF" nest:12 1:x:0200000000 end
row ERANGE "" $VF_SET "1:s:$VF" nest:12 1:x:02000000000102 end
row EINVAL "" $PF_GET "1:z:$PF"
row EINVAL "" $PF_GET "1:s:0000:01:00.0000000000000"
row EINVAL "" $ACQUIRE "7:s:$(printf 'x%.0s' {1..64})"
row EINVAL "leftover" $PF_GET "1:s:$PF" trail

echo "# wrong type"
row EINVAL "NESTED" $VF_SET "1:s:$VF" bare:12 8:u8:0 end
row EINVAL "NESTED" $PF_SET "1:s:$PF" 6+:u32:2
row EINVAL "" $VF_SET "1:s:$VF" 12:u32:1
row EINVAL "" $PF_GET 1:u32:16843009

echo "# out of range"
row ERANGE "range" $VF_SET "1:s:$VF" nest:12 2:u16:4095 end
row ERANGE "range" $VF_SET "1:s:$VF" nest:12 3:u8:8 end
row ERANGE "range" $VF_SET "1:s:$VF" nest:12 7:u8:2 end
row ERANGE "range" $VF_SET "1:s:$VF" nest:12 8:u8:2 end
row ERANGE "range" $VF_SET "1:s:$VF" nest:12 9:u8:3 end
row ERANGE "range" $ACQUIRE "2:s:$PF" 3:u32:32768
row EINVAL "at most 64000" $PF_SET "1:s:$PF" 11:u32:64001
row EINVAL "" $VF_SET "1:s:$VF" nest:12 3:u8:1 end
row EINVAL "unicast" $VF_SET "1:s:$VF" nest:12 1:x:ffffffffffff end
row EOPNOTSUPP "tunables" $VF_SET "1:s:$VF" nest:12 9:u8:1 end

echo "# stale"
row ESTALE "generation" $PF_SET "1:s:$PF" 6:u32:2 12:u32:$((generation + 1))
row ESTALE "generation" $PF_SET "1:s:$PF" 11:u32:500 12:u32:$((generation - 1))
row ESTALE "generation" $VF_SET "1:s:$VF" 4:u32:$((generation + 1)) nest:12 8:u8:1 end
row ESTALE "generation" $VF_RESET "1:s:$VF" 4:u32:$((generation - 1))
check "the right generation is taken" raw $PF_SET "1:s:$PF" 6:u32:2 "12:u32:$generation"
check "for a VF as well" raw $VF_SET "1:s:$VF" "4:u32:$generation" nest:12 8:u8:0 end

check "nothing has changed" test "$(snapshot)" = "$before"
check "and the owner noticed nothing" kill -0 "$OWNER"

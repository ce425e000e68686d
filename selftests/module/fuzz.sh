#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# fuzz.sh - random messages for a bounded time: the pool is as good afterwards
#
# timeout: 240

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

SECONDS_EACH=${SECONDS_EACH:-10}

# fuzz SEED VF: two at once get in each other's way
fuzz()
{
	"$RAW" fuzz "$SECONDS_EACH" "$1" "$PF2" "$2" >"$WORK/fuzz$1"
}

# usable: a pool can be made, a VF leased and got back
usable()
{
	wait_for "! t vf | grep -qE ' (preparing|leased|draining|resetting) '" 20 ||
		fail "a VF hangs: $(t vf)"
	[ "$(pf "$PF2" | cut -d' ' -f1)" = active ] || t pool "$PF2" 2
	t vf | awk '$2 == "quarantined" { print $1 }' | while read -r vf; do
		t reset "$vf"
	done
	wait_for "t vf | grep -q ' free '" 10
}

module_up
t pool "$PF2" 2
read -r VF0 _ < <(t vf)
seed=$RANDOM
echo "# seeds $seed $((seed + 1))"
fuzz $seed "$VF0" &
fuzz $((seed + 1)) "$VF0"
check "the other has no complaint either" wait $!
check "said: $(cat "$WORK/fuzz$seed")" \
	grep -qE '^sent [0-9]{3,} done [1-9][0-9]* .* without-sentence 0$' "$WORK/fuzz$seed"
check "and: $(cat "$WORK/fuzz$((seed + 1))")" \
	grep -q ' without-sentence 0$' "$WORK/fuzz$((seed + 1))"
check "no lease is left" wait_for '[ -z "$(t lease)" ]' 10
check "the pool is usable" usable
hold after pf "$PF2"
check "a VF can be leased" state_is "$VF" leased
kill -9 "$OWNER"
check "and comes back" wait_for "free_and_new $VF" 10
check "the module can go" rmmod vfleet

# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# lib.sh - check a model of a hand-over, and that the checker sees broken ones

# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

command -v spin >/dev/null || skip "spin is not installed: tools/setup"

# search MODEL [OPTION]...: through every state; the checker's words go to $WORK/out
search()
{
	local model=$TESTDIR/model/$1.pml dir=$WORK/search

	shift
	rm -rf "$dir"
	mkdir -p "$dir"
	(
		cd "$dir" || exit
		spin -a "$@" "$model" >"$WORK/out" 2>&1
		gcc -O1 -w -DSAFETY -DCOLLAPSE -DVECTORSZ=1024 -DMEMLIM=2048 \
			-o pan pan.c
		./pan -m100000 -w24 >>"$WORK/out"
	)
}

# holds MODEL [OPTION]...: no state breaks a rule, and all of them were looked at
holds()
{
	search "$@"
	grep -q ' errors: 0$' "$WORK/out" ||
		fail "$*: $(grep -m 3 -E '^pan|rror' "$WORK/out")"
	! grep -qE 'out of memory|max search depth|aborted' "$WORK/out" ||
		fail "$*: not every state was looked at: $(cat "$WORK/out")"
	echo "ok: $* holds in $(sed -n 's/^ *\([0-9]*\) states, stored.*/\1/p' \
		"$WORK/out") states"
}

# caught MODEL MUTANT [OPTION]...: without that rule something goes wrong
caught()
{
	local model=$1 mutant=$2

	shift 2
	search "$model" "-DMUTANT_$mutant" "$@"
	grep -q 'assertion violated' "$WORK/out" ||
		fail "$model without its rule passes: $mutant ($*)"
	echo "ok: $model $mutant: $(sed -n 's/^pan:1: //p' "$WORK/out")"
}

#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# debug.sh - each check of the debug kernel works, and its complaint fails the guest
# timeout: 480

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"

[ "$(id -u)" = 0 ] || skip "the lab needs root"

# Lock order first: KASAN's report ends lockdep. By whom a leak is, is only told while the
# module is there.
cat >"$WORK/script" <<'EOF'
for kind in order freed shift sleep object; do
	modprobe splat kind=$kind && rmmod splat || exit 1
done
modprobe splat kind=leak
EOF
rc=0
"$TESTDIR/lab/run" -k debug -n -p 0 -m 1G -t 400 -o "$WORK/out" "$WORK/script" \
	>"$WORK/said" 2>&1 || rc=$?
cat "$WORK/said"
[ "$rc" = 123 ] || fail "status $rc, expected 123"
for words in 'new suspected memory leak' 'KASAN: slab-use-after-free' \
	'UBSAN: shift-out-of-bounds' 'possible circular locking' \
	'sleeping function called' 'ODEBUG: init active'; do
	check "told: $words" grep -q "$words" "$WORK/said"
done
check "and where the leak is from" grep -q 'leak.*splat' "$WORK/said"

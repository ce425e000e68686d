#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# container-doc.sh - the commands of docs/containers.md, as they are written there

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../fleet.sh
. "$TESTDIR/fleet.sh"
# shellcheck source-path=SCRIPTDIR source=../containers.sh
. "$TESTDIR/containers.sh"

unset VFLEET_SOCKET
have_binaries
podman_setup
sed -n '/^```sh$/,/^```$/ { /^```/d; p }' "$REPO/docs/containers.md" >"$WORK/commands"
check "the page has commands" [ "$(wc -l <"$WORK/commands")" -gt 10 ]

# Installed things where the page expects them, in a mount namespace; no network but
# an own one.
share=/usr/local/share run=/run/vfleet
mkdir -p "$run"
cat >"$WORK/script" <<END
set -ex
mount -t tmpfs none $share
mkdir $share/vfleet
cp '$SECCOMP' $share/vfleet/
mount -t tmpfs none $run
end()
{
	vfleet engine stop all || true
	kill \$(cat $run/boxes.lock) || true
}
trap end EXIT
cd '$REPO'
$(sed 's,^podman ps$,& | tee $WORK/ps,; s,^vfleet engine$,& | tee $WORK/engines,' \
	"$WORK/commands" | sed "s,\$WORK,$WORK,g")
END
PATH=$BUILD/userspace/cli:$BUILD/userspace/supervisor:$PATH \
	unshare -m -n bash "$WORK/script" >"$WORK/said" 2>&1 </dev/null ||
	fail "$(cat "$WORK/said")"
echo "ok: every command succeeds"
for i in 0 1 2; do
	grep -q "vfleet-boxes-$i\$" "$WORK/ps" || fail "podman: $(cat "$WORK/ps")"
done
echo "ok: podman shows three containers"
check "so does vfleet" [ "$(grep -c ready "$WORK/engines")" = 3 ]
check "nothing is left of them" wait_for nothing_left 20

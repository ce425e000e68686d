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
# an own one. The trace tells which command said what.
share=/usr/local/share run=/run/vfleet names=/run/netns
mkdir -p "$run" "$names"
cat >"$WORK/script" <<END
set -ex
mount -t tmpfs none $share
mkdir $share/vfleet
cp '$SECCOMP' $share/vfleet/
mount -t tmpfs none $run
mount -t tmpfs none $names
end()
{
	vfleet engine stop all || true
	kill \$(jobs -p) \$(cat $run/*.lock) || true
}
trap end EXIT
cd '$REPO'
$(cat "$WORK/commands")
END
PATH=$BUILD/userspace/cli:$BUILD/userspace/supervisor:$PATH \
	unshare -m -n bash "$WORK/script" >"$WORK/said" 2>&1 </dev/null ||
	fail "$(cat "$WORK/said")"
echo "ok: every command succeeds"

# said COMMAND [FILTER...]: what it printed has a line that grep finds. What goes to the
# background is traced at any time.
background=$(sed -n 's/^\(.*\) &$/+ \1/p' "$WORK/commands")
said()
{
	awk -v want="+ $1" -v background="$background" '$0 == background { next }
		index($0, "+ ") == 1 { on = $0 == want; next } on' "$WORK/said" >"$WORK/one"
	grep -q "${@:2}" "$WORK/one" || fail "$1: $(cat "$WORK/said")"
}

# shown COMMAND LINE...: lines of a table; words may have any space between them
shown()
{
	local command=$1 line

	shift
	for line in "$@"; do
		said "$command" -x "${line// / *} *"
	done
}

OUTSIDE='ip netns exec outside'
for i in 0 1 2; do
	said 'podman ps' "vfleet-boxes-$i\$"
done
echo "ok: podman shows three containers"
check "so does vfleet" [ "$(awk '/^\+ / { on = /^\+ vfleet engine$/ } on && /ready/' \
	"$WORK/said" | wc -l)" = 3 ]
check "the host's rule" shown 'vfleet nat show host' \
	'host inbound tcp 198.51.100.1:8080 10.88.0.10:80 config'
check "the service answers at the host's port" said \
	"$OUTSIDE curl -sS http://198.51.100.1:8080/vfleet/status" '"service": *"web"'
check "and at the one that was added" said \
	"$OUTSIDE curl -sS http://198.51.100.1:8081/vfleet/health" -x ok
check "an application has a way out" said 'ip netns exec web ip route' \
	'^default via 192.168.77.1 dev app0'
check "and an answer from outside" said 'ip netns exec web curl -sSI --retry 5'`
	`' --retry-connrefused http://198.51.100.2/README.md' '^HTTP/1.0 200 OK'
check "the engine's rule" shown 'vfleet nat show engine' \
	'engine outbound any 192.168.77.0/24 10.88.0.20 config'
check "and the host's" shown 'vfleet nat show host' \
	'host outbound any 10.88.0.20 masquerade config'
check "the application's connection" said 'vfleet flow' 'outbound-ipv4'
check "nothing is left of them" wait_for nothing_left 20

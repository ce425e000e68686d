#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# examples.sh - every example of vfleet(8) and vfleet-vf(8) does what the page says
# shellcheck disable=SC2016 # conditions go to eval as they are written
# timeout: 400

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../guest.sh
. "$(dirname "$(readlink -f "$0")")/../guest.sh"
# shellcheck source-path=SCRIPTDIR source=../../fleet.sh
. "$TESTDIR/fleet.sh"

# displays PAGE SECTION: its literal displays, as a script and what it prints. A display
# below "This prints:" is what the last command of the one before has to print.
displays()
{
	awk -v section="$2" -v tick="'" '
		/^\.Sh / { inside = $0 == ".Sh " section }
		!inside { next }
		/^\.Bd -literal/ { literal = 1; output = before == "This prints:"; next }
		/^\.Ed/ { if (output) print "END_OF_OUTPUT\n)"; literal = 0; next }
		!literal { before = $0; next }
		{ gsub(/\\e/, "\\"); gsub(/\\\(dq/, "\"") }
		output && literal == 1 {
			print "prints <(cat <<" tick "END_OF_OUTPUT" tick
			literal = 2
		}
		output { print; next }
		/[^\\]$/ && !/^ / { print "begin" }
		{ print }' "$1"
}

# run_page PAGE: what it says goes to $WORK/said, what went wrong too
run_page()
{
	{
		cat <<-'END'
			set -eE
			trap 'echo "failed: $BASH_COMMAND" >&2' ERR
			begin() { n=$((n + 1)); exec >"$WORK/printed.$n"; }
			prints() { diff "$1" "$WORK/printed.$n" >&2; }
		END
		displays "$1" EXAMPLES
	} >"$WORK/script"
	bash "$WORK/script" >"$WORK/said" 2>&1 </dev/null
}

# page FILE: all of it runs, and prints what it says
page()
{
	check "$(basename "$1") has examples" \
		test "$(displays "$1" EXAMPLES | grep -c vfleet)" -ge 8
	run_page "$1" || fail "$(cat "$WORK/script" "$WORK/said")"
	echo "ok: $(basename "$1"): $(grep -cE '^begin|^prints' "$WORK/script") commands, outputs"
}

# Stand-ins: there is no systemd in the guest, and nothing to do for a DPDK program.
stand_in()
{
	cat >"/usr/local/bin/$1"
	chmod +x "/usr/local/bin/$1"
}

have_binaries
topo_up 4 1
servers_start 1 "$WORK"
fleet_config 4 1 >"$CONFIG"
modprobe vfleet
export WORK
ln -s "$VFLEET" /usr/local/bin/vfleet
stand_in systemctl <<-END
	#!/bin/bash
	[ "\$*" = "start vfleetd" ] || exit 5
	exec "$VFLEETD" --config "$CONFIG" --state-dir "$WORK/state"
END
stand_in dpdk-testpmd <<-END
	#!/bin/bash
	echo "\$*" >"$WORK/testpmd"
END
at_exit engines_end

said=$(vf pf set "$PF_CLIENT" vfs 8 2>&1) && fail "8 VFs on a card that has 7"
check "the refusal that vfleet(8) shows: $said" grep -qxF ".Dl \"$said\"" "$REPO/man/vfleet.8"
page "$REPO/man/vfleet.8"
check "the program got its VF: $(cat "$WORK/testpmd")" \
	grep -qE '^-a 0000:[0-9a-f:.]+ -- -i$' "$WORK/testpmd"
wait_for 'vf -j vf | jq -e "all(.state == \"free\")"' 20 || fail "not all free: $(vf vf)"
page "$REPO/man/vfleet-vf.8"

echo "-- a page that is wrong"
check "the pool is given back" wait_for 'vf pf set "$PF_CLIENT" vfs 0' 10
# wrong SCRIPT WORDS: the page, edited by sed, does not pass, and these are said
wrong()
{
	sed "$1" "$REPO/man/vfleet-vf.8" >"$WORK/vfleet-vf.8"
	! cmp -s "$WORK/vfleet-vf.8" "$REPO/man/vfleet-vf.8" || fail "$1 changes nothing"
	! run_page "$WORK/vfleet-vf.8" || fail "$1 is not noticed"
	check "noticed: $1" grep -qF "$2" "$WORK/said"
}
wrong 's/^\[4,4]$/[4,5]/' "[4,5]"
wrong 's/^vfleet vf$/vfleet vfs/' "failed: vfleet vfs"

echo "-- the pool at boot of vfleet-vf(8)"
check "the pool is given back" wait_for 'vf pf set "$PF_CLIENT" vfs 0' 10
rmmod vfleet
displays "$REPO/man/vfleet-vf.8" INSTALLATION | grep -v '^begin' |
	sed -n '/^install vfleet/,$p' >/etc/modprobe.d/vfleet.conf
check "a rule for modprobe" test -s /etc/modprobe.d/vfleet.conf
check "its first user finds the pool" eval '[ "$(vf -j pf show "$PF_CLIENT" |
	jq -c ".[0] | [.state, .num_vfs]")" = "[\"active\",4]" ]'

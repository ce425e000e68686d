# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# lib.sh - what the long tests on VFs begin with: the same script starts a guest and is
# what runs in it

SOAK=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")

# in_guest SCRIPT VARIABLE...: on the host, run it in a guest, with those variables if they
# are set, and end as it does; in the guest, learn the words of fleets on VFs
# shellcheck disable=SC2034 # for the scenarios
in_guest()
{
	local script=$1 name options=()

	if [ -z "${VFLEET_LAB:-}" ]; then
		for name in "${@:2}"; do
			[ -z "${!name:-}" ] || options+=(-e "$name=${!name}")
		done
		# With more memory, some of it above 4 GB, no frame reaches an emulated VF.
		exec "$SOAK/../lab/run" -v -m 2600M -p 600 -t 9000 "${options[@]}" \
			-o "$SOAK/../../build/test-logs/soak/$(basename "$script" .sh).out" \
			"$script"
	fi
	# shellcheck source-path=SCRIPTDIR source=../lab/guest.sh
	. "$SOAK/../lab/guest.sh"
	# shellcheck source-path=SCRIPTDIR source=../fleet.sh
	. "$TESTDIR/fleet.sh"
	# shellcheck source-path=SCRIPTDIR source=../scenarios/stress.sh
	. "$TESTDIR/scenarios/stress.sh"
	# shellcheck source-path=SCRIPTDIR source=../scenarios/generation_deaths.sh
	. "$TESTDIR/scenarios/generation_deaths.sh"
	have_binaries
	# An emulated CPU carries a few Mbit/s, and stands still for a second now and then.
	DOWN_BYTES_PER_S=200000
	STALL_MS=${LAB_STALL_MS:-5000}
	# Up to four engines start at once there.
	START_TIMEOUT_S=180 REST_S=200
	STRESS_UDP_RATE=40
}

# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# s2.sh - the table of two sets of engines, row by row
#
# Sourced after fleet.sh, with a network of one server. Client and server of the
# connections are addresses without a machine: s2rows answers ARP for them, and no
# TCP says anything it is not told to.

S2ROWS=$TESTDIR/clients/s2rows
GHOST_CLIENT=10.1.0.200 GHOST_SERVER=10.2.0.200 PORT_S2=7777

# vf_scale_log CONDITION: of the ledger, for jq
vf_scale_log()
{
	vf -j scale log | jq -e "$1" >/dev/null || fail "$(vf scale log)"
}

scenario_s2()
{
	export STEERING=mirror DRAIN_S=600
	fleet_config 3 1 | sed "/^services:/a\\
  - name: rows\\
    vip: \"$VIP4\"\\
    protocol: tcp\\
    port: $PORT_S2\\
    backends:\\
      - {address: \"$GHOST_SERVER\", port: $PORT_S2}" >"$CONFIG"
	sed 's/drain_deadline_s: 600/drain_deadline_s: 0/' "$CONFIG" >"$WORK/hasty.yaml"
	check "a fleet of one engine starts" fleet_start
	/usr/bin/python3 "$S2ROWS" --vfleet "$VFLEET" --client-ns "$NS_CLIENT" \
		--server-ns "${NS_SERVER[1]}" --client "$GHOST_CLIENT" \
		--server "$GHOST_SERVER" --vip "$VIP4" --port "$PORT_S2" \
		--snat "$SNAT4" --settle "${SETTLE_S:-0.4}" --hasty "$WORK/hasty.yaml" ||
		fail "$(vf engine; vf scale log)"
	check "the ledger has no loss" vf_scale_log 'all(.[]; .lost == 0 and .reordered == 0)'
	check "one event failed, and three were done" vf_scale_log \
		'[.[].outcome] == ["done", "failed", "done", "done"]'
	check "no packet is unaccounted for" into /dev/null wait_for conserved 20
}

#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# passing.sh - a lease is its descriptor: copies keep it, nothing else does
#
# timeout: 300

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

gone()
{
	! kill -0 "$1" 2>/dev/null
}

module_up
t pool "$PF" 2

HOW=fork hold forked
check "forked: the parent dies" wait_for "gone $OWNER" 10
check "the child keeps the lease" state_is "$VF" leased
let_go forked
check "the child ends: free and as new" wait_for "free_and_new $VF" 10

HOW=pass hold passed
check "passed on: the sender dies" wait_for "gone $OWNER" 10
check "the receiver keeps the lease" state_is "$VF" leased
check "the lease tells who acquired it" \
	test "$(t lease | cut -d' ' -f1,2)" = "$ID $VF"
t revoke "$ID"
check "the receiver hears the hangup" wait_for "grep -q hangup $WORK/passed" 10
check "free and as new" wait_for "free_and_new $VF" 10

HOW="exec" hold run
check "another program is run: the lease is not inherited" wait_for "free_and_new $VF" 10
check "though the process lives" kill -0 "$OWNER"
let_go run

HOW=inherit hold inherited
check "the program runs" wait_for "grep -q '^cat$' /proc/$OWNER/comm" 10
check "inherited on purpose, it is" state_is "$VF" leased
let_go inherited
check "the program ends: free and as new" wait_for "free_and_new $VF" 10

HOW=cycle hold cycle
check "left in a socket that nobody can reach: free and as new" \
	wait_for "free_and_new $VF" 20

echo "# the descriptor of a lease that is over"
HOW=deaf hold old pf "$PF" index 0
old_owner=$OWNER
t revoke "$ID"
check "revoked: free although the descriptor is open" wait_for "free_and_new $VF" 10
hold new pf "$PF" index 0
check "another owner gets the VF" test "$(vf "$VF" | cut -d' ' -f1-4)" = \
	"leased vfio-pci $ID $MAC"
kill -9 "$old_owner"
wait_for "gone $old_owner" 10
check "the old descriptor closes: the new owner notices nothing" \
	test "$(vf "$VF" | cut -d' ' -f1-4)" = "leased vfio-pci $ID $MAC"
check "and the lease is still his" test "$(t lease)" = "$ID $VF - $OWNER"
kill -9 "$OWNER"
check "free and as new" wait_for "free_and_new $VF" 10
check "the module can go" rmmod vfleet

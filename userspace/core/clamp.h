/* SPDX-License-Identifier: BSD-3-Clause */
/* clamp.h - the MSS of SYNs that pass: set, counted, learned from */
#ifndef CORE_CLAMP_H
#define CORE_CLAMP_H

#include "connection.h"

/*
 * Choose what the SYNs of a planned connection will say on each side: what the
 * configuration gave service and backend, lowered to plan->path_mtu[] where the
 * path is known.
 */
void clamp_plan(struct connection_plan *plan);

/* Set the MSS of the SYN that opens a connection, or of a later SYN or SYN-ACK of
 * flow `f`. False with verdict DROP when its options are broken. */
bool clamp_first(struct lb *lb, struct pkt *p,
		 const struct connection_plan *plan);
bool clamp_later(struct lb *lb, struct pkt *p, const struct flow *f);

/* The same of a SYN that the engine's own TCP has made for a server, in VLAN p->vlan: by the
 * flow of connection_dial(), which has this key. */
void clamp_own_key(const struct lb *lb, const struct pkt *p,
		   struct flow_key *k);
void clamp_own(struct lb *lb, struct pkt *p, const struct flow *f);

#endif

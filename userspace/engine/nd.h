/* SPDX-License-Identifier: BSD-3-Clause */
/* nd.h - IPv6 neighbours: RFC 4861 */
#ifndef ENGINE_ND_H
#define ENGINE_ND_H

#include "address.h"
#include "buf.h"
#include "snapshot.h"

struct engine;

/* True when the ICMPv6 packet is a neighbour solicitation or advertisement. */
bool nd_is(const struct buf *b);

/* Read one such packet: learn from it, answer it when it asks for an address of
 * ours. The packet stays the caller's. */
void nd_receive(struct engine *e, const struct buf *b);

/* Ask who has `target`, as the address `us` of ours. */
void nd_ask(struct engine *e, const struct snap_address *us,
	    const struct address *target);

/* Unsolicited advertisement: `us` is here. */
void nd_announce(struct engine *e, const struct snap_address *us);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* arp.h - IPv4 neighbours: RFC 826, RFC 5227 */
#ifndef ENGINE_ARP_H
#define ENGINE_ARP_H

#include "address.h"
#include "buf.h"
#include "snapshot.h"

struct engine;

/* Read one ARP packet: learn from it, answer it when it asks for an address of
 * ours. The packet stays the caller's. */
void arp_receive(struct engine *e, const struct buf *b);

/* Ask who has `target`, as the address `us` of ours. */
void arp_ask(struct engine *e, const struct snap_address *us,
	     const struct address *target);

/* Gratuitous ARP: `us` is here. */
void arp_announce(struct engine *e, const struct snap_address *us);

#endif

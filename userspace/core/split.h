/* SPDX-License-Identifier: BSD-3-Clause */
/* split.h - cut an IPv4 packet for a link that takes less: RFC 791 3.2 */
#ifndef CORE_SPLIT_H
#define CORE_SPLIT_H

#include <stdbool.h>

#include "packet.h"

/* Length of the longest piece of a frame, Ethernet header included. */
static inline unsigned split_room(const struct pkt *whole)
{
	return whole->l3 + whole->split;
}

/*
 * The piece that begins with byte *at of the payload of `whole` (VERDICT_SPLIT),
 * as a frame of at most split_room() bytes at piece->frame; sets its len, l3, l4
 * and *at. False when there is none left. A fragment can be cut again.
 */
bool split_next(const struct pkt *whole, unsigned *at, struct pkt *piece);

#endif

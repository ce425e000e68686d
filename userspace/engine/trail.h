/* SPDX-License-Identifier: BSD-3-Clause */
/* trail.h - marks of processed packets, for whoever takes a slice over */
#ifndef ENGINE_TRAIL_H
#define ENGINE_TRAIL_H

#include <stdbool.h>
#include <stdint.h>

#include "fabric.h"
#include "packet.h"

/* Mark of a packet as it came in; never 0. Equal for all copies of it, and for a
 * datagram that is sent again with not a bit changed. */
uint32_t trail_mark(const struct pkt *p);

/* Owner of the slice: this packet is about to be processed. */
void trail_leave(struct fab_trail *trail, uint32_t mark, uint32_t now_ms);

/* New owner: true when the former one has processed a packet with this mark, at
 * `since_ms` or later. One mark stands for one packet: it is gone then. */
bool trail_take(struct fab_trail *trail, uint32_t mark, uint32_t since_ms);

#endif

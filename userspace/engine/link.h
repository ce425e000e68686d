/* SPDX-License-Identifier: BSD-3-Clause */
/* link.h - the tap that applications of the same container send through
 *
 * For everything else in the engine it is VLAN CONFIG_LINK_VLAN of the client side: frames
 * come in as if a NIC had taken that tag off, and what is sent with it goes here.
 */
#ifndef ENGINE_LINK_H
#define ENGINE_LINK_H

#include <stdbool.h>

#include "buf.h"

struct link {
	bool open;
	int fd; /* of the tap, not blocking */
};

/* Take up to `n` frames of applications. */
unsigned link_rx(struct link *l, struct buf_pool *pool, struct buf **bufs,
		 unsigned n);

/* Hand frames to applications; returns how many were taken, in order. The rest stays the
 * caller's. */
unsigned link_tx(struct link *l, struct buf **bufs, unsigned n);

/* True when a frame for the client side goes to the link. */
bool link_takes(const struct link *l, const struct buf *b);

#endif

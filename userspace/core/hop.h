/* SPDX-License-Identifier: BSD-3-Clause */
/* hop.h - the next hop of a new flow, remembered per backend and per gateway */
#ifndef CORE_HOP_H
#define CORE_HOP_H

#include <stdint.h>

#include "fabric.h"
#include "neigh.h"
#include "snapshot.h"

#define HOP_ROUTES (CONFIG_SUBNETS + CONFIG_ROUTES)

/*
 * Neighbours found under the present snapshot, so that most new flows need no
 * look-up. Entries of the neighbour table never go away, so an index stays
 * right until the configuration changes. One per engine; zeroed is empty.
 */
struct hop_cache {
	uint32_t generation; /* of the snapshot the rest belongs to */
	uint16_t backends[FAB_BACKENDS]; /* by slot; 0 = not known, else + 1 */
	uint16_t gateways[HOP_ROUTES]; /* by index of the route; likewise */
};

struct hop_request {
	const struct snapshot *snap;
	struct fab_neigh *neighbours;
	uint32_t now_s;
};

/*
 * Neighbour towards a backend / towards any address on a side and VLAN, marked as wanted.
 * NEIGH_NONE with *reason when there is no route or no room for a neighbour.
 */
uint16_t hop_to_backend(struct hop_cache *cache, const struct hop_request *r,
			const struct snap_backend *backend,
			enum vfl_drop *reason);
uint16_t hop_to(struct hop_cache *cache, const struct hop_request *r,
		uint8_t side, uint16_t vlan, const struct address *to,
		enum vfl_drop *reason);

/* Somebody needs this neighbour. Stores only a change. */
static inline void hop_wanted(struct fab_neigh *n, uint32_t now_s)
{
	if (atomic_load_explicit(&n->wanted_s, memory_order_relaxed) != now_s)
		atomic_store_explicit(&n->wanted_s, now_s,
				      memory_order_relaxed);
}

#endif

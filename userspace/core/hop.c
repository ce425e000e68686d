/* SPDX-License-Identifier: BSD-3-Clause */
/* hop.c - the next hop of a new flow, remembered per backend and per gateway */
#include <string.h>

#include "hop.h"

static void follow_snapshot(struct hop_cache *cache,
			    const struct snapshot *snap)
{
	if (cache->generation == snap->generation)
		return;
	memset(cache, 0, sizeof(*cache));
	cache->generation = snap->generation;
}

/* The neighbour remembered at *known, or asked for and remembered there. */
static uint16_t recall(const struct hop_request *r, uint16_t *known,
		       uint8_t side, uint16_t vlan, const struct address *to,
		       enum vfl_drop *reason)
{
	uint16_t index;

	if (*known) {
		index = *known - 1;
		hop_wanted(&r->neighbours[index], r->now_s);
		return index;
	}
	index = neigh_want(r->neighbours, side, vlan, to, r->now_s);
	if (index == NEIGH_NONE)
		*reason = DROP_neighbour_unresolved;
	else
		*known = index + 1;
	return index;
}

uint16_t hop_to_backend(struct hop_cache *cache, const struct hop_request *r,
			const struct snap_backend *backend,
			enum vfl_drop *reason)
{
	const struct snap_route *route = NULL;
	const struct address *to = &backend->address;

	follow_snapshot(cache, r->snap);
	if (!cache->backends[backend->slot]) {
		route = snapshot_route(r->snap, SIDE_SERVER, backend->vlan, to);
		if (!route) {
			*reason = DROP_no_route;
			return NEIGH_NONE;
		}
		if (route->via.family)
			to = &route->via;
	}
	return recall(r, &cache->backends[backend->slot], SIDE_SERVER,
		      backend->vlan, to, reason);
}

uint16_t hop_to(struct hop_cache *cache, const struct hop_request *r,
		uint8_t side, uint16_t vlan, const struct address *to,
		enum vfl_drop *reason)
{
	const struct snap_route *route =
		snapshot_route(r->snap, side, vlan, to);
	uint16_t nothing = 0, *known = &nothing;

	if (!route) {
		*reason = DROP_no_route;
		return NEIGH_NONE;
	}
	follow_snapshot(cache, r->snap);
	if (route->via.family) {
		known = &cache->gateways[route - snap_array(r->snap, routes,
							    struct snap_route)];
		to = &route->via;
	}
	return recall(r, known, side, vlan, to, reason);
}

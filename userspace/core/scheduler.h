/* SPDX-License-Identifier: BSD-3-Clause */
/* scheduler.h - which backend a new connection gets */
#ifndef CORE_SCHEDULER_H
#define CORE_SCHEDULER_H

#include <stdint.h>

#include "fabric.h"
#include "snapshot.h"

/*
 * Backend for a new connection, or NULL when no backend of the service is
 * usable. The pointer is into the snapshot.
 *
 *   maglev  by `hash`: the same hash gives the same backend on every engine
 *   wrr     the next entry of the service's sequence; *wrr_cursor is the
 *           caller's place in it, any value to begin with
 *   lc      fewest connections per weight, over all engines: sums
 *           loads[0 .. FAB_ENGINES - 1].backend_connections; ties by `hash`
 */
const struct snap_backend *scheduler_pick(const struct snapshot *snap,
					  const struct snap_service *service,
					  uint32_t hash,
					  const struct fab_load *loads,
					  uint32_t *wrr_cursor);

/*
 * A usable backend of the service that is not `slot`, for a connection that did
 * not get through to that one; NULL when there is none.
 */
const struct snap_backend *scheduler_other(const struct snapshot *snap,
					   const struct snap_service *service,
					   uint32_t hash, uint16_t slot);

/*
 * Largest table, in entries, that scheduler_fill() may write for `n` backends
 * whose weights add up to `weights`.
 */
uint32_t scheduler_entries(enum scheduler scheduler, uint32_t n,
			   uint32_t weights);

/*
 * Write the table of a service: indexes into `backends`, of the usable ones in
 * [first, first + n). Returns its entries, 0 when no backend is usable.
 */
uint32_t scheduler_fill(enum scheduler scheduler,
			const struct snap_backend *backends, uint16_t first,
			uint16_t n, uint16_t *table);

#endif

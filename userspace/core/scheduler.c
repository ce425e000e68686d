// SPDX-License-Identifier: BSD-3-Clause
/* scheduler.c - which backend a new connection gets */
#include "scheduler.h"

#include <assert.h>

#include "maglev.h"

static_assert(CONFIG_BACKENDS <= MAGLEV_BACKENDS, "one table holds them all");

/* Connections of a backend on all engines. A single engine's figure may be
 * negative (fabric.h), and the sum too while they change under us. */
static int64_t connections(const struct fab_load *loads, uint16_t slot)
{
	int64_t sum = 0;

	for (unsigned e = 0; e < FAB_ENGINES; e++)
		sum += atomic_load_explicit(&loads[e].backend_connections[slot],
					    memory_order_relaxed);
	return sum > 0 ? sum : 0;
}

/* Compares what the load would be with one connection more, so that idle
 * backends are taken in the order of their weights. */
static const struct snap_backend *
least_connections(const struct snap_backend *backends, const uint16_t *table,
		  uint32_t entries, uint32_t hash, const struct fab_load *loads)
{
	const struct snap_backend *best = NULL;
	int64_t best_count = 0;
	uint32_t at = hash % entries;

	for (uint32_t i = 0; i < entries; i++) {
		const struct snap_backend *b = &backends[table[at]];
		int64_t count = connections(loads, b->slot) + 1;

		if (!best || count * best->weight < best_count * b->weight) {
			best = b;
			best_count = count;
		}
		if (++at == entries)
			at = 0;
	}
	return best;
}

const struct snap_backend *scheduler_pick(const struct snapshot *snap,
					  const struct snap_service *service,
					  uint32_t hash,
					  const struct fab_load *loads,
					  uint32_t *wrr_cursor)
{
	const struct snap_backend *backends =
		snap_array(snap, backends, struct snap_backend);
	const uint16_t *table =
		(const uint16_t *)((const char *)snap + service->table_offset);

	if (!service->table_entries)
		return NULL;
	switch (service->scheduler) {
	case SCHEDULER_LC:
		return least_connections(backends, table,
					 service->table_entries, hash, loads);
	case SCHEDULER_WRR:
		return &backends[table[(*wrr_cursor)++ % service->table_entries]];
	default:
		return &backends[table[hash % service->table_entries]];
	}
}

const struct snap_backend *scheduler_other(const struct snapshot *snap,
					   const struct snap_service *service,
					   uint32_t hash, uint16_t slot)
{
	const struct snap_backend *backends =
		snap_array(snap, backends, struct snap_backend);
	const uint16_t *table =
		(const void *)((const char *)snap + service->table_offset);
	uint32_t entries = service->table_entries;

	for (uint32_t i = 0; i < entries; i++) {
		const struct snap_backend *b =
			&backends[table[(hash % entries + i) % entries]];

		if (b->slot != slot)
			return b;
	}
	return NULL;
}

uint32_t scheduler_entries(enum scheduler scheduler, uint32_t n,
			   uint32_t weights)
{
	switch (scheduler) {
	case SCHEDULER_LC:
		return n;
	case SCHEDULER_WRR:
		return weights;
	default:
		return maglev_entries(n);
	}
}

static void fill_maglev(const struct snap_backend *backends,
			const uint16_t *usable, uint32_t n, uint16_t *table,
			uint32_t entries)
{
	struct maglev_backend list[MAGLEV_BACKENDS];

	for (uint32_t i = 0; i < n; i++) {
		const struct snap_backend *b = &backends[usable[i]];

		list[i] = (struct maglev_backend){
			.address = b->address,
			.port = b->port,
			.vlan = b->vlan,
			.weight = b->weight,
			.value = usable[i],
		};
	}
	maglev_fill(list, n, table, entries);
}

static uint32_t divisor(uint32_t a, uint32_t b)
{
	while (b) {
		uint32_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/*
 * One period of smooth weighted round robin, as nginx orders it: each step
 * gives every backend its weight, takes the richest and charges it the sum.
 * Heavy backends are spread out instead of coming in a row.
 */
static uint32_t fill_wrr(const struct snap_backend *backends,
			 const uint16_t *usable, uint32_t n, uint16_t *table)
{
	int32_t credit[MAGLEV_BACKENDS] = { 0 };
	uint32_t common = backends[usable[0]].weight, sum = 0;

	for (uint32_t i = 0; i < n; i++) {
		common = divisor(common, backends[usable[i]].weight);
		sum += backends[usable[i]].weight;
	}
	for (uint32_t entry = 0; entry < sum / common; entry++) {
		uint32_t richest = 0;

		for (uint32_t i = 0; i < n; i++) {
			credit[i] += backends[usable[i]].weight;
			if (credit[i] > credit[richest])
				richest = i;
		}
		credit[richest] -= sum;
		table[entry] = usable[richest];
	}
	return sum / common;
}

uint32_t scheduler_fill(enum scheduler scheduler,
			const struct snap_backend *backends, uint16_t first,
			uint16_t n, uint16_t *table)
{
	uint16_t usable[MAGLEV_BACKENDS];
	uint32_t count = 0;

	for (uint32_t i = first; i < (uint32_t)first + n; i++) {
		if (backends[i].usable)
			usable[count++] = i;
	}
	if (!count)
		return 0;
	if (scheduler == SCHEDULER_MAGLEV) {
		/* The size must not depend on who is up: another size would
		 * move every connection when one backend fails. */
		uint32_t entries = maglev_entries(n);

		fill_maglev(backends, usable, count, table, entries);
		return entries;
	}
	if (scheduler == SCHEDULER_WRR)
		return fill_wrr(backends, usable, count, table);
	for (uint32_t i = 0; i < count; i++)
		table[i] = usable[i];
	return count;
}

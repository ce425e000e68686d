/* SPDX-License-Identifier: BSD-3-Clause */
/* flow_peek.c - look into a flow store that another engine writes */
#include "flow_table.h"

#define TRIES 64 /* a writer is at it for less than this, or it is dead */

/* As flow_matches(), and the same record before and after. */
static bool is_flow(const struct flow *f, const struct flow_key *k,
		    int32_t *idle_ms, int32_t *timeout_ms)
{
	uint32_t word = atomic_load_explicit(&f->state, memory_order_acquire);
	bool same = flow_matches(f, k);

	*timeout_ms =
		atomic_load_explicit(&f->timeout_ms, memory_order_relaxed);
	*idle_ms -= atomic_load_explicit(&f->seen_ms, memory_order_relaxed);
	atomic_thread_fence(memory_order_acquire);
	/* The state may move on; the generation says whose record it is. */
	return same &&
	       !((atomic_load_explicit(&f->state, memory_order_relaxed) ^
		  word) &
		 FLOW_WORD_GENERATION);
}

static enum flow_sight look(const struct flow_shape *shape,
			    struct flow_shard *shard, const struct flow_key *k,
			    uint32_t now_ms)
{
	const struct bucket *buckets = flow_buckets(shard);
	uint32_t mixed = flow_mix(k->hash), at = flow_home(shape, mixed);
	uint32_t tag = slot_tag(mixed, k->side);

	for (uint32_t n = 0; n < shape->buckets; n++) {
		uint32_t hits = bucket_match(&buckets[at], tag);

		for (; hits; hits &= hits - 1) {
			uint32_t slot = buckets[at].slots[__builtin_ctz(hits)];
			int32_t idle_ms = now_ms, timeout_ms;

			if ((slot & SLOT_RECORD) < shape->capacity &&
			    is_flow(flow_record(shard, shape,
						slot & SLOT_RECORD),
				    k, &idle_ms, &timeout_ms))
				return idle_ms > timeout_ms ? SIGHT_STALE :
							      SIGHT_LIVE;
		}
		if (bucket_empty(&buckets[at]))
			break;
		at = at + 1 == shape->buckets ? 0 : at + 1;
	}
	return SIGHT_NONE;
}

enum flow_sight flow_peek(const struct flow_store *store,
			  const struct flow_key *k, uint32_t now_ms)
{
	const struct flow_shape *shape = flow_shape(store, k->family);
	struct flow_shard *shard = flow_shard(store, shape, k->slice);

	for (unsigned try = 0; try < TRIES; try++) {
		uint32_t version = atomic_load_explicit(&shard->version,
							memory_order_acquire);
		enum flow_sight sight = look(shape, shard, k, now_ms);

		atomic_thread_fence(memory_order_acquire);
		if (!(version & 1) &&
		    atomic_load_explicit(&shard->version,
					 memory_order_relaxed) == version)
			return sight;
	}
	return SIGHT_BUSY;
}

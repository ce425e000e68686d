/* SPDX-License-Identifier: BSD-3-Clause */
/* flow_index.c - add to and remove from the index of a shard */
#include "flow_index.h"

static uint32_t next_bucket(const struct flow_shape *shape, uint32_t at)
{
	return at + 1 == shape->buckets ? 0 : at + 1;
}

void flow_index_add(const struct flow_shape *shape, struct flow_shard *shard,
		    uint32_t hash, unsigned side, uint32_t number)
{
	struct bucket *buckets = flow_buckets(shard);
	uint32_t mixed = flow_mix(hash), at = flow_home(shape, mixed), room;

	/* Ends: there are twice as many slots as flows can use. */
	while (!(room = bucket_empty(&buckets[at])))
		at = next_bucket(shape, at);
	buckets[at].slots[__builtin_ctz(room)] = slot_tag(mixed, side) | number;
}

/* Home of the flow direction a used slot names. */
static uint32_t slot_home(const struct flow_shape *shape,
			  struct flow_shard *shard, uint32_t slot)
{
	const struct flow *f = flow_record(shard, shape, slot & SLOT_RECORD);
	unsigned side = slot >> SLOT_SIDE_SHIFT & 1;

	return flow_home(shape, flow_mix(f->hash[side]));
}

/* Distance from bucket `from` forward to bucket `to`. */
static uint32_t ahead(const struct flow_shape *shape, uint32_t from,
		      uint32_t to)
{
	return to >= from ? to - from : to + shape->buckets - from;
}

/* A slot of bucket `at` that may move back to `hole`, or BUCKET_SLOTS. */
static unsigned movable(const struct flow_shape *shape,
			struct flow_shard *shard, uint32_t at, uint32_t hole)
{
	const struct bucket *b = &flow_buckets(shard)[at];
	unsigned i;

	for (i = 0; i < BUCKET_SLOTS; i++) {
		uint32_t slot = b->slots[i];

		if (slot && ahead(shape, slot_home(shape, shard, slot), at) >=
				    ahead(shape, hole, at))
			break;
	}
	return i;
}

/* Bucket `hole` was full and has lost slot `i`: bring back what overflowed. */
static void refill(const struct flow_shape *shape, struct flow_shard *shard,
		   uint32_t hole, unsigned i)
{
	struct bucket *buckets = flow_buckets(shard);
	uint32_t at = hole;
	unsigned from;
	bool full;

	do {
		at = next_bucket(shape, at);
		full = !bucket_empty(&buckets[at]);
		from = movable(shape, shard, at, hole);
		if (from < BUCKET_SLOTS) {
			buckets[hole].slots[i] = buckets[at].slots[from];
			buckets[at].slots[from] = 0;
			hole = at;
			i = from;
		}
	} while (full);
}

/* Slots are on the move: who peeks meanwhile may miss one. */
static void change_version(struct flow_shard *shard)
{
	atomic_thread_fence(memory_order_release);
	atomic_fetch_add_explicit(&shard->version, 1, memory_order_acq_rel);
	atomic_thread_fence(memory_order_release);
}

void flow_index_remove(const struct flow_shape *shape, struct flow_shard *shard,
		       uint32_t hash, unsigned side, uint32_t number)
{
	struct bucket *buckets = flow_buckets(shard);
	uint32_t mixed = flow_mix(hash), at = flow_home(shape, mixed), hit;
	bool full;

	while (!(hit = bucket_scan(&buckets[at], ~0u,
				   slot_tag(mixed, side) | number))) {
		/* Not there: nothing to do. An owner that was killed may have
		 * left that; flow_shard_recover() builds a new index. */
		if (bucket_empty(&buckets[at]))
			return;
		at = next_bucket(shape, at);
	}
	full = !bucket_empty(&buckets[at]);
	buckets[at].slots[__builtin_ctz(hit)] = 0;
	if (!full)
		return;
	change_version(shard);
	refill(shape, shard, at, __builtin_ctz(hit));
	change_version(shard);
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* flow.c - the flow store: layout, birth and death of records, recovery */
#include "flow.h"
#include "flow_index.h"
#include "flow_table.h"
#include "tally.h"
#include "tcp.h"

/* Index slots per flow: two are used, so the index is at most half full. */
#define SLOTS_PER_FLOW 4

static uint64_t round_up(uint64_t value, uint64_t to)
{
	return (value + to - 1) / to * to;
}

static struct flow_shape make_shape(uint32_t flows, uint32_t record_bytes,
				    uint64_t offset)
{
	struct flow_shape s = { .offset = offset,
				.record_bytes = record_bytes };

	s.capacity = round_up(flows, FAB_SLICES) / FAB_SLICES;
	if (s.capacity > SLOT_RECORD)
		s.capacity = SLOT_RECORD;
	s.buckets =
		round_up((uint64_t)s.capacity * SLOTS_PER_FLOW, BUCKET_SLOTS) /
		BUCKET_SLOTS;
	/* One at least, so that a look-up in a family without room is safe. */
	if (s.buckets == 0)
		s.buckets = 1;
	s.records =
		round_up(sizeof(struct flow_shard) +
				 (uint64_t)s.buckets * sizeof(struct bucket),
			 record_bytes);
	s.splices = s.records + (uint64_t)s.capacity * record_bytes;
	s.stride = round_up(s.splices + (uint64_t)s.capacity * SPLICE_BYTES,
			    record_bytes);
	return s;
}

static struct flow_store make_store(const struct flow_limits *limits)
{
	struct flow_store store;
	struct flow_shape *four = &store.shapes[0], *six = &store.shapes[1];

	*four = make_shape(limits->flows4, FLOW4_BYTES, sizeof(store));
	*six = make_shape(limits->flows6, FLOW6_BYTES,
			  round_up(four->offset + four->stride * FAB_SLICES,
				   FLOW6_BYTES));
	return store;
}

size_t flow_store_bytes(const struct flow_limits *limits)
{
	struct flow_store store = make_store(limits);
	const struct flow_shape *last = &store.shapes[1];

	return last->offset + last->stride * FAB_SLICES;
}

void flow_store_format(struct flow_store *store,
		       const struct flow_limits *limits)
{
	/* Zero says it all for shards, buckets and records. */
	*store = make_store(limits);
}

/* Look through one bucket; sets *room when the chain of buckets ends here. */
static struct flow *find_in(const struct flow_shape *shape,
			    struct flow_shard *shard, const struct bucket *b,
			    uint32_t tag, const struct flow_key *k)
{
	uint32_t hits = bucket_match(b, tag);

	for (; hits; hits &= hits - 1) {
		uint32_t slot = b->slots[__builtin_ctz(hits)];
		struct flow *f = flow_record(shard, shape, slot & SLOT_RECORD);

		if (flow_matches(f, k))
			return f;
	}
	return NULL;
}

struct flow *flow_find(const struct flow_store *store, const struct flow_key *k)
{
	const struct flow_shape *shape = flow_shape(store, k->family);
	struct flow_shard *shard = flow_shard(store, shape, k->slice);
	const struct bucket *buckets = flow_buckets(shard);
	uint32_t mixed = flow_mix(k->hash), at = flow_home(shape, mixed);
	uint32_t tag = slot_tag(mixed, k->side);

	for (;;) {
		struct flow *f = find_in(shape, shard, &buckets[at], tag, k);

		if (f || bucket_empty(&buckets[at]))
			return f;
		at = at + 1 == shape->buckets ? 0 : at + 1;
	}
}

/* A record nobody uses; `capacity` when there is none. */
static uint32_t take_record(const struct flow_shape *shape,
			    struct flow_shard *shard)
{
	uint32_t number, fresh;

	if (shard->free) {
		number = shard->free - 1;
		shard->free = flow_record(shard, shape, number)->hash[0];
		return number;
	}
	fresh = atomic_load_explicit(&shard->fresh, memory_order_relaxed);
	if (fresh < shape->capacity)
		atomic_store_explicit(&shard->fresh, fresh + 1,
				      memory_order_relaxed);
	return fresh;
}

static void give_record(struct flow_shard *shard, struct flow *f,
			uint32_t number)
{
	f->hash[0] = shard->free;
	shard->free = number + 1;
}

/* Count a flow with that state word in or out. */
static void count(struct flow_shard *shard, uint32_t word, int change)
{
	tally_add(&shard->live, change);
	if (flow_ends(word))
		tally_add(&shard->ends, change);
}

struct flow *flow_insert_spliced(struct flow_store *store, uint8_t family,
				 uint8_t slice, const struct flow *draft,
				 const struct splice *splice)
{
	const struct flow_shape *shape = flow_shape(store, family);
	struct flow_shard *shard = flow_shard(store, shape, slice);
	uint32_t number = take_record(shape, shard), word, old;
	struct flow *f;

	if (number == shape->capacity)
		return NULL;
	f = flow_record(shard, shape, number);
	old = atomic_load_explicit(&f->state, memory_order_relaxed);
	word = atomic_load_explicit(&draft->state, memory_order_relaxed);
	word = (word & ~FLOW_WORD_GENERATION) | (old & FLOW_WORD_GENERATION);
	if (splice)
		*flow_splice(store, family, slice, f) = *splice;
	/* Everything behind the state word; that is the publication, last. */
	memcpy((char *)f + sizeof(f->state),
	       (const char *)draft + sizeof(f->state),
	       shape->record_bytes == FLOW4_BYTES ?
		       FLOW4_BYTES - sizeof(f->state) :
		       sizeof(*f) - sizeof(f->state));
	for (unsigned side = 0; side < FAB_SIDES; side++)
		flow_index_add(shape, shard, f->hash[side], side, number);
	count(shard, word, 1);
	atomic_store_explicit(&f->state, word, memory_order_release);
	return f;
}

struct flow *flow_insert(struct flow_store *store, uint8_t family,
			 uint8_t slice, const struct flow *draft)
{
	return flow_insert_spliced(store, family, slice, draft, NULL);
}

/* A free record of the next generation. */
static void bury(struct flow *f)
{
	uint32_t word = atomic_load_explicit(&f->state, memory_order_relaxed);

	word = (word & FLOW_WORD_GENERATION) + FLOW_WORD_GENERATION_ONE;
	atomic_store_explicit(&f->state, word, memory_order_relaxed);
	/* A reader that copies what is written next must see this. */
	atomic_thread_fence(memory_order_release);
}

void flow_remove(struct flow_store *store, uint8_t family, uint8_t slice,
		 struct flow *f)
{
	const struct flow_shape *shape = flow_shape(store, family);
	struct flow_shard *shard = flow_shard(store, shape, slice);
	uint32_t number = ((char *)f - (char *)flow_record(shard, shape, 0)) /
			  shape->record_bytes;

	count(shard, atomic_load_explicit(&f->state, memory_order_relaxed), -1);
	bury(f);
	for (unsigned side = 0; side < FAB_SIDES; side++)
		flow_index_remove(shape, shard, f->hash[side], side, number);
	give_record(shard, f, number);
}

/* Only `fresh` and the state words of the records are believed: both are right
 * at every instruction of insert and remove. */
static void recover(const struct flow_shape *shape, struct flow_shard *shard)
{
	uint32_t fresh =
		atomic_load_explicit(&shard->fresh, memory_order_relaxed);

	atomic_store_explicit(&shard->version, 1, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	memset(flow_buckets(shard), 0, shape->buckets * sizeof(struct bucket));
	atomic_store_explicit(&shard->live, 0, memory_order_relaxed);
	atomic_store_explicit(&shard->ends, 0, memory_order_relaxed);
	shard->free = 0;
	shard->sweep = 0;
	for (uint32_t number = 0; number < fresh; number++) {
		struct flow *f = flow_record(shard, shape, number);
		uint32_t word =
			atomic_load_explicit(&f->state, memory_order_relaxed);

		if (!(word & FLOW_WORD_STATE)) {
			give_record(shard, f, number);
			continue;
		}
		for (unsigned side = 0; side < FAB_SIDES; side++)
			flow_index_add(shape, shard, f->hash[side], side,
				       number);
		count(shard, word, 1);
	}
	atomic_store_explicit(&shard->version, 2, memory_order_release);
}

void flow_shard_recover(struct flow_store *store, uint8_t slice)
{
	for (unsigned i = 0; i < 2; i++)
		recover(&store->shapes[i],
			flow_shard(store, &store->shapes[i], slice));
}

uint32_t flow_count(const struct flow_store *store, uint8_t slice)
{
	uint32_t live = 0;

	for (unsigned i = 0; i < 2; i++) {
		const struct flow_shard *shard =
			flow_shard(store, &store->shapes[i], slice);

		live += atomic_load_explicit(&shard->live,
					     memory_order_relaxed);
	}
	return live;
}

uint32_t flow_fill_pct(const struct flow_store *store)
{
	uint64_t fullest = 0;

	for (unsigned i = 0; i < 2; i++) {
		const struct flow_shape *shape = &store->shapes[i];
		uint64_t room = (uint64_t)shape->capacity * FAB_SLICES;
		uint64_t live = 0;

		for (unsigned slice = 0; slice < FAB_SLICES; slice++)
			live += atomic_load_explicit(
				&flow_shard(store, shape, (uint8_t)slice)->live,
				memory_order_relaxed);
		if (100 * live > fullest * room)
			fullest = 100 * live / room;
	}
	return (uint32_t)fullest;
}

uint32_t flow_count_all(const struct flow_store *store)
{
	uint32_t live = 0;

	for (unsigned slice = 0; slice < FAB_SLICES; slice++)
		live += flow_count(store, slice);
	return live;
}

uint32_t flow_count_ends(const struct flow_store *store)
{
	uint32_t ends = 0;

	for (unsigned i = 0; i < 2 * FAB_SLICES; i++)
		ends += atomic_load_explicit(&flow_shard(store,
							 &store->shapes[i & 1],
							 (uint8_t)(i / 2))
						      ->ends,
					     memory_order_relaxed);
	return ends;
}

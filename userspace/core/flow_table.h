/* SPDX-License-Identifier: BSD-3-Clause */
/* flow_table.h - inside of the flow store: records, shards, look-up */
#ifndef CORE_FLOW_TABLE_H
#define CORE_FLOW_TABLE_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "bucket.h"
#include "fabric.h"
#include "flow.h"
#include "splice.h"

/*
 * One connection. Everything is indexed by the side packets come in on:
 * addrs[SIDE_CLIENT] is client and VIP, addrs[SIDE_SERVER] server and SNAT
 * address, source first, as they lie in the IP header. A packet of one side
 * leaves with the addresses and ports of the other, swapped.
 *
 * Writer: the engine that owns the slice. Readers: any process, through
 * flow_walk(): `state` is stored last at birth and first at death, and carries
 * a generation, so a copy between two equal loads of it is whole.
 */
struct flow {
	_Atomic uint32_t state; /* FLOW_WORD_*; the low byte is 0 when free */
	_Atomic uint32_t seen_ms; /* last packet, at most FLOW_TOUCH_MS ago */
	_Atomic uint32_t timeout_ms; /* of the present state */
	uint32_t hash[FAB_SIDES]; /* free: hash[0] is the next free one + 1 */
	uint32_t ports[FAB_SIDES]; /* source, destination as in the L4 header */
	uint16_t vlan[FAB_SIDES];
	uint16_t neigh[FAB_SIDES]; /* next hop when leaving on that side */
	uint16_t mss[FAB_SIDES]; /* of SYNs leaving on that side: mss_pack() */
	uint16_t service, backend; /* slots */
	uint16_t ip_delta, l4_delta; /* csum_change() client -> server */
	union {
		uint64_t v4[FAB_SIDES];
		uint64_t v6[FAB_SIDES][4];
	} addrs;
};

/* Two record sizes: IPv4 ends after addrs.v4, one cache line. */
#define FLOW4_BYTES 64
#define FLOW6_BYTES 128

_Static_assert(offsetof(struct flow, addrs) + 2 * 8 == FLOW4_BYTES, "v4 size");
_Static_assert(sizeof(struct flow) <= FLOW6_BYTES, "v6 size");

/*
 * State word: enum flow_state in bits 0-7, IP protocol in bits 8-15, FINs seen
 * in bits 16-17, FLOW_SPLICED in bit 18, generation above: it changes whenever
 * a record is freed.
 */
#define FLOW_WORD_STATE		 0xffu
#define FLOW_WORD_PROTOCOL_SHIFT 8
#define FLOW_WORD_GENERATION	 (~0u << 19)
#define FLOW_WORD_GENERATION_ONE (1u << 19)

/*
 * In vlan[] of a side: no packet has it, so the flow is not found from there. The
 * addresses of that side are for people to see, and need not be of this flow alone.
 */
#define FLOW_VLAN_HIDDEN 0x8000u

/* A flow's time stamp is renewed when it is older than this, so that a busy
 * flow does not make its cache line dirty with every packet. */
#define FLOW_TOUCH_MS 250u

/* What one packet looks for; all as the packet has it. */
struct flow_key {
	uint32_t hash, ports;
	uint16_t vlan;
	uint8_t family, protocol, side, slice;
	uint64_t addrs[4]; /* IPv4: the first only */
};

/* Shards of one family have one shape: header, buckets, records, splices. */
struct flow_shape {
	uint64_t offset,
		stride; /* of the shards, from the start of the store */
	uint64_t records; /* offset of the records in a shard */
	uint64_t splices; /* of the splices, one per record */
	uint32_t capacity, buckets, record_bytes, reserved;
};

struct flow_store {
	alignas(64) struct flow_shape shapes[2]; /* IPv4, IPv6 */
};

/* Head of a shard. Writer: owner of the slice; `live`, `ends` and `fresh` are
 * read by any process. */
struct flow_shard {
	alignas(64) _Atomic uint32_t live; /* flows */
	_Atomic uint32_t ends; /* of these, flow_ends() */
	_Atomic uint32_t fresh; /* records from here on were never used */
	uint32_t free; /* first free record below `fresh` + 1; 0 = none */
	uint32_t sweep; /* record the sweep looks at next */
	uint32_t turn; /* new flows so far: where the SNAT port search starts */
	/* Odd while the owner moves slots of the index; r: flow_peek(). */
	_Atomic uint32_t version;
};

static inline const struct flow_shape *
flow_shape(const struct flow_store *store, uint8_t family)
{
	return &store->shapes[family == 6];
}

static inline struct flow_shard *flow_shard(const struct flow_store *store,
					    const struct flow_shape *shape,
					    uint8_t slice)
{
	return (void *)((char *)store + shape->offset + slice * shape->stride);
}

static inline struct bucket *flow_buckets(struct flow_shard *shard)
{
	return (struct bucket *)(shard + 1);
}

static inline struct flow *flow_record(struct flow_shard *shard,
				       const struct flow_shape *shape,
				       uint32_t number)
{
	return (void *)((char *)shard + shape->records +
			(uint64_t)number * shape->record_bytes);
}

/* What lies beside a flow of FLOW_SPLICED; other flows never touch it. */
static inline struct splice *flow_splice(const struct flow_store *store,
					 uint8_t family, uint8_t slice,
					 const struct flow *f)
{
	const struct flow_shape *shape = flow_shape(store, family);
	char *shard = (char *)flow_shard(store, shape, slice);
	uint64_t offset = (const char *)f - (shard + shape->records);

	return (void *)(shard + shape->splices +
			offset / shape->record_bytes * SPLICE_BYTES);
}

/* Toeplitz is linear and its low byte is the slice: spread what is left. The
 * steps of MurmurHash3's finalizer, each one invertible. */
static inline uint32_t flow_mix(uint32_t hash)
{
	hash ^= hash >> 16;
	hash *= 0x85ebca6bu;
	hash ^= hash >> 13;
	hash *= 0xc2b2ae35u;
	return hash ^ hash >> 16;
}

/* Home bucket: the high bits choose, the low ones are the signature. */
static inline uint32_t flow_home(const struct flow_shape *shape, uint32_t mixed)
{
	return (uint64_t)mixed * shape->buckets >> 32;
}

/* IPv6 source and destination; `k` may lie anywhere. No call, no branches. */
static inline bool flow_same6(const uint64_t *f, const void *k)
{
	uint64_t a[4];

	memcpy(a, k, sizeof(a));
	return !((f[0] ^ a[0]) | (f[1] ^ a[1]) | (f[2] ^ a[2]) | (f[3] ^ a[3]));
}

static inline bool flow_matches(const struct flow *f, const struct flow_key *k)
{
	uint32_t word = atomic_load_explicit(&f->state, memory_order_relaxed);

	if (!(word & FLOW_WORD_STATE) ||
	    (uint8_t)(word >> FLOW_WORD_PROTOCOL_SHIFT) != k->protocol ||
	    f->ports[k->side] != k->ports || f->vlan[k->side] != k->vlan)
		return false;
	if (k->family == 4)
		return f->addrs.v4[k->side] == k->addrs[0];
	return flow_same6(f->addrs.v6[k->side], k->addrs);
}

/*
 * Look-up in steps, for many packets at a time, so that the memory they need
 * is fetched meanwhile: flow_aim() all, flow_guess() all, then use them. A
 * guess is a flow whose slot has the signature, or NULL: compare the key.
 */
struct flow_aim {
	const struct bucket *home;
	const struct flow_shard *shard;
	const char *records;
	uint32_t tag, record_bytes;
};

static inline struct flow_aim flow_aim(const struct flow_store *store,
				       uint8_t family, uint8_t slice,
				       uint32_t hash, unsigned side)
{
	const struct flow_shape *shape = flow_shape(store, family);
	struct flow_shard *shard = flow_shard(store, shape, slice);
	uint32_t mixed = flow_mix(hash);
	struct flow_aim aim = {
		.home = &flow_buckets(shard)[flow_home(shape, mixed)],
		.shard = shard,
		.records = (const char *)shard + shape->records,
		.tag = slot_tag(mixed, side),
		.record_bytes = shape->record_bytes,
	};

	__builtin_prefetch(aim.home);
	return aim;
}

static inline struct flow *flow_guess(const struct flow_aim *aim)
{
	uint32_t hits = bucket_match(aim->home, aim->tag), slot;
	const char *f;

	if (!hits)
		return NULL;
	slot = aim->home->slots[__builtin_ctz(hits)];
	f = aim->records + (uint64_t)(slot & SLOT_RECORD) * aim->record_bytes;
	__builtin_prefetch(f);
	if (aim->record_bytes > FLOW4_BYTES)
		__builtin_prefetch(f + FLOW4_BYTES);
	return (struct flow *)f;
}

/* Fetch the record the next flow_insert() will write. */
static inline void flow_fetch_free(const struct flow_store *store,
				   uint8_t family, uint8_t slice)
{
	const struct flow_shape *shape = flow_shape(store, family);
	struct flow_shard *shard = flow_shard(store, shape, slice);
	uint32_t number = shard->free ?
				  shard->free - 1 :
				  atomic_load_explicit(&shard->fresh,
						       memory_order_relaxed);
	const char *f = (const char *)flow_record(shard, shape, number);

	__builtin_prefetch(f, 1);
	if (shape->record_bytes > FLOW4_BYTES)
		__builtin_prefetch(f + FLOW4_BYTES, 1);
}

/* The flow of a key, or NULL. Owner of the slice only. */
struct flow *flow_find(const struct flow_store *store,
		       const struct flow_key *k);

enum flow_sight {
	SIGHT_NONE, /* not in the store */
	SIGHT_LIVE,
	SIGHT_STALE, /* idle for its timeout: the owner may remove it, or see it again */
	SIGHT_BUSY, /* the owner is at work on the index: look again */
};

/*
 * Look for a flow in a store that another engine writes. SIGHT_LIVE is good for
 * FLOW_TOUCH_MS from now on: its owner removes nothing that was not idle so much
 * longer than its timeout.
 */
enum flow_sight flow_peek(const struct flow_store *store,
			  const struct flow_key *k, uint32_t now_ms);

/*
 * Add a live flow, a copy of `draft` (state, hashes and addresses set). NULL
 * when the shard is full. Neither key may be in the shard already.
 */
struct flow *flow_insert(struct flow_store *store, uint8_t family,
			 uint8_t slice, const struct flow *draft);

/* The same with a copy of `splice` beside it; FLOW_SPLICED is set in `draft`. */
struct flow *flow_insert_spliced(struct flow_store *store, uint8_t family,
				 uint8_t slice, const struct flow *draft,
				 const struct splice *splice);

/* Take a live flow out; its record may be reused at once. */
void flow_remove(struct flow_store *store, uint8_t family, uint8_t slice,
		 struct flow *f);

#endif

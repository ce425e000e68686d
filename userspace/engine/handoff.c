/* SPDX-License-Identifier: BSD-3-Clause */
/* handoff.c - packets to and from other engines through the fabric's rings */
#include "handoff.h"

#include <string.h>

#include "engine.h"
#include "ring.h"

void handoff_push(struct engine *e, struct buf *b, uint8_t to)
{
	struct handoff *h = &e->handoff;

	if (to >= e->fabric->engines_max || b->hops >= HANDOFF_HOPS)
		return engine_drop(e, b, DROP_misrouted);
	if (b->pkt.len > ring_frame_bytes(e->fabric))
		return engine_drop(e, b, DROP_oversize);
	if (h->stashed >= HANDOFF_STASH)
		return engine_drop(e, b, DROP_ring_full);
	h->stashed++;
	buf_push(&h->stash[to], b);
}

void handoff_fence(struct engine *e, uint32_t epoch)
{
	struct handoff *h = &e->handoff;

	h->fence_epoch = epoch;
	for (unsigned to = 0; to < e->fabric->engines_max; to++) {
		if (to == e->id || !engine_lives(e->fabric, to))
			continue;
		h->fence_after[to] = h->stash[to].n;
		h->fences_due |= 1u << to;
	}
}

bool handoff_fenced(const struct engine *e)
{
	return e->handoff.fences_due == 0;
}

static void fill_fence(struct fab_slot *slot, uint32_t epoch)
{
	slot->kind = SLOT_FENCE;
	slot->len = 0;
	slot->epoch = epoch;
}

static void fill_packet(struct fab_slot *slot, const struct buf *b)
{
	slot->kind = SLOT_PACKET;
	slot->len = b->pkt.len;
	slot->slice = b->pkt.slice;
	slot->side = b->pkt.side;
	slot->receiver = b->receiver;
	slot->vlan = b->tag;
	slot->seq = b->seq;
	slot->hash = b->pkt.hash;
	slot->hops = b->hops + 1;
	slot->flags = b->pkt.flags & (PKT_L4_CKSUM_OK | PKT_TRACKED);
	slot->ports = b->pkt.ports;
	memcpy(slot->frame + SLOT_HEADROOM, b->pkt.frame, b->pkt.len);
}

/* Put the stash for one engine into its ring, the fence at its place. */
static void put(struct engine *e, uint8_t to)
{
	struct handoff *h = &e->handoff;
	struct fab_ring *r = fabric_ring(e->fabric, e->id, to);
	uint32_t head = atomic_load_explicit(&r->head, memory_order_relaxed);
	uint32_t room = ring_room(e->fabric, r), n = 0, packets = 0;

	for (; n < room; n++) {
		struct fab_slot *slot = ring_slot(e->fabric, r, head + n);
		struct buf *b;

		if (h->fences_due & 1u << to && h->fence_after[to] == 0) {
			fill_fence(slot, h->fence_epoch);
			h->fences_due &= ~(1u << to);
			continue;
		}
		b = buf_pop(&h->stash[to]);
		if (!b)
			break;
		if (h->fences_due & 1u << to)
			h->fence_after[to]--;
		fill_packet(slot, b);
		buf_free(b);
		packets++;
	}
	if (n)
		ring_publish(r, n);
	h->stashed -= packets;
	engine_count(e, CNT_handed_off, packets);
}

#define UNDECIDED (FAB_NO_ENGINE - 1)

/* Engine that gets a slice's packets by its word as it is now. */
static uint8_t new_home(const struct engine *e, uint8_t slice)
{
	uint8_t to = FAB_NO_ENGINE;

	switch (steer_judge(e, slice, &to)) {
	case FATE_MINE:
	case FATE_HOLD:
		return e->id;
	default:
		return to;
	}
}

/*
 * The engine died. Its slices get a new owner; until then the packets wait. But
 * a slice that was leaving it has later packets at its new owner already: what
 * did not get through before the fence is late now, and lost with the dead.
 */
static void rescue(struct engine *e, uint8_t dead, const uint8_t *to)
{
	struct handoff *h = &e->handoff;
	struct buf_queue old = h->stash[dead];
	uint8_t homes[FAB_SLICES];
	struct buf *b;

	h->fences_due &= ~(1u << dead);
	h->stash[dead] = (struct buf_queue){ 0 };
	h->stashed -= old.n;
	/* A word may change meanwhile: all packets of a slice go one way. */
	memset(homes, UNDECIDED, sizeof(homes));
	while ((b = buf_pop(&old))) {
		uint8_t *home = &homes[b->pkt.slice];

		if (*home == UNDECIDED)
			*home = new_home(e, b->pkt.slice);
		if (to[b->pkt.slice] != dead)
			engine_drop(e, b, DROP_ring_full);
		else if (*home == FAB_NO_ENGINE)
			engine_drop(e, b, DROP_misrouted);
		else if (*home == e->id)
			hold_push(e,
				  b); /* in front of what arrives from now on */
		else
			handoff_push(e, b, *home);
	}
}

void handoff_rescue(struct engine *e, const uint8_t *to)
{
	for (unsigned dead = 0; dead < e->fabric->engines_max; dead++)
		if (e->handoff.stash[dead].n && !engine_lives(e->fabric, dead))
			rescue(e, dead, to);
}

void handoff_put(struct engine *e)
{
	struct handoff *h = &e->handoff;
	_Atomic uint32_t *seen = &e->self->epoch_seen;

	for (unsigned to = 0; to < e->fabric->engines_max; to++) {
		bool due = h->fences_due & 1u << to;

		if (!due && !h->stash[to].n)
			continue;
		if (engine_lives(e->fabric, to))
			put(e, to);
		else if (due)
			rescue(e, to, e->steer.to);
	}
	if (!h->fences_due && e->steer.copied &&
	    atomic_load_explicit(seen, memory_order_relaxed) != e->steer.epoch)
		atomic_store_explicit(seen, e->steer.epoch,
				      memory_order_release);
}

/* Copy a packet out of its slot and bring it to where it belongs. */
static void accept_packet(struct engine *e, const struct fab_slot *slot,
			  struct batch *own)
{
	struct buf *b = buf_alloc(e->pool);

	engine_count(e, CNT_rx_ring, 1);
	if (!b) {
		e->drops[DROP_no_mbuf]++;
		return;
	}
	/* An engine with a larger MTU may be at the other end. */
	if (slot->len > buf_frame_bytes(e->pool))
		return engine_drop(e, b, DROP_oversize);
	memcpy(b->pkt.frame, slot->frame + SLOT_HEADROOM, slot->len);
	b->pkt.len = slot->len;
	b->pkt.side = slot->side;
	b->pkt.vlan = b->tag = slot->vlan;
	b->pkt.hash = slot->hash;
	b->pkt.ports = slot->ports;
	/* The receiver checked the IPv4 header when it parsed the packet; what
	 * lies behind it, only if its NIC did. */
	b->pkt.flags = PKT_HASHED | PKT_IP_CKSUM_OK | slot->flags;
	b->receiver = slot->receiver;
	b->seq = slot->seq;
	b->hops = slot->hops;
	pkt_parse(&b->pkt, e->lb.hash);
	if (b->pkt.verdict == VERDICT_NONE)
		steer_now(e, b, own);
	else
		engine_drop(e, b,
			    b->pkt.verdict == VERDICT_DROP ? b->pkt.reason :
							     DROP_misrouted);
}

static unsigned take(struct engine *e, uint8_t from, struct batch *own,
		     unsigned budget)
{
	struct fab_ring *r = fabric_ring(e->fabric, from, e->id);
	uint32_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);
	uint32_t ready = ring_ready(r), n;

	if (ready > budget)
		ready = budget;
	for (n = 0; n < ready; n++) {
		struct fab_slot *slot = ring_slot(e->fabric, r, tail + n);

		if (slot->kind == SLOT_FENCE)
			e->steer.fence_seen[from] = slot->epoch;
		else
			accept_packet(e, slot, own);
	}
	if (n)
		ring_consume(r, n);
	return n;
}

unsigned handoff_take(struct engine *e, struct batch *own, unsigned budget)
{
	struct handoff *h = &e->handoff;
	unsigned n = 0;

	/* Start with another ring each turn, so that none waits for ever. */
	h->take_from = (h->take_from + 1) % e->fabric->engines_max;
	for (unsigned i = 0; i < e->fabric->engines_max && n < budget; i++) {
		uint8_t from = (h->take_from + i) % e->fabric->engines_max;

		if (from != e->id)
			n += take(e, from, own, budget - n);
	}
	return n;
}

bool handoff_empty(const struct engine *e)
{
	for (unsigned from = 0; from < e->fabric->engines_max; from++)
		if (from != e->id &&
		    ring_ready(fabric_ring(e->fabric, from, e->id)))
			return false;
	return true;
}

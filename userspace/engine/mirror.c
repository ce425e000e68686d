/* SPDX-License-Identifier: BSD-3-Clause */
/* mirror.c - every engine receives everything: whose is a packet? */
#include "mirror.h"

#include <stdlib.h>

#include "clock.h"
#include "connection.h"
#include "fragment.h"
#include "icmp.h"
#include "mirror_bank.h"
#include "trail.h"

static bool make_key(const struct pkt *p, struct flow_key *key)
{
	if (p->flags & PKT_ICMP_ERROR)
		return icmp_key(p, key);
	connection_key(p, key);
	return true;
}

/* In the bank of new connections, of a slice of this engine, while another drains. */
static enum fate judge_new(const struct engine *e, const struct flow_key *key)
{
	const struct mirror *m = &e->mirror;
	struct fabric *f = e->fabric;

	if (flow_find(fabric_flows(f, cut_bank(m->cut)), key))
		return FATE_MINE;
	switch (flow_peek(fabric_flows(f, old_bank(m)), key, e->lb.now_ms)) {
	case SIGHT_LIVE:
		return FATE_LOST;
	case SIGHT_NONE:
		return m->all_closed ? FATE_MINE : FATE_HOLD;
	default:
		return FATE_HOLD;
	}
}

/* While one set drains and another takes the new connections. FATE_LOST: not ours. */
static enum fate judge_both(struct engine *e, const struct pkt *p,
			    uint8_t *bank)
{
	const struct mirror *m = &e->mirror;
	unsigned old = old_bank(m), new = cut_bank(m->cut);
	const struct flow_store *flows = fabric_flows(e->fabric, old);
	struct flow_key key;
	bool has_key = make_key(p, &key);

	*bank = old;
	if (is_mine(e, old, p->slice) &&
	    (!m->closed || (has_key && flow_find(flows, &key))))
		return FATE_MINE;
	if (is_coming(e, old, p->slice) && has_key &&
	    flow_peek(flows, &key, e->lb.now_ms) != SIGHT_NONE)
		return FATE_HOLD;
	*bank = new;
	if (is_coming(e, new, p->slice))
		return FATE_HOLD;
	if (!is_mine(e, new, p->slice))
		return FATE_LOST;
	return has_key ? judge_new(e, &key) : FATE_MINE;
}

static enum fate judge(struct engine *e, struct buf *b)
{
	struct mirror *m = &e->mirror;
	uint8_t slice = b->pkt.slice;
	enum fate fate;

	if (draining(m)) {
		fate = judge_both(e, &b->pkt, &b->bank);
	} else {
		b->bank = cut_bank(m->cut);
		fate = is_coming(e, b->bank, slice) ? FATE_HOLD :
		       is_mine(e, b->bank, slice)   ? FATE_MINE :
						      FATE_LOST;
	}
	if (fate != FATE_MINE)
		return fate;
	for (unsigned bank = 0; bank < FAB_BANKS; bank++)
		if (m->trail_round[bank][slice] &&
		    trail_take(fabric_trail(e->fabric, bank, slice),
			       trail_mark(&b->pkt), m->trail_ms[bank][slice]))
			return FATE_LOST;
	return fate;
}

static void bring(struct engine *e, struct buf *b, enum fate fate,
		  struct batch *own)
{
	if (fate == FATE_MINE)
		own->pkts[own->n++] = &b->pkt;
	else
		engine_drop(e, b, DROP_mirror_reject);
}

bool mirror_keep_datagrams(struct engine *e)
{
	e->lb.datagrams =
		calloc(FAB_SLICES * FAB_DATAGRAMS, sizeof(*e->lb.datagrams));
	return e->lb.datagrams;
}

/* A fragment whose flow has yet to be found. Every engine sees all of them, and finds
 * it by itself: no matter whose the flow is then, and to whom it moves. */
static void find_flow(struct engine *e, struct buf *b, struct batch *own)
{
	fragment_track(&e->lb, &b->pkt);
	if (b->pkt.verdict == VERDICT_STEER)
		pieces_steer(e, b, own);
	else if (b->pkt.verdict == VERDICT_WAIT)
		pieces_wait(e, b);
	else
		engine_drop(e, b, b->pkt.reason);
}

void mirror_received(struct engine *e, struct buf *b, struct batch *own)
{
	uint64_t lost = e->drops[DROP_hold_full];
	enum fate fate;

	if ((b->pkt.flags & (PKT_FRAGMENT | PKT_TRACKED)) == PKT_FRAGMENT)
		return find_flow(e, b, own);

	/* Nothing overtakes what is still held. */
	fate = hold_has(&e->hold, b->pkt.slice) ? FATE_HOLD : judge(e, b);
	if (fate != FATE_HOLD)
		return bring(e, b, fate, own);
	hold_push(e, b);
	/* It has no number yet whose gap would tell. */
	engine_count(e, CNT_seq_lost, e->drops[DROP_hold_full] - lost);
}

unsigned mirror_take(struct engine *e, struct batch *own, unsigned budget)
{
	unsigned before = own->n;

	for (unsigned s = 0; s < FAB_SLICES && e->hold.n; s++) {
		while (hold_has(&e->hold, s) && own->n - before < budget) {
			struct buf *b = e->hold.slices[s].first;
			enum fate fate = judge(e, b);

			if (fate == FATE_HOLD)
				break;
			bring(e, hold_pop(&e->hold, s), fate, own);
		}
	}
	return own->n - before;
}

/* Number what this engine is about to process, and leave its marks. */
static void note(struct engine *e, struct buf *b, uint32_t now_ms)
{
	_Atomic uint32_t *sent = &e->self->sent[b->pkt.slice];

	b->receiver = e->id;
	b->seq = atomic_load_explicit(sent, memory_order_relaxed) + 1;
	atomic_store_explicit(sent, b->seq, memory_order_relaxed);
	/* While the former owner's marks are read, ours would be taken for them. */
	if (!e->mirror.trail_round[b->bank][b->pkt.slice])
		trail_leave(fabric_trail(e->fabric, b->bank, b->pkt.slice),
			    trail_mark(&b->pkt), now_ms);
}

void mirror_process(struct engine *e, struct batch *own)
{
	/* Not the turn's: a packet may have come in since it began. */
	uint32_t now_ms = clock_now_ns() / 1000000;
	struct pkt *pkts[VECTOR];

	for (unsigned i = 0; i < own->n; i++)
		note(e, own->pkts[i]->owner, now_ms);
	for (unsigned bank = 0; bank < FAB_BANKS; bank++) {
		unsigned n = 0;

		for (unsigned i = 0; i < own->n; i++) {
			const struct buf *b = own->pkts[i]->owner;

			if (b->bank == bank)
				pkts[n++] = own->pkts[i];
		}
		if (!n)
			continue;
		use_bank(e, bank);
		lb_process(&e->lb, pkts, n);
	}
}

/* --- upkeep --- */

/* Flows that are left of a former set go into the bank in use: both are ours. */
static void fold(struct engine *e, uint8_t family, uint8_t slice,
		 unsigned budget)
{
	struct flow_store *from = fabric_flows(e->fabric, old_bank(&e->mirror));
	struct flow_store *to =
		fabric_flows(e->fabric, cut_bank(e->mirror.cut));
	const struct flow_shape *shape = flow_shape(from, family);
	struct flow_shard *shard = flow_shard(from, shape, slice);

	for (; budget && atomic_load(&shard->live); budget--) {
		uint32_t fresh = atomic_load(&shard->fresh);
		struct flow *f;

		shard->sweep = shard->sweep < fresh ? shard->sweep : 0;
		f = flow_record(shard, shape, shard->sweep++);
		if (!(atomic_load(&f->state) & FLOW_WORD_STATE))
			continue;
		if (!flow_insert(to, family, slice, f))
			return; /* no room yet; it goes on where it is */
		flow_remove(from, family, slice, f);
	}
}

void mirror_sweep(struct engine *e, uint8_t slice, unsigned budget)
{
	const struct mirror *m = &e->mirror;
	bool mine[FAB_BANKS];

	for (unsigned bank = 0; bank < FAB_BANKS; bank++) {
		mine[bank] = is_mine(e, bank, slice);
		use_bank(e, bank);
		/* Its end is near or known: what is on the move stays as it is. */
		if (mine[bank] && !(word_of(e, bank, slice) & SLICE_MOVING))
			lb_sweep(&e->lb, slice, budget);
	}
	if (!draining(m) || !m->all_closed || !mine[0] || !mine[1] ||
	    word_of(e, old_bank(m), slice) & SLICE_MOVING)
		return;
	fold(e, 4, slice, budget);
	fold(e, 6, slice, budget);
}

bool mirror_has_slices(const struct engine *e)
{
	for (unsigned bank = 0; bank < FAB_BANKS; bank++) {
		for (unsigned s = 0; s < FAB_SLICES; s++) {
			uint32_t word = word_of(e, bank, s);

			if (slice_owner(word) == e->id ||
			    slice_target(word) == e->id)
				return true;
		}
	}
	return false;
}

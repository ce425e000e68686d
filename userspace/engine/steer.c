/* SPDX-License-Identifier: BSD-3-Clause */
/* steer.c - who processes a packet, and how a slice changes hands */
#include "steer.h"

#include <string.h>

#include "clock.h"
#include "engine.h"
#include "fragment.h"
#include "loop.h"
#include "ring.h"

/* The NIC sends in order, so a queue that is never quite empty under load has
 * sent what it held this long ago. */
#define DRAIN_LIMIT_US 10000

static uint32_t slice_now(const struct engine *e, uint8_t slice)
{
	return atomic_load_explicit(&e->fabric->slices[slice],
				    memory_order_acquire);
}

/* Engine that packets steered by this word go to. */
static uint8_t slice_goes_to(uint32_t word)
{
	return word & SLICE_MOVING ? slice_target(word) : slice_owner(word);
}

/* From now on this engine sends the slice's packets to where they have to wait. */
static void note_begin(struct engine *e, uint8_t slice)
{
	uint64_t never = 0;

	atomic_compare_exchange_strong(&e->fabric->moving_us[slice], &never,
				       clock_now_ns() / 1000);
}

/* They need not wait any longer. */
static void note_pause(struct engine *e, uint8_t slice)
{
	uint64_t since_us = atomic_load(&e->fabric->moving_us[slice]);
	uint64_t now_us = clock_now_ns() / 1000;

	atomic_store(&e->fabric->pause_us[slice],
		     now_us > since_us ? now_us - since_us : 1);
}

static void took_over(struct engine *e, uint8_t slice)
{
	_Atomic uint32_t *flows = &e->self->flows_adopted;
	uint32_t n = flow_count(e->lb.flows, slice);

	atomic_store_explicit(flows, *flows + n, memory_order_relaxed);
}

/* The owner died in the middle of something: make its slice usable again. */
static void recover(struct engine *e, uint8_t slice, uint32_t word)
{
	flow_shard_recover(e->lb.flows, slice);
	fragment_forget(e->lb.datagrams, slice);
	if (atomic_compare_exchange_strong(&e->fabric->slices[slice], &word,
					   slice_word(e->id, e->id, 0)))
		took_over(e, slice);
}

/* Every packet that was steered to this engine before the epoch is here. */
static bool fences_seen(const struct engine *e)
{
	for (unsigned i = 0; i < e->fabric->engines_max; i++) {
		struct fab_ring *r = fabric_ring(e->fabric, i, e->id);

		if (i == e->id)
			continue;
		if (!engine_lives(e->fabric, i)) {
			if (ring_ready(r))
				return false;
		} else if ((int32_t)(e->steer.fence_seen[i] - e->steer.epoch) <
			   0) {
			return false;
		}
	}
	return true;
}

bool steer_transmitted(struct engine *e, uint64_t since_us)
{
	return loop_transmitted(e) || e->now_us - since_us >= DRAIN_LIMIT_US;
}

/* What this engine sent must be on the wire before the next owner sends. */
static bool transmitted(struct engine *e)
{
	struct steer *st = &e->steer;

	if (!st->drain_since_us)
		st->drain_since_us = e->now_us;
	return steer_transmitted(e, st->drain_since_us);
}

static void leave_off(struct steer *st, uint8_t slice)
{
	st->leaving[slice] = false;
	st->n_leaving--;
}

/* Release the slices on their way out, if all their packets have left. */
static void release(struct engine *e)
{
	struct steer *st = &e->steer;

	if (!handoff_fenced(e) || !fences_seen(e) || !transmitted(e))
		return;
	for (unsigned s = 0; s < FAB_SLICES && st->n_leaving; s++) {
		uint32_t word = slice_now(e, s);
		uint8_t to = slice_target(word);

		if (!st->leaving[s] || hold_has(&e->hold, s) ||
		    e->pending.per_slice[s])
			continue;
		if (e->pieces.queue.n)
			pieces_leave(e, s);
		/* A word that changed meanwhile is the supervisor's: leave it. */
		if (word == slice_word(e->id, to, SLICE_MOVING))
			atomic_compare_exchange_strong(&e->fabric->slices[s],
						       &word,
						       slice_word(to, to, 0));
		leave_off(st, s);
	}
}

/* Take over the slices that their old owner has released. */
static void arrive(struct engine *e)
{
	struct steer *st = &e->steer;

	for (unsigned s = 0; s < FAB_SLICES && st->n_coming; s++) {
		uint32_t word = slice_now(e, s);

		if (!st->coming[s] ||
		    (slice_owner(word) != e->id && slice_target(word) == e->id))
			continue;
		if (slice_is_mine(word, e->id)) {
			note_pause(e, s);
			took_over(e, s);
		}
		st->coming[s] = false;
		st->n_coming--;
	}
}

/* Copy one slice word into the steering table. */
static void copy_slice(struct engine *e, uint8_t s)
{
	struct steer *st = &e->steer;
	uint32_t word = slice_now(e, s);
	bool moving = word & SLICE_MOVING;
	bool mine = slice_owner(word) == e->id;
	bool for_me = slice_target(word) == e->id;

	if (mine && word & SLICE_RECOVER)
		recover(e, s, word);
	st->to[s] = slice_goes_to(word);
	st->n_leaving += (moving && mine && !for_me) - st->leaving[s];
	st->leaving[s] = moving && mine && !for_me;
	if (moving)
		note_begin(e, s);
	if (moving && for_me && !mine && !st->coming[s]) {
		st->coming[s] = true;
		st->n_coming++;
	}
}

void steer_observe(struct engine *e)
{
	struct steer *st = &e->steer;
	uint8_t before[FAB_SLICES];
	uint32_t epoch;

	if (st->n_leaving)
		release(e);
	if (st->n_coming)
		arrive(e);
	epoch = atomic_load_explicit(&e->fabric->steer_epoch,
				     memory_order_acquire);
	if (st->copied && epoch == st->epoch)
		return;
	st->epoch = epoch;
	st->copied = true;
	st->drain_since_us = 0;
	st->served = false;
	memcpy(before, st->to, sizeof(before));
	for (unsigned s = 0; s < FAB_SLICES; s++) {
		copy_slice(e, s);
		st->served |= st->to[s] != FAB_NO_ENGINE;
	}
	/* By words at least as new as the copy: what is stashed for the dead
	 * must not come behind what is steered from now on. */
	handoff_rescue(e, before);
	handoff_fence(e, epoch);
}

enum fate steer_judge(const struct engine *e, uint8_t slice, uint8_t *to)
{
	uint32_t word = slice_now(e, slice);

	if (slice_owner(word) == e->id)
		return word & SLICE_RECOVER ? FATE_HOLD : FATE_MINE;
	*to = slice_goes_to(word);
	if (*to == e->id)
		return FATE_HOLD;
	return *to == FAB_NO_ENGINE ? FATE_LOST : FATE_PASS;
}

void steer_now(struct engine *e, struct buf *b, struct batch *own)
{
	uint8_t to;

	switch (steer_judge(e, b->pkt.slice, &to)) {
	case FATE_MINE:
		/* Nothing overtakes what is still held. */
		if (hold_has(&e->hold, b->pkt.slice))
			return hold_push(e, b);
		own->pkts[own->n++] = &b->pkt;
		return;
	case FATE_HOLD:
		return hold_push(e, b);
	case FATE_PASS:
		return handoff_push(e, b, to);
	case FATE_LOST:
		return engine_drop(e, b, DROP_misrouted);
	}
}

void steer_received(struct engine *e, struct buf *b, struct batch *own)
{
	_Atomic uint32_t *sent = &e->self->sent[b->pkt.slice];
	uint8_t to = e->steer.to[b->pkt.slice];

	if (to == FAB_NO_ENGINE)
		return engine_drop(e, b, DROP_misrouted);
	b->receiver = e->id;
	b->hops = 0;
	b->seq = atomic_load_explicit(sent, memory_order_relaxed) + 1;
	atomic_store_explicit(sent, b->seq, memory_order_relaxed);
	if (to == e->id)
		steer_now(e, b, own);
	else
		handoff_push(e, b, to);
}

void steer_account(struct engine *e, const struct batch *own)
{
	for (unsigned i = 0; i < own->n; i++) {
		const struct buf *b = own->pkts[i]->owner;
		_Atomic uint32_t *done =
			&e->fabric->engines[b->receiver].done[b->pkt.slice];
		int32_t step = b->seq -
			       atomic_load_explicit(done, memory_order_relaxed);

		if (step <= 0) {
			engine_count(e, CNT_seq_reordered, 1);
			continue;
		}
		engine_count(e, CNT_seq_lost, step - 1);
		atomic_store_explicit(done, b->seq, memory_order_relaxed);
	}
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* sweep.c - expire flows, a few records at a time */
#include "connection.h"
#include "handshake.h"
#include "tcp.h"

static bool expired(const struct flow *f, uint32_t now_ms)
{
	uint32_t word = atomic_load_explicit(&f->state, memory_order_relaxed);
	uint32_t timeout_ms =
		atomic_load_explicit(&f->timeout_ms, memory_order_relaxed);
	/* Signed: the former owner's clock may have been a moment ahead. */
	int32_t idle_ms = now_ms - atomic_load_explicit(&f->seen_ms,
							memory_order_relaxed);

	return word & FLOW_WORD_STATE &&
	       idle_ms > (int32_t)(timeout_ms + FLOW_TOUCH_MS);
}

/* Expired, or a handshake of ours that the server does not answer. */
static bool is_over(struct lb *lb, uint8_t family, uint8_t slice,
		    struct flow *f)
{
	uint32_t word = atomic_load_explicit(&f->state, memory_order_relaxed);
	bool late = expired(f, lb->now_ms);

	if ((word & FLOW_WORD_STATE) != FLOW_SYN_PROXY)
		return late;
	return handshake_turn(lb, family, slice, f, late);
}

static unsigned sweep_family(struct lb *lb, uint8_t family, uint8_t slice,
			     unsigned budget)
{
	const struct flow_shape *shape = flow_shape(lb->flows, family);
	struct flow_shard *shard = flow_shard(lb->flows, shape, slice);
	uint32_t fresh =
		atomic_load_explicit(&shard->fresh, memory_order_relaxed);
	unsigned removed = 0;

	if (budget > fresh)
		budget = fresh;
	for (; budget; budget--) {
		struct flow *f;

		if (shard->sweep >= fresh)
			shard->sweep = 0;
		f = flow_record(shard, shape, shard->sweep++);
		if (is_over(lb, family, slice, f)) {
			connection_close(lb, family, slice, f);
			removed++;
		}
	}
	return removed;
}

unsigned lb_sweep(struct lb *lb, uint8_t slice, unsigned budget)
{
	return sweep_family(lb, 4, slice, budget) +
	       sweep_family(lb, 6, slice, budget);
}

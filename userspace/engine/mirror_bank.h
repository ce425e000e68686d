/* SPDX-License-Identifier: BSD-3-Clause */
/* mirror_bank.h - what the slice words of a bank say to this engine */
#ifndef ENGINE_MIRROR_BANK_H
#define ENGINE_MIRROR_BANK_H

#include "engine.h"

static inline uint32_t word_of(const struct engine *e, unsigned bank,
			       uint8_t slice)
{
	return atomic_load_explicit(&fabric_slices(e->fabric, bank)[slice],
				    memory_order_acquire);
}

static inline bool draining(const struct mirror *m)
{
	return m->cut & CUT_DRAIN;
}

static inline unsigned old_bank(const struct mirror *m)
{
	return !cut_bank(m->cut);
}

static inline bool owns(const struct engine *e, uint32_t word)
{
	return slice_owner(word) == e->id && !(word & SLICE_RECOVER);
}

/* This engine, and no other, processes the slice in that bank. */
static inline bool is_mine(const struct engine *e, unsigned bank, uint8_t slice)
{
	uint32_t word = word_of(e, bank, slice);

	return owns(e, word) && !e->mirror.coming[bank][slice] &&
	       !(word & SLICE_MOVING && e->mirror.left);
}

static inline bool moves_here(const struct engine *e, uint32_t word)
{
	return (slice_owner(word) == e->id && word & SLICE_RECOVER) ||
	       (slice_owner(word) != e->id && word & SLICE_MOVING &&
		slice_target(word) == e->id);
}

/* From here on the slice's packets are held. Its owner's marks from before the last round
 * are of packets whose copies we have rejected. */
static inline void see_coming(struct engine *e, unsigned bank, uint8_t slice)
{
	struct mirror *m = &e->mirror;

	m->coming[bank][slice] = true;
	m->coming_us = e->now_us;
	m->trail_ms[bank][slice] = m->read_ms;
}

/* Until this engine has seen the slice arrive, and its trail. The word may change within
 * a turn, and a round may end before the next one begins. */
static inline bool is_coming(struct engine *e, unsigned bank, uint8_t slice)
{
	if (!e->mirror.coming[bank][slice] &&
	    moves_here(e, word_of(e, bank, slice)))
		see_coming(e, bank, slice);
	return e->mirror.coming[bank][slice];
}

/* The core works on flows of this bank from here on. */
static inline void use_bank(struct engine *e, unsigned bank)
{
	const struct mirror *m = &e->mirror;
	bool old = draining(m) && bank == old_bank(m);

	e->lb.flows = fabric_flows(e->fabric, bank);
	e->lb.reserved = draining(m) ? fabric_flows(e->fabric, !bank) : NULL;
	e->lb.closed = old && m->closed;
}

/* The slice of the bank that drains is on its way from this engine to another. */
static inline bool goes(const struct engine *e, uint8_t slice)
{
	uint32_t word = word_of(e, old_bank(&e->mirror), slice);

	return slice_owner(word) == e->id && word & SLICE_MOVING;
}

/* This engine is of a set that drains: new connections go to another one. */
static inline bool retires(const struct engine *e)
{
	return draining(&e->mirror) && e->mirror.closed &&
	       e->self->generation != cut_generation(e->mirror.cut);
}

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* mirror_move.c - the cut between two sets of engines, and slices that move after it */
#include <string.h>

#include "endpoint.h"
#include "mirror_bank.h"

/* The copies of one frame do not reach all sockets at the same moment: so long after the
 * beginning of a round, what was in any port then is in all of them. */
#define ROUND_US 1000

void mirror_note_rx(struct engine *e, unsigned side, unsigned found,
		    unsigned asked)
{
	struct mirror *m = &e->mirror;

	m->taken[side] += found;
	if (e->now_us - m->round_us < ROUND_US)
		return;
	/* Under load a port is never empty, but what was in it has been read. */
	if (found < asked || m->taken[side] >= MIRROR_PORT_FRAMES)
		m->empty[side] = true;
	if (!m->empty[SIDE_CLIENT] || !m->empty[SIDE_SERVER])
		return;
	m->round++;
	m->read_ms = m->round_us / 1000;
	m->round_us = e->now_us;
	memset(m->empty, 0, sizeof(m->empty));
	memset(m->taken, 0, sizeof(m->taken));
}

static bool reached(uint32_t round, uint32_t goal)
{
	return (int32_t)(round - goal) >= 0;
}

/* --- the cut --- */

static bool all_have(const struct engine *e, bool closed)
{
	const struct fabric *f = e->fabric;

	for (unsigned i = 0; i < f->engines_max; i++) {
		const struct fab_engine *other = &f->engines[i];
		uint32_t cut = atomic_load_explicit(
			closed ? &other->cut_closed : &other->cut_held,
			memory_order_acquire);

		if (engine_lives(f, i) && cut != e->mirror.cut)
			return false;
	}
	return true;
}

static void tell_held(struct engine *e)
{
	e->mirror.holding = true;
	atomic_store_explicit(&e->self->cut_held, e->mirror.cut,
			      memory_order_release);
}

static void see_cut(struct engine *e, uint32_t cut)
{
	struct mirror *m = &e->mirror;

	m->cut = cut;
	m->cut_us = e->now_us;
	m->closed = m->all_closed = m->closing = m->holding = false;
	m->cutting = draining(m);
	m->hold_round = m->round + 2;
	if (!m->cutting)
		tell_held(e);
}

/*
 * Open nothing any more in the bank that drains, once every engine of the new set
 * holds what it does not know, and what came in before that has been read.
 */
static void close_bank(struct engine *e)
{
	struct mirror *m = &e->mirror;

	if (!m->closing) {
		if (!all_have(e, false))
			return;
		m->closing = true;
		m->close_round = m->round + 2;
	}
	if (!reached(m->round, m->close_round))
		return;
	m->closed = true;
	atomic_store_explicit(&e->self->cut_closed, m->cut,
			      memory_order_release);
}

/* The slice's packets need not wait any longer. */
static void note_pause(struct engine *e, uint8_t slice, uint64_t since_us)
{
	_Atomic uint32_t *pause_us = &e->fabric->pause_us[slice];
	uint32_t us = e->now_us - since_us + 1;

	if (us > atomic_load_explicit(pause_us, memory_order_relaxed))
		atomic_store_explicit(pause_us, us, memory_order_relaxed);
}

static void see_closed(struct engine *e)
{
	struct mirror *m = &e->mirror;

	/* A port that was full when the cut was seen has lost what came next. */
	if (!m->holding && reached(m->round, m->hold_round))
		tell_held(e);
	if (!m->closed)
		close_bank(e);
	m->all_closed = m->closed && all_have(e, true);
	m->cutting = !m->all_closed;
	for (unsigned s = 0; m->all_closed && s < FAB_SLICES; s++)
		if (is_mine(e, cut_bank(m->cut), s))
			note_pause(e, s, m->cut_us);
}

/* --- slices on the move --- */

static void recover(struct engine *e, unsigned bank, uint8_t slice,
		    uint32_t word)
{
	flow_shard_recover(fabric_flows(e->fabric, bank), slice);
	atomic_compare_exchange_strong(&fabric_slices(e->fabric, bank)[slice],
				       &word, slice_word(e->id, e->id, 0));
}

/* Look at one slice: this engine's for the dead, going, coming, or come. */
static bool see_slice(struct engine *e, unsigned bank, uint8_t slice)
{
	struct mirror *m = &e->mirror;
	uint32_t word = word_of(e, bank, slice);

	if (slice_owner(word) == e->id && word & SLICE_RECOVER) {
		if (!m->coming[bank][slice])
			see_coming(e, bank, slice);
		recover(e, bank, slice, word);
		word = word_of(e, bank, slice);
	}
	if (m->coming[bank][slice] && owns(e, word)) {
		m->coming[bank][slice] = false;
		note_pause(e, slice, m->coming_us);
		/* Copies that the former owner has processed may still be in our
		 * hold queue and in our ports. */
		m->trail_round[bank][slice] = m->round + 2;
	}
	if (slice_owner(word) != e->id) {
		bool here = moves_here(e, word);

		if (here && !m->coming[bank][slice])
			see_coming(e, bank, slice);
		m->coming[bank][slice] = here;
	}
	m->busy |= m->coming[bank][slice] || m->trail_round[bank][slice];
	return slice_owner(word) == e->id && word & SLICE_MOVING;
}

/* Everybody who gets a slice from this engine holds its packets. */
static bool targets_hold(const struct engine *e)
{
	const struct fabric *f = e->fabric;
	unsigned bank = old_bank(&e->mirror);

	for (unsigned s = 0; s < FAB_SLICES; s++) {
		uint32_t word = word_of(e, bank, s);
		uint8_t to = slice_target(word);

		if (slice_owner(word) == e->id && word & SLICE_MOVING &&
		    engine_lives(f, to) &&
		    (int32_t)(atomic_load_explicit(&f->engines[to].epoch_seen,
						   memory_order_acquire) -
			      e->mirror.epoch) < 0)
			return false;
	}
	return true;
}

/* Let go of the slices that leave: stop, let the last frames out, say so. */
static void leave(struct engine *e)
{
	struct mirror *m = &e->mirror;
	unsigned bank = old_bank(m);

	if (!m->leaving) {
		if (!targets_hold(e))
			return;
		m->leaving = true;
		m->leave_round = m->round + 2;
	}
	if (!m->left) {
		if (!reached(m->round, m->leave_round))
			return;
		/* Nobody can go on with these, and their ends are told. */
		endpoint_leave(e);
		m->left = true;
		m->left_us = e->now_us;
		return;
	}
	if (e->pending.queue.n || !steer_transmitted(e, m->left_us))
		return;
	for (unsigned s = 0; s < FAB_SLICES; s++) {
		uint32_t word = word_of(e, bank, s);
		uint8_t to = slice_target(word);

		if (goes(e, s))
			atomic_compare_exchange_strong(
				&fabric_slices(e->fabric, bank)[s], &word,
				slice_word(to, to, 0));
	}
	m->left = m->leaving = false;
}

static void end_trails(struct mirror *m)
{
	for (unsigned bank = 0; bank < FAB_BANKS; bank++)
		for (unsigned s = 0; s < FAB_SLICES; s++)
			if (m->trail_round[bank][s] &&
			    reached(m->round, m->trail_round[bank][s]))
				m->trail_round[bank][s] = 0;
}

static void see_slices(struct engine *e, uint32_t epoch)
{
	struct mirror *m = &e->mirror;
	bool news = epoch != m->epoch, going = false;

	m->epoch = epoch;
	m->busy = false;
	for (unsigned bank = 0; bank < FAB_BANKS; bank++)
		for (unsigned s = 0; s < FAB_SLICES; s++)
			going |= see_slice(e, bank, s);
	if (!e->hold.n)
		end_trails(m);
	/* Words are there before the epoch that tells of them, and who gets the slices
	 * may not have looked since: only with that epoch does its answer count. */
	m->told = going && (m->told || news);
	if (m->told)
		leave(e);
	else
		m->left = m->leaving = false;
	if (atomic_load_explicit(&e->self->epoch_seen, memory_order_relaxed) !=
	    epoch)
		atomic_store_explicit(&e->self->epoch_seen, epoch,
				      memory_order_release);
}

void mirror_observe(struct engine *e)
{
	struct mirror *m = &e->mirror;
	uint32_t epoch = atomic_load_explicit(&e->fabric->steer_epoch,
					      memory_order_acquire);
	uint32_t cut =
		atomic_load_explicit(&e->fabric->cut, memory_order_acquire);

	if (!m->looked || cut != m->cut)
		see_cut(e, cut);
	m->looked = true;
	if (draining(m) && !m->all_closed)
		see_closed(e);
	/* Only a hand-over or a death moves a slice, and both while something else
	 * than the plain owner is to be seen. */
	if (epoch != m->epoch || m->busy || draining(m))
		see_slices(e, epoch);
}

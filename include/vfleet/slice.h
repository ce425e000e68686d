/* SPDX-License-Identifier: BSD-3-Clause */
/* slice.h - slice words, and the two banks of them that mirror steering has */
#ifndef VFLEET_SLICE_H
#define VFLEET_SLICE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define FAB_NO_ENGINE 0xffu

/*
 * Slice word: who processes the packets of one slice.
 *
 *   bits 0-7   owner   engine slot, FAB_NO_ENGINE when nobody
 *   bits 8-15  target  where it goes; equals owner when at rest
 *   bit  16    MOVING  owner still finishes what it received; packets received
 *                      after `epoch` was observed go to target, which holds them
 *   bit  17    RECOVER the former owner died: rebuild the shard before use
 *
 * Writer: at rest, the supervisor (starts a move, adopts for the dead).
 *         MOVING, the owner alone: one store of {target, target} is the release.
 *         RECOVER, the new owner alone: clears the bit after the rebuild.
 *         If the writer is dead, the supervisor takes its place (CAS).
 * Readers: every engine, supervisor.
 */
#define SLICE_MOVING  (1u << 16)
#define SLICE_RECOVER (1u << 17)

static inline uint32_t slice_word(uint8_t owner, uint8_t target, uint32_t bits)
{
	return owner | (uint32_t)target << 8 | bits;
}

static inline uint8_t slice_owner(uint32_t word)
{
	return word & 0xff;
}

static inline uint8_t slice_target(uint32_t word)
{
	return word >> 8 & 0xff;
}

/* True when engine `id` may process packets of a slice with this word. */
static inline bool slice_is_mine(uint32_t word, uint8_t id)
{
	return slice_owner(word) == id &&
	       !(word & (SLICE_MOVING | SLICE_RECOVER));
}

/*
 * Mirror steering: two banks of slices and flows, so that two sets of engines serve
 * side by side and each flow still has one writer. The cut says which bank new
 * connections go to; the other one drains, or is unused.
 *
 *   bit  0      bank of new connections
 *   bit  1      CUT_DRAIN: the other bank still has an owner
 *   bits 2-31   number of the set that the new connections belong to
 */
#define FAB_BANKS 2
#define CUT_DRAIN (1u << 1)

static inline uint32_t cut_word(uint32_t generation, bool drain)
{
	return generation << 2 | (drain ? CUT_DRAIN : 0) | (generation & 1);
}

static inline unsigned cut_bank(uint32_t cut)
{
	return cut & 1;
}

static inline uint32_t cut_generation(uint32_t cut)
{
	return cut >> 2;
}

/* What the owner of a slice has processed lately, so that its successor, who has its own
 * copy of everything, does not do it again. A mark is a hash of the first bytes of a
 * packet above the milliseconds of the clock then, which never step back; a hash of 0
 * = none, or used.
 * Writer: owner of the slice in the bank, at hand-over its successor. */
#define FAB_MARKS 4096

struct fab_trail {
	_Atomic uint32_t next; /* where the next mark goes, free running */
	_Atomic uint64_t marks[FAB_MARKS];
};

#endif

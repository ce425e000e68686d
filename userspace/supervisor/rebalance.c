// SPDX-License-Identifier: BSD-3-Clause
/* rebalance.c - even out the load of engines without changing their number: pure */
#include "rebalance.h"

#include <stdbool.h>
#include <string.h>

#define WORTH_PCT \
	5 /* of the average: what the busiest engine must get rid of */

struct shares {
	uint64_t load[FAB_ENGINES];
	uint8_t owner[FAB_SLICES];
	uint32_t members;
	uint64_t all;
	unsigned busiest, idlest;
};

static void find_ends(struct shares *h)
{
	h->busiest = h->idlest = (unsigned)__builtin_ctz(h->members);
	for (unsigned i = h->busiest + 1; i < FAB_ENGINES; i++) {
		if (!(h->members >> i & 1))
			continue;
		if (h->load[i] > h->load[h->busiest])
			h->busiest = i;
		if (h->load[i] < h->load[h->idlest])
			h->idlest = i;
	}
}

static void share_out(struct shares *h, const uint32_t *words, uint32_t members,
		      const uint32_t *load)
{
	*h = (struct shares){ .members = members };
	for (unsigned s = 0; s < FAB_SLICES; s++) {
		uint8_t owner = slice_owner(words[s]);

		h->owner[s] = owner;
		h->load[owner] += load[s];
		h->all += load[s];
	}
	find_ends(h);
}

static uint64_t gap(const struct shares *h)
{
	return h->load[h->busiest] - h->load[h->idlest];
}

/* Of the average load of a member. */
static unsigned spread_pct(const struct shares *h)
{
	unsigned n = (unsigned)__builtin_popcount(h->members);

	return h->all ? (unsigned)(100 * gap(h) * n / h->all) : 0;
}

/* The slice of the busiest engine that, moved to the idlest, leaves the two closest to
 * each other, and closer than they are; -1: there is none. */
static int find_slice(const struct shares *h, const uint32_t *load)
{
	uint64_t least = gap(h);
	int best = -1;

	for (unsigned s = 0; s < FAB_SLICES; s++) {
		int64_t left = (int64_t)gap(h) - 2 * (int64_t)load[s];
		uint64_t rest = (uint64_t)(left < 0 ? -left : left);

		if (h->owner[s] != h->busiest || rest >= least)
			continue;
		least = rest;
		best = (int)s;
	}
	return best;
}

static void move(struct shares *h, unsigned s, const uint32_t *load)
{
	h->load[h->busiest] -= load[s];
	h->load[h->idlest] += load[s];
	h->owner[s] = (uint8_t)h->idlest;
	find_ends(h);
}

/* Where the plan differs from what is; returns the load that moves. */
static uint64_t write_targets(const struct shares *h, const uint32_t *words,
			      const uint32_t *load, struct rebalance *r,
			      uint8_t *target)
{
	uint64_t moved = 0;

	for (unsigned s = 0; s < FAB_SLICES; s++) {
		if (h->owner[s] == slice_owner(words[s]))
			continue;
		target[s] = h->owner[s];
		moved += load[s];
		r->moves++;
	}
	return moved;
}

struct rebalance rebalance_plan(const uint32_t *words, uint32_t members,
				const uint32_t *load,
				const struct rebalance_limits *limits,
				uint8_t *target)
{
	unsigned n = (unsigned)__builtin_popcount(members);
	struct rebalance none, r = { 0 };
	struct shares h;

	memset(target, PLAN_STAY, FAB_SLICES);
	share_out(&h, words, members, load);
	r.from = (uint8_t)h.busiest;
	r.to = (uint8_t)h.idlest;
	r.before_pct = r.after_pct = spread_pct(&h);
	none = r;
	if (r.before_pct <= limits->spread_pct ||
	    h.all < (uint64_t)limits->least * n)
		return none;
	for (unsigned i = 0; i < limits->moves; i++) {
		int s = find_slice(&h, load);

		if (s < 0 || spread_pct(&h) <= limits->spread_pct / 2)
			break;
		move(&h, (unsigned)s, load);
	}
	r.after_pct = spread_pct(&h);
	if (write_targets(&h, words, load, &r, target) * 100 * n >=
	    WORTH_PCT * h.all)
		return r;
	memset(target, PLAN_STAY, FAB_SLICES);
	return none;
}

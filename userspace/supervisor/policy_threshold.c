// SPDX-License-Identifier: BSD-3-Clause
/* policy_threshold.c - one engine more above any upper limit, one less below all lower */
#include "policy.h"

#include <stdio.h>

/* What a quantity does when an engine leaves. */
enum quantity_kind { SHARED, FLEET, WAIT };

struct quantity {
	enum quantity_kind kind;
	const char *words; /* of its value, for a reason */
};

static const struct quantity quantities[SCALE_QUANTITIES] = {
#define X(name, kind, max, words) { kind, words },
	SCALE_QUANTITIES_LIST(X)
#undef X
};

/* The first quantity that has reached its upper limit; -1: none. */
static int find_above(const struct config_scaling *c,
		      const struct policy_sample *s)
{
	for (int q = 0; q < SCALE_QUANTITIES; q++)
		if (c->up[q] && s->value[q] >= c->up[q])
			return q;
	return -1;
}

/* The fleet that is left would not want to grow again. The sample is rounded, so it
 * may be half more than it says, and half more then makes the limit. */
static bool fits_one_less(const struct policy_sample *s, uint64_t now,
			  uint64_t up)
{
	return (2 * now + 1) * s->engines < (2 * up - 1) * (s->engines - 1);
}

static bool is_below(const struct config_scaling *c,
		     const struct policy_sample *s, unsigned q)
{
	return s->value[q] < c->down[q] &&
	       (quantities[q].kind != SHARED ||
		fits_one_less(s, s->value[q], c->up[q]));
}

static bool all_below(const struct config_scaling *c,
		      const struct policy_sample *s)
{
	if (s->engines < 2)
		return false;
	for (unsigned q = 0; q < SCALE_QUANTITIES; q++)
		if (c->up[q] && !is_below(c, s, q))
			return false;
	return true;
}

/* "busy 81% on 2 engines" */
static void tell(const struct policy_sample *s, unsigned q,
		 struct policy_decision *d)
{
	char value[64];

	snprintf(value, sizeof(value), quantities[q].words, s->value[q]);
	snprintf(d->reason, sizeof(d->reason), "%s on %u engine%s", value,
		 s->engines, s->engines == 1 ? "" : "s");
}

static struct policy_decision decide(const struct config_scaling *c,
				     const struct policy_sample *s,
				     struct policy_state *st)
{
	struct policy_decision d = { .engines = s->engines };
	int above = find_above(c, s);
	bool below = above < 0 && all_below(c, s) &&
		     !policy_was_short(s, st, s->engines - 1);

	policy_track(&st->above_since_ms, above >= 0, s->now_ms);
	policy_track(&st->below_since_ms, below, s->now_ms);
	if (policy_may_grow(c, s, st)) {
		policy_note_shortage(s, st);
		tell(s, (unsigned)above, &d);
		policy_grow(s, s->engines + 1, &d);
	} else if (policy_may_shrink(c, s, st)) {
		d.engines--;
		tell(s, SCALE_busy_pct, &d);
	}
	return d;
}

const struct policy_ops policy_threshold = { "threshold", decide };

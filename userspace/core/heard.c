// SPDX-License-Identifier: BSD-3-Clause
/* heard.c - which MSS most servers of a service advertise */
#include "heard.h"

#include "mss.h"
#include "tally.h"

#define VALUE_SHIFT 32

static void begin_round(struct fab_mss_round *r, uint32_t wanted)
{
	for (unsigned i = 0; i < FAB_MSS_VALUES; i++)
		atomic_store_explicit(&r->values[i], 0, memory_order_relaxed);
	atomic_store_explicit(&r->others, 0, memory_order_relaxed);
	/* Whoever sees the new round sees it empty. */
	atomic_store_explicit(&r->round, wanted, memory_order_release);
}

void heard_note(struct fab_mss_round *r, uint16_t mss)
{
	uint32_t wanted =
		atomic_load_explicit(&r->wanted, memory_order_relaxed);

	if (wanted != atomic_load_explicit(&r->round, memory_order_relaxed))
		begin_round(r, wanted);
	for (unsigned i = 0; i < FAB_MSS_VALUES; i++) {
		uint64_t v = atomic_load_explicit(&r->values[i],
						  memory_order_relaxed);

		if (!v)
			v = (uint64_t)mss << VALUE_SHIFT;
		if (v >> VALUE_SHIFT != mss)
			continue;
		atomic_store_explicit(&r->values[i], v + 1,
				      memory_order_relaxed);
		return;
	}
	tally_add(&r->others, 1);
}

static void add_value(struct heard_tally *t, uint16_t mss, uint32_t count)
{
	unsigned i = 0;

	while (i < t->n && t->values[i].mss != mss)
		i++;
	if (i == t->n)
		t->values[t->n++].mss = mss;
	t->values[i].count += count;
	t->total += count;
}

void heard_add(struct heard_tally *t, const struct fab_mss_round *r)
{
	if (atomic_load_explicit(&r->round, memory_order_acquire) !=
	    atomic_load_explicit(&r->wanted, memory_order_relaxed))
		return;
	for (unsigned i = 0; i < FAB_MSS_VALUES; i++) {
		uint64_t v = atomic_load_explicit(&r->values[i],
						  memory_order_relaxed);

		if (v)
			add_value(t, v >> VALUE_SHIFT, (uint32_t)v);
	}
	t->total += atomic_load_explicit(&r->others, memory_order_relaxed);
}

uint16_t heard_majority(const struct heard_tally *t, uint32_t samples)
{
	if (t->total < samples)
		return 0;
	for (unsigned i = 0; i < t->n; i++)
		if (t->values[i].count > t->total / 2)
			return t->values[i].mss < MSS_FLOOR ? 0 :
							      t->values[i].mss;
	return 0;
}

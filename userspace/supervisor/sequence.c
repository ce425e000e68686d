// SPDX-License-Identifier: BSD-3-Clause
/* sequence.c - packets that were numbered and never came out, by the fabric's numbers */
#include "sequence.h"

/* Numbers wrap; a is behind b when the way from a up to b is the shorter one. */
static uint32_t behind(uint32_t a, uint32_t b)
{
	return (int32_t)(b - a) > 0 ? b - a : 0;
}

void sequence_mark(struct fabric *f, struct sequence_mark *mark)
{
	for (unsigned e = 0; e < FAB_ENGINES; e++)
		for (unsigned s = 0; s < FAB_SLICES; s++)
			mark->sent[e][s] = f->engines[e].sent[s];
}

bool sequence_reached(const struct sequence *q, struct fabric *f,
		      const struct sequence_mark *mark)
{
	for (unsigned e = 0; e < FAB_ENGINES; e++) {
		for (unsigned s = 0; s < FAB_SLICES; s++) {
			uint32_t done = f->engines[e].done[s];
			uint32_t gap = behind(done, mark->sent[e][s]);

			if (gap &&
			    (done != q->done[e][s] || gap > q->missing[e][s]))
				return false;
		}
	}
	return true;
}

static void update_one(struct sequence *q, unsigned e, unsigned s,
		       uint32_t done, const struct sequence_mark *mark)
{
	uint32_t *missing = &q->missing[e][s];
	uint32_t gap = mark ? behind(done, mark->sent[e][s]) : 0;

	/* The owner went on: it saw the gap and counted it. */
	if (*missing && done != q->done[e][s]) {
		q->balance -= *missing;
		*missing = 0;
	}
	if (gap > *missing) {
		q->balance += gap - *missing;
		*missing = gap;
		q->done[e][s] = done;
	}
}

int64_t sequence_update(struct sequence *q, struct fabric *f,
			const struct sequence_mark *mark)
{
	for (unsigned e = 0; e < FAB_ENGINES; e++)
		for (unsigned s = 0; s < FAB_SLICES; s++)
			update_one(q, e, s, f->engines[e].done[s], mark);
	return q->balance;
}

void sequence_idle(struct sequence *q, struct fabric *f, uint64_t now_us,
		   uint64_t settle_us)
{
	if (q->idle_us && now_us - q->idle_us < settle_us)
		return;
	if (q->idle_us)
		sequence_update(q, f, &q->idle_mark);
	sequence_mark(f, &q->idle_mark);
	q->idle_us = now_us;
}

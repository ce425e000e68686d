// SPDX-License-Identifier: BSD-3-Clause
/* test_ledger.c - what an event of the ledger says was held, lost and reordered */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ledger.h"
#include "sequence.h"

static struct fabric *f;
static struct sequence *q;
static struct sequence_mark mark;

static const struct ledger_start start = {
	.from = 1,
	.to = 2,
	.handover = "migrate",
	.reason = "a test",
	.time_ms = 1700000000000,
	.start_us = 5000,
};

/* The header alone: ledger and sequence look at nothing behind it. */
static int make_fabric(void **state)
{
	f = aligned_alloc(alignof(struct fabric), sizeof(*f));
	q = calloc(1, sizeof(*q));
	if (!f || !q)
		return -1;
	memset((void *)f, 0, sizeof(*f));
	f->event_next = 1;
	return 0;
}

static int free_fabric(void **state)
{
	free(f);
	free(q);
	return 0;
}

static void an_event_tells_only_its_own_time(void **state)
{
	struct fab_event *e;

	f->engines[0].counters[CNT_held_total] = 100;
	f->engines[3].counters[CNT_seq_lost] = 50;
	f->engines[0].counters[CNT_seq_reordered] = 30;
	e = ledger_open(f, &start);
	f->engines[0].counters[CNT_held_total] += 7;
	f->engines[5].counters[CNT_seq_lost] += 2;
	f->engines[1].counters[CNT_seq_reordered] += 1;
	ledger_close(f, e, EVENT_DONE, 0);
	f->engines[1].counters[CNT_seq_reordered] += 1;
	assert_int_equal(e->held, 7);
	assert_int_equal(e->lost, 2);
	assert_int_equal(e->reordered, 1);
	assert_int_equal(e->outcome, EVENT_DONE);
	assert_string_equal(e->reason, "a test");
}

static void an_open_event_is_read_like_a_closed_one(void **state)
{
	struct fab_event *e, view;

	f->engines[0].counters[CNT_seq_lost] = 9;
	e = ledger_open(f, &start);
	f->engines[0].counters[CNT_seq_lost] += 4;
	view = ledger_view(f, e);
	assert_int_equal(view.lost, 4);
	assert_int_equal(view.outcome, EVENT_RUNNING);
	ledger_close(f, e, EVENT_FAILED, 0);
	view = ledger_view(f, e);
	assert_int_equal(view.lost, 4);
	assert_int_equal(view.outcome, EVENT_FAILED);
}

static void events_may_overlap(void **state)
{
	struct fab_event *a = ledger_open(f, &start), *b;

	f->engines[0].counters[CNT_seq_lost] = 1;
	b = ledger_open(f, &start);
	f->engines[0].counters[CNT_seq_lost] = 3;
	ledger_close(f, a, EVENT_DONE, 0);
	ledger_close(f, b, EVENT_DONE, 0);
	assert_int_equal(a->lost, 3);
	assert_int_equal(b->lost, 2);
}

static void the_newest_events_stay(void **state)
{
	struct fab_event *e;
	uint64_t id = 11;

	assert_null(ledger_first(f));
	for (unsigned i = 0; i < FAB_EVENTS + 10; i++)
		ledger_close(f, ledger_open(f, &start), EVENT_DONE, 0);
	for (e = ledger_first(f); e; e = ledger_next(f, e))
		assert_int_equal(e->id, id++);
	assert_int_equal(id, FAB_EVENTS + 11);
}

static void what_is_known_besides_counts(void **state)
{
	struct fab_event *e = ledger_open(f, &start);

	ledger_close(f, e, EVENT_DONE, 3);
	assert_int_equal(e->lost, 3);
	e = ledger_open(f, &start);
	f->engines[0].counters[CNT_seq_lost] += 5;
	ledger_close(f, e, EVENT_DONE, -3);
	assert_int_equal(e->lost, 2);
	e = ledger_open(f, &start);
	f->engines[0].counters[CNT_seq_lost] += 1;
	ledger_close(f, e, EVENT_DONE, -3);
	assert_int_equal(e->lost, 0);
}

static void a_number_that_never_comes_out_is_missing(void **state)
{
	f->engines[2].sent[7] = 10;
	f->engines[2].done[7] = 8;
	sequence_mark(f, &mark);
	assert_false(sequence_reached(q, f, &mark));
	assert_int_equal(sequence_update(q, f, NULL), 0);
	assert_int_equal(sequence_update(q, f, &mark), 2);
	/* Told once: nobody waits for it again. */
	assert_true(sequence_reached(q, f, &mark));
	assert_int_equal(sequence_update(q, f, &mark), 2);
	/* The next packet of the slice: its owner counts the gap itself. */
	f->engines[2].sent[7] = f->engines[2].done[7] = 11;
	assert_int_equal(sequence_update(q, f, NULL), 0);
}

static void a_packet_under_way_is_not_missing(void **state)
{
	f->engines[2].sent[7] = 10;
	f->engines[2].done[7] = 8;
	sequence_mark(f, &mark);
	f->engines[2].sent[7] = 20;
	f->engines[2].done[7] = 10;
	assert_true(sequence_reached(q, f, &mark));
	assert_int_equal(sequence_update(q, f, &mark), 0);
}

static void numbers_wrap(void **state)
{
	f->engines[0].sent[0] = 3;
	f->engines[0].done[0] = UINT32_MAX - 1;
	sequence_mark(f, &mark);
	assert_int_equal(sequence_update(q, f, &mark), 5);
	f->engines[0].done[0] = 3;
	assert_true(sequence_reached(q, f, &mark));
	assert_int_equal(sequence_update(q, f, &mark), 0);
}

static void more_may_be_missing_later(void **state)
{
	f->engines[1].sent[0] = 4;
	sequence_mark(f, &mark);
	assert_int_equal(sequence_update(q, f, &mark), 4);
	f->engines[1].sent[0] = 6;
	sequence_mark(f, &mark);
	assert_false(sequence_reached(q, f, &mark));
	assert_int_equal(sequence_update(q, f, &mark), 6);
}

/* Lost while nothing changed, noticed by its owner only during a change. */
static void a_change_is_not_blamed_for_what_was_lost_before(void **state)
{
	struct fab_event *e;
	int64_t before;

	f->engines[1].sent[0] = 4;
	sequence_idle(q, f, 1000, 100);
	sequence_idle(q, f, 1050, 100); /* too early to tell */
	assert_int_equal(sequence_update(q, f, NULL), 0);
	sequence_idle(q, f, 1200, 100);
	assert_int_equal(sequence_update(q, f, NULL), 4);

	e = ledger_open(f, &start);
	before = sequence_update(q, f, NULL);
	f->engines[1].sent[0] = f->engines[1].done[0] = 5;
	f->engines[2].counters[CNT_seq_lost] += 4;
	sequence_mark(f, &mark);
	ledger_close(f, e, EVENT_DONE, sequence_update(q, f, &mark) - before);
	assert_int_equal(e->lost, 0);
}

#define FRESH(test) \
	cmocka_unit_test_setup_teardown(test, make_fabric, free_fabric)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FRESH(an_event_tells_only_its_own_time),
		FRESH(an_open_event_is_read_like_a_closed_one),
		FRESH(events_may_overlap),
		FRESH(the_newest_events_stay),
		FRESH(what_is_known_besides_counts),
		FRESH(a_number_that_never_comes_out_is_missing),
		FRESH(a_packet_under_way_is_not_missing),
		FRESH(numbers_wrap),
		FRESH(more_may_be_missing_later),
		FRESH(a_change_is_not_blamed_for_what_was_lost_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

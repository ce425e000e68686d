/* SPDX-License-Identifier: BSD-3-Clause */
/* test_steer.c - slices change hands under traffic: no packet lost, reordered or
 * processed twice, whatever the order in which the engines get to run */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim.h"

/* What a history came to must be so; else say which history it was. */
#define expect_that(r, condition)                                            \
	do {                                                                 \
		if (!(condition))                                            \
			fail_msg("seed %llu: not " #condition ": sent "      \
				 "%llu processed %llu on wire %llu "         \
				 "dropped %llu (%s) at risk %llu lost %llu " \
				 "reordered %llu",                           \
				 (unsigned long long)(r)->seed,              \
				 (unsigned long long)(r)->sent,              \
				 (unsigned long long)(r)->processed,         \
				 (unsigned long long)(r)->on_wire,           \
				 (unsigned long long)(r)->dropped,           \
				 (r)->drop ? (r)->drop : "none",             \
				 (unsigned long long)(r)->at_risk,           \
				 (unsigned long long)(r)->seq_lost,          \
				 (unsigned long long)(r)->seq_reordered);    \
	} while (0)

/* STEER_SEED=N runs one history of each test, to look at a failure. */
static void each_history(unsigned histories, const struct sim_spec *spec,
			 void (*check)(const struct sim_result *r))
{
	const char *one = getenv("STEER_SEED");
	uint64_t seed = one ? strtoull(one, NULL, 10) : 0;
	struct sim_result r, sum = { 0 };

	histories = one ? 1 : histories;
	for (unsigned i = 0; i < histories; i++, seed++) {
		r = sim_run(seed, spec);
		check(&r);
		sum.sent += r.sent;
		sum.moves += r.moves;
		sum.adoptions += r.adoptions;
		sum.starts += r.starts;
		sum.stops += r.stops;
		sum.at_risk += r.at_risk;
		sum.processed += r.processed;
	}
	print_message(
		"%u histories: %llu packets, %u moves, %u starts, %u stops, "
		"%u deaths, %llu packets lost\n",
		histories, (unsigned long long)sum.sent, sum.moves, sum.starts,
		sum.stops, sum.adoptions,
		(unsigned long long)(sum.sent - sum.processed));
	/* A history in which nothing happens proves nothing. */
	assert_true(one || sum.moves > histories);
	assert_true(one || sum.sent > histories * 100ull);
}

static void nothing_lost(const struct sim_result *r)
{
	expect_that(r, r->processed == r->sent);
	expect_that(r, r->on_wire == r->sent);
	expect_that(r, r->dropped == 0);
	expect_that(r, r->seq_lost == 0);
	expect_that(r, r->seq_reordered == 0);
}

static void moves(void **state)
{
	static const struct sim_spec spec = {
		.engines = 3,
		.changes = 30,
		.ring_slots = 16,
		.hold_slots = 256,
		.in_flight = 100,
	};

	each_history(1000, &spec, nothing_lost);
}

static void moves_through_tiny_rings(void **state)
{
	static const struct sim_spec spec = {
		.engines = 4,
		.changes = 20,
		.ring_slots = 2,
		.hold_slots = 256,
		.in_flight = 200,
	};

	each_history(300, &spec, nothing_lost);
}

static void starts_and_stops(void **state)
{
	static const struct sim_spec spec = {
		.engines = 2,
		.changes = 40,
		.starts_stops = true,
		.ring_slots = 8,
		.hold_slots = 256,
		.in_flight = 100,
	};

	each_history(500, &spec, nothing_lost);
}

/* A death costs what the dead engine had, and the numbers say how much. */
static void only_what_the_dead_had(const struct sim_result *r)
{
	expect_that(r, r->seq_reordered == 0);
	expect_that(r, r->sent - r->processed <= r->at_risk + r->dropped);
	expect_that(r, r->seq_lost <= r->sent - r->on_wire);
}

static void deaths(void **state)
{
	static const struct sim_spec spec = {
		.engines = 3,
		.changes = 40,
		.starts_stops = true,
		.deaths = 4,
		.ring_slots = 8,
		.hold_slots = 256,
		.in_flight = 100,
	};

	each_history(700, &spec, only_what_the_dead_had);
}

/* When there is no room to hold, the drop has a name and leaves a gap. */
static void drops_are_counted(const struct sim_result *r)
{
	expect_that(r, r->seq_reordered == 0);
	expect_that(r, r->sent - r->processed == r->dropped);
	expect_that(r, r->seq_lost <= r->dropped);
}

static void no_room_to_hold(void **state)
{
	static const struct sim_spec spec = {
		.engines = 3,
		.changes = 30,
		.ring_slots = 4,
		.hold_slots = 2,
		.in_flight = 200,
	};

	each_history(200, &spec, drops_are_counted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moves),
		cmocka_unit_test(moves_through_tiny_rings),
		cmocka_unit_test(starts_and_stops),
		cmocka_unit_test(deaths),
		cmocka_unit_test(no_room_to_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

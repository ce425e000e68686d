// SPDX-License-Identifier: BSD-3-Clause
/* test_scheduler.c - which backend a new connection gets */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scheduler.h"
#include "support.h"

/* Three backends with weights 5, 1, 1; the scheduler is put in. */
#define YAML_SERVICE                                \
	"services:\n"                               \
	"  - name: web\n"                           \
	"    vip: 10.1.0.10\n"                      \
	"    port: 80\n"                            \
	"    scheduler: %s\n"                       \
	"    backends:\n"                           \
	"      - {address: 10.2.0.11, weight: 5}\n" \
	"      - {address: 10.2.0.12, weight: 1}\n" \
	"      - {address: 10.2.0.13, weight: 1}\n"

struct fixture {
	struct config *config;
	struct snapshot *snap;
	const struct snap_service *service;
	struct fab_load *loads;
	uint32_t cursor;
};

static void compile(struct fixture *f)
{
	free(f->snap);
	f->snap = support_compile(f->config);
	f->service = snap_array(f->snap, services, struct snap_service);
}

static void start(struct fixture *f, const char *scheduler)
{
	char yaml[1024];

	snprintf(yaml, sizeof(yaml), YAML_FLEET YAML_NETWORK YAML_SERVICE,
		 scheduler);
	memset(f, 0, sizeof(*f));
	f->config = support_config(yaml);
	f->loads = calloc(FAB_ENGINES, sizeof(*f->loads));
	assert_non_null(f->loads);
	compile(f);
}

static void end(struct fixture *f)
{
	free(f->config);
	free(f->snap);
	free(f->loads);
}

/* Slot of the backend picked, -1 for none. */
static int pick(struct fixture *f, uint32_t hash)
{
	const struct snap_backend *b =
		scheduler_pick(f->snap, f->service, hash, f->loads, &f->cursor);

	return b ? b->slot : -1;
}

/* The sequence nginx documents for these weights: a a b a c a a. */
static void wrr_is_interleaved(void **state)
{
	static const int want[] = { 0, 0, 1, 0, 2, 0, 0 };
	struct fixture f;

	start(&f, "wrr");
	for (int i = 0; i < 21; i++)
		assert_int_equal(pick(&f, 12345), want[i % 7]);
	end(&f);
}

static void wrr_divides_weights(void **state)
{
	struct fixture f;

	start(&f, "wrr");
	for (int i = 0; i < 3; i++)
		f.config->backends[i].weight *= 50;
	compile(&f);
	assert_int_equal(f.service->table_entries, 7);
	end(&f);
}

static void wrr_cursor_wraps(void **state)
{
	struct fixture f;

	start(&f, "wrr");
	f.cursor = UINT32_MAX;
	assert_in_range(pick(&f, 0), 0, 2);
	assert_int_equal(f.cursor, 0);
	assert_int_equal(pick(&f, 0), 0);
	end(&f);
}

static void lc_sums_all_engines(void **state)
{
	struct fixture f;

	start(&f, "lc");
	for (int i = 0; i < 3; i++)
		f.config->backends[i].weight = 1;
	compile(&f);
	f.loads[0].backend_connections[0] = 3;
	f.loads[1].backend_connections[1] = 2;
	f.loads[FAB_ENGINES - 1].backend_connections[2] = 1;
	for (uint32_t hash = 0; hash < 10; hash++)
		assert_int_equal(pick(&f, hash), 2);
	f.loads[3].backend_connections[2] = 9;
	assert_int_equal(pick(&f, 0), 1);
	/* opened on engine 1, closed on engine 0: together none */
	f.loads[0].backend_connections[1] = -2;
	assert_int_equal(pick(&f, 0), 1);
	/* a sum below zero counts as none, it does not attract everything */
	f.loads[0].backend_connections[0] = 0;
	f.loads[0].backend_connections[1] = -50;
	for (uint32_t hash = 0; hash < 3; hash++)
		assert_in_range(pick(&f, hash), 0, 1);
	assert_int_equal(pick(&f, 0), 0);
	end(&f);
}

static void lc_follows_weights(void **state)
{
	unsigned count[3] = { 0 };
	struct fixture f;

	start(&f, "lc");
	for (uint32_t i = 0; i < 700; i++) {
		int slot = pick(&f, i * 2654435761u);

		count[slot]++;
		f.loads[i % FAB_ENGINES].backend_connections[slot]++;
	}
	assert_in_range(count[0], 499, 501);
	assert_in_range(count[1], 99, 101);
	assert_in_range(count[2], 99, 101);
	end(&f);
}

static void lc_spreads_ties(void **state)
{
	unsigned seen = 0;
	struct fixture f;

	start(&f, "lc");
	for (int i = 0; i < 3; i++)
		f.config->backends[i].weight = 1;
	compile(&f);
	for (uint32_t hash = 0; hash < 3; hash++)
		seen |= 1 << pick(&f, hash);
	assert_int_equal(seen, 7);
	end(&f);
}

/* Same hash, same backend; a backend that fails and comes back finds its
 * connections again, and the others keep nearly all of theirs meanwhile. */
static void maglev_is_consistent(void **state)
{
	enum { HASHES = 20000 };
	static int was[HASHES];
	unsigned moved = 0, kept = 0;
	struct fixture f;

	start(&f, "maglev");
	for (unsigned i = 0; i < HASHES; i++)
		was[i] = pick(&f, i * 2654435761u);
	f.config->backends[1].down = true;
	compile(&f);
	for (unsigned i = 0; i < HASHES; i++) {
		int is = pick(&f, i * 2654435761u);

		assert_int_not_equal(is, 1);
		if (was[i] != 1)
			*(was[i] == is ? &kept : &moved) += 1;
	}
	assert_true(moved * 25 < kept);
	f.config->backends[1].down = false;
	compile(&f);
	for (unsigned i = 0; i < HASHES; i++)
		assert_int_equal(pick(&f, i * 2654435761u), was[i]);
	end(&f);
}

static void unusable_is_never_picked(void **state)
{
	static const char *const schedulers[] = { "maglev", "wrr", "lc" };

	for (int s = 0; s < 3; s++) {
		struct fixture f;

		start(&f, schedulers[s]);
		f.config->backends[0].drained = true;
		f.config->backends[1].weight = 0;
		compile(&f);
		for (uint32_t i = 0; i < 5000; i++)
			assert_int_equal(pick(&f, i * 2654435761u), 2);
		f.config->backends[2].down = true;
		compile(&f);
		assert_int_equal(f.service->table_entries, 0);
		assert_int_equal(pick(&f, 1), -1);
		end(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrr_is_interleaved),
		cmocka_unit_test(wrr_divides_weights),
		cmocka_unit_test(wrr_cursor_wraps),
		cmocka_unit_test(lc_sums_all_engines),
		cmocka_unit_test(lc_follows_weights),
		cmocka_unit_test(lc_spreads_ties),
		cmocka_unit_test(maglev_is_consistent),
		cmocka_unit_test(unusable_is_never_picked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

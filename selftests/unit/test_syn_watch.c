/* SPDX-License-Identifier: BSD-3-Clause */
/* test_syn_watch.c - a SYN flood is seen to begin and to end */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "syn.h"
#include "traffic.h"

/* Services of `syn: cookie`; that of the IPv4 flood has slot 10. */
static struct world *cookie_world(void)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	open_world(w, &traffic_plain);
	warm_up(w);
	w->config.n_profiles = 1;
	w->config.profiles[0].syn = SYN_COOKIE;
	world_reload(w);
	return w;
}

static void sweep_all(struct world *w, uint32_t ms)
{
	w->lb.now_ms += ms;
	for (unsigned s = 0; s < FAB_SLICES; s++)
		lb_sweep(&w->lb, s, 1000);
}

/* A SYN from one of many clients; what became of it. */
static enum verdict flood(struct world *w, unsigned n)
{
	struct frame_spec spec =
		tcp_from(&families[0], 1024 + n % 60000, TCP_SYN);
	struct frame f;
	char source[32];

	snprintf(source, sizeof(source), "10.0.%u.9", 10 + n / 60000);
	spec.source = source;
	frame_make(&f, SIDE_CLIENT, &spec);
	return run(w, &f);
}

static int64_t half_open(const struct world *w)
{
	return w->loads[0].syn[10].half_open + w->loads[1].syn[10].half_open;
}

/* On at the threshold, bounded, and off by itself when the flood is over. */
static void flood_begins_and_ends(void **state)
{
	struct world *w = cookie_world();
	unsigned answered = 0;

	sweep_all(w, 100000000); /* what warmed up */
	assert_int_equal(half_open(w), 0);
	for (unsigned n = 0; n < 3000; n++) {
		w->lb.now_ms++;
		/* Two engines have a share in it. */
		w->lb.load = &w->loads[n & 1];
		answered += flood(w, n) == VERDICT_REPLY;
	}
	assert_int_equal(half_open(w), CONFIG_SYN_HALF_OPEN);
	assert_int_equal(answered, 3000 - CONFIG_SYN_HALF_OPEN);
	w->lb.load = &w->loads[0];
	assert_true(w->lb.syn_watch[10].on);
	/* First the half-open ones keep it on; later, that a flood as slow as
	 * this would fill the table again. */
	for (unsigned n = 0; n < 1800; n++) {
		sweep_all(w, 40);
		assert_int_equal(flood(w, 10000 + n), VERDICT_REPLY);
	}
	assert_int_equal(half_open(w), 0);
	w->lb.now_ms += 5000;
	syn_turn(&w->lb);
	w->lb.now_ms += 5000;
	syn_turn(&w->lb);
	assert_false(w->lb.syn_watch[10].on);
	assert_int_not_equal(flood(w, 20000), VERDICT_REPLY);
	world_free(w);
	free(w);
}

/* More SYNs in a second than clients make: on before the table is touched. */
static void rate_begins(void **state)
{
	struct world *w = cookie_world();

	w->config.profiles[0].syn_rate = 100;
	world_reload(w);
	sweep_all(w, 100000000);
	for (unsigned n = 0; n < 100; n++)
		assert_int_not_equal(flood(w, n), VERDICT_REPLY);
	assert_int_equal(flood(w, 101), VERDICT_REPLY);
	assert_int_equal(w->loads[0].syn[10].cookies_on, 1);
	world_free(w);
	free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flood_begins_and_ends),
		cmocka_unit_test(rate_begins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

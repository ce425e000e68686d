// SPDX-License-Identifier: BSD-3-Clause
/* test_heard.c - the MSS that most servers advertise */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "heard.h"
#include "traffic.h"

static void note(struct fab_mss_round *r, uint16_t mss, unsigned times)
{
	while (times--)
		heard_note(r, mss);
}

static uint16_t decide(const struct fab_mss_round *rounds, unsigned n,
		       uint32_t samples)
{
	struct heard_tally t = { 0 };

	for (unsigned i = 0; i < n; i++)
		heard_add(&t, &rounds[i]);
	return heard_majority(&t, samples);
}

/* More than half, of enough, over all engines. */
static void majority(void **state)
{
	struct fab_mss_round r[2] = { 0 };

	assert_int_equal(decide(r, 2, 1), 0);
	note(&r[0], 1460, 5);
	note(&r[1], 8960, 5);
	assert_int_equal(decide(r, 2, 1), 0); /* half is not most */
	note(&r[1], 1460, 1);
	assert_int_equal(decide(r, 2, 11), 1460);
	assert_int_equal(decide(r, 2, 12), 0); /* too few */
	note(&r[0], 1400, 1);
	assert_int_equal(decide(r, 2, 1), 0); /* 6 of 12 */
}

/* More values than places: those without count against a majority. */
static void many_values(void **state)
{
	struct fab_mss_round r = { 0 };

	for (unsigned i = 0; i < 2 * FAB_MSS_VALUES; i++)
		note(&r, 1000 + i, 1);
	note(&r, 1000, 2 * FAB_MSS_VALUES - 2);
	assert_int_equal(decide(&r, 1, 1), 0);
	note(&r, 1000, 1);
	assert_int_equal(decide(&r, 1, 1), 1000);
}

/* A new round starts empty, and is not read before the engine has begun it. */
static void rounds(void **state)
{
	struct fab_mss_round r = { 0 };

	note(&r, 1460, 10);
	assert_int_equal(decide(&r, 1, 1), 1460);
	r.wanted++;
	assert_int_equal(decide(&r, 1, 1), 0);
	note(&r, 1300, 1);
	assert_int_equal(decide(&r, 1, 1), 1300);
}

/* Nothing below the floor is ever learned. */
static void floor_kept(void **state)
{
	struct fab_mss_round r = { 0 };

	note(&r, MSS_FLOOR - 1, 10);
	assert_int_equal(decide(&r, 1, 1), 0);
	note(&r, MSS_FLOOR, 11);
	assert_int_equal(decide(&r, 1, 1), MSS_FLOOR);
}

/* The server's SYN-ACK with an MSS option: of answer()'s five bytes of data four
 * become the option. */
static void answer_with(struct frame *back, const struct frame *sent,
			const uint8_t option[4])
{
	uint8_t *tcp;

	answer(back, sent, TCP_SYN | TCP_ACK, 0);
	tcp = back->pkt.frame + back->pkt.l4;
	tcp[12] += 0x10;
	memcpy(tcp + 20, option, 4);
	frame_set_l4_checksum(&back->pkt);
}

/* Through the packet path: what the server says is heard as it said it, once for
 * each connection; what was learned goes to clients alone. */
static void on_the_path(void **state)
{
	static const uint8_t mss_1400[] = { 2, 4, 0x05, 0x78 };
	struct frame_spec s = tcp_from(&families[0], 5004, TCP_SYN);
	struct fab_mss_round *r;
	struct frame f, back;
	struct world w;

	open_world(&w, &traffic_plain);
	warm_up(&w);
	r = &w.loads[0].heard[10];
	w.config.services[0].learned_mss = 1300;
	world_reload(&w);
	s.options = mss_1400;
	s.options_bytes = 4;
	send_client(&w, &f, &s);
	assert_int_equal(frame_mss(&f.pkt), 1400);
	for (unsigned i = 0; i < 2; i++) {
		answer_with(&back, &f, mss_1400);
		assert_int_equal(run(&w, &back), VERDICT_TX);
		assert_int_equal(frame_mss(&back.pkt), 1300);
	}
	assert_int_equal(r->values[0], 1400ull << 32 | 1);
	assert_int_equal(
		w.loads[0].mss[10].seen[SIDE_CLIENT][MSS_LEARNED][MSS_CLAMPED],
		2);
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(majority),    cmocka_unit_test(many_values),
		cmocka_unit_test(rounds),      cmocka_unit_test(floor_kept),
		cmocka_unit_test(on_the_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

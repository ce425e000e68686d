/* SPDX-License-Identifier: BSD-3-Clause */
/* test_tcp.c - TCP states, timeouts, options, MSS */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fabric.h"
#include "frame.h"
#include "tcp.h"

/* From, side, flags, to. */
struct move {
	enum flow_state from;
	unsigned side;
	uint8_t flags;
	enum flow_state to;
};

#define C SIDE_CLIENT
#define S SIDE_SERVER

static const struct move moves[] = {
	{ FLOW_SYN_SENT, C, TCP_SYN, FLOW_SYN_SENT },
	{ FLOW_SYN_SENT, C, TCP_SYN | TCP_ACK, FLOW_SYN_SENT },
	{ FLOW_SYN_SENT, S, TCP_SYN, FLOW_SYN_SENT },
	{ FLOW_SYN_SENT, S, TCP_ACK, FLOW_SYN_SENT },
	{ FLOW_SYN_SENT, S, TCP_SYN | TCP_ACK, FLOW_SYN_RECV },
	{ FLOW_SYN_SENT, S, TCP_RST | TCP_ACK, FLOW_CLOSED },
	{ FLOW_SYN_RECV, S, TCP_SYN | TCP_ACK, FLOW_SYN_RECV },
	{ FLOW_SYN_RECV, S, TCP_ACK, FLOW_SYN_RECV },
	{ FLOW_SYN_RECV, C, TCP_ACK, FLOW_ESTABLISHED },
	{ FLOW_SYN_RECV, C, TCP_FIN | TCP_ACK, FLOW_FIN_WAIT },
	{ FLOW_ESTABLISHED, C, TCP_ACK | TCP_PSH, FLOW_ESTABLISHED },
	{ FLOW_ESTABLISHED, C, TCP_SYN, FLOW_ESTABLISHED },
	{ FLOW_ESTABLISHED, S, TCP_FIN | TCP_ACK, FLOW_FIN_WAIT },
	{ FLOW_ESTABLISHED, C, TCP_RST, FLOW_CLOSED },
	{ FLOW_FIN_WAIT, S, TCP_ACK, FLOW_FIN_WAIT },
	{ FLOW_LAST_ACK, C, TCP_FIN | TCP_ACK, FLOW_LAST_ACK },
	{ FLOW_LAST_ACK, C, TCP_ACK, FLOW_TIME_WAIT },
	{ FLOW_LAST_ACK, S, TCP_ACK, FLOW_TIME_WAIT },
	{ FLOW_TIME_WAIT, S, TCP_FIN | TCP_ACK, FLOW_TIME_WAIT },
	{ FLOW_TIME_WAIT, C, TCP_ACK, FLOW_TIME_WAIT },
	{ FLOW_CLOSED, C, TCP_ACK, FLOW_CLOSED },
};

static void states(void **state)
{
	const uint32_t above = 0xabcc0000 | IPPROTO_TCP << 8;

	for (unsigned i = 0; i < sizeof(moves) / sizeof(*moves); i++) {
		const struct move *m = &moves[i];
		uint32_t next = tcp_next(above | m->from, m->side, m->flags);

		assert_string_equal(flow_state_names[next & 0xff],
				    flow_state_names[m->to]);
		assert_int_equal(next & ~0x300ff, above & ~0x300ff);
	}
}

/* Both FINs are needed, from the two sides, in either order. */
static void both_fins(void **state)
{
	for (unsigned first = 0; first < 2; first++) {
		uint32_t word = FLOW_ESTABLISHED;

		word = tcp_next(word, first, TCP_FIN | TCP_ACK);
		assert_int_equal(word & 0xff, FLOW_FIN_WAIT);
		word = tcp_next(word, first, TCP_FIN | TCP_ACK);
		assert_int_equal(word & 0xff, FLOW_FIN_WAIT);
		word = tcp_next(word, !first, TCP_FIN | TCP_ACK);
		assert_int_equal(word & 0xff, FLOW_LAST_ACK);
	}
}

static void udp_states(void **state)
{
	assert_int_equal(udp_next(FLOW_UDP_NEW, C), FLOW_UDP_NEW);
	assert_int_equal(udp_next(FLOW_UDP_NEW, S), FLOW_UDP);
	assert_int_equal(udp_next(FLOW_UDP, C), FLOW_UDP);
}

static void timeouts(void **state)
{
	struct snap_service s = { .tcp_syn_ms = 1000,
				  .tcp_established_ms = 2000,
				  .tcp_close_ms = 3000,
				  .udp_ms = 4000 };

	assert_int_equal(flow_timeout_ms(FLOW_SYN_SENT, &s), 1000);
	assert_int_equal(flow_timeout_ms(FLOW_SYN_RECV, &s), 1000);
	assert_int_equal(flow_timeout_ms(FLOW_ESTABLISHED, &s), 2000);
	assert_int_equal(flow_timeout_ms(FLOW_TIME_WAIT, &s), 3000);
	assert_int_equal(flow_timeout_ms(FLOW_CLOSED, &s), 3000);
	assert_int_equal(flow_timeout_ms(FLOW_UDP_NEW, &s), 4000);
	assert_int_equal(flow_timeout_ms(FLOW_UDP, &s), 4000);
	assert_int_equal(flow_timeout_ms(FLOW_SYN_SENT, NULL), 60000);
	assert_int_equal(flow_timeout_ms(FLOW_ESTABLISHED, NULL), 7440000);
	assert_int_equal(flow_timeout_ms(FLOW_FIN_WAIT, NULL), 120000);
	assert_int_equal(flow_timeout_ms(FLOW_CLOSED, NULL), TCP_RESET_MS);
	assert_int_equal(flow_timeout_ms(FLOW_UDP_NEW, NULL), UDP_NEW_MS);
	assert_int_equal(flow_timeout_ms(FLOW_UDP, NULL), 300000);
}

/* A SYN with these options. */
static void make_syn(struct frame *f, bool six, const void *options,
		     unsigned bytes, unsigned payload)
{
	struct frame_spec s = { .source = six ? "fd00::1" : "10.0.0.1",
				.destination = six ? "fd00::2" : "10.0.0.2",
				.source_port = 1,
				.destination_port = 2,
				.tcp_flags = TCP_SYN,
				.options = options,
				.options_bytes = bytes,
				.payload_bytes = payload };

	frame_make(f, SIDE_CLIENT, &s);
}

/* As of a link that carries everything. */
static enum mss_change clamp_to(struct pkt *p, uint16_t mss)
{
	uint16_t said;

	return tcp_clamp_mss(p, mss, UINT16_MAX, &said);
}

static void options_valid(void **state)
{
	static const struct {
		uint8_t bytes[8];
		bool valid;
	} cases[] = {
		{ { 1, 1, 1, 1, 1, 1, 1, 1 }, true },
		{ { 0, 9, 9, 9, 9, 9, 9, 9 }, true }, /* after the end */
		{ { 2, 4, 5, 0xb4, 1, 3, 3, 7 }, true },
		{ { 2, 4, 5, 0xb4, 1, 1, 3, 7 }, false }, /* past the header */
		{ { 2, 4, 5, 0xb4, 1, 1, 1, 3 }, false }, /* no length */
		{ { 3, 0, 0, 0, 0, 0, 0, 0 }, false },
		{ { 3, 1, 0, 0, 0, 0, 0, 0 }, false },
		{ { 2, 3, 5, 1, 1, 1, 1, 1 }, false }, /* MSS of 3 bytes */
		{ { 1, 1, 1, 2, 4, 5, 0xb4, 1 }, true },
		{ { 200, 8, 0, 0, 0, 0, 0, 0 }, true }, /* unknown kind */
		{ { 200, 9, 0, 0, 0, 0, 0, 0 }, false },
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct frame f;

		make_syn(&f, false, cases[i].bytes, 8, 3);
		assert_int_equal(clamp_to(&f.pkt, 100) != MSS_BROKEN,
				 cases[i].valid);
	}
}

/* At every alignment of the option the checksum stays right. */
static void clamp(void **state)
{
	for (unsigned at = 0; at < 4; at++) {
		for (unsigned six = 0; six < 2; six++) {
			uint8_t options[8];
			struct frame f;

			memset(options, 1, sizeof(options));
			memcpy(options + at, "\x02\x04\x05\xb4", 4);
			make_syn(&f, six, options, 8, 3);
			assert_int_equal(clamp_to(&f.pkt, 1461), MSS_KEPT);
			assert_int_equal(clamp_to(&f.pkt, 1460), MSS_KEPT);
			assert_int_equal(frame_mss(&f.pkt), 1460);
			assert_int_equal(clamp_to(&f.pkt, 1007), MSS_CLAMPED);
			assert_int_equal(frame_mss(&f.pkt), 1007);
			assert_true(frame_checksums_ok(&f.pkt));
		}
	}
}

static void insert(void **state)
{
	static const struct {
		bool six;
		uint16_t mss, want;
	} cases[] = { { false, 1460, 536 },
		      { false, 300, 300 },
		      { true, 1440, 1220 },
		      { true, 1000, 1000 } };

	for (unsigned i = 0; i < 4; i++) {
		static const uint8_t window_scale[] = { 1, 3, 3, 7 };
		struct frame f, before;

		make_syn(&f, cases[i].six, window_scale, 4, 9);
		before = f;
		assert_int_equal(clamp_to(&f.pkt, cases[i].mss), MSS_INSERTED);
		assert_int_equal(frame_mss(&f.pkt), cases[i].want);
		assert_int_equal(f.pkt.len, before.pkt.len + 4);
		assert_true(frame_checksums_ok(&f.pkt));
		/* Old options and payload did not move; headers did. */
		assert_memory_equal(f.pkt.frame + f.pkt.l4 + 24,
				    before.room + FRAME_HEADROOM +
					    before.pkt.l4 + 20,
				    4 + 9);
		assert_memory_equal(f.pkt.frame, before.room + FRAME_HEADROOM,
				    14);
		/* It still parses, with the same meaning. */
		assert_int_equal(clamp_to(&f.pkt, 1460), MSS_KEPT);
	}
}

static void no_room_to_insert(void **state)
{
	uint8_t options[40];
	struct frame f, before;

	memset(options, 1, sizeof(options));
	make_syn(&f, false, options, 40, 0);
	before = f;
	assert_int_equal(clamp_to(&f.pkt, 100), MSS_KEPT);
	assert_memory_equal(f.room, before.room, sizeof(f.room));
}

/* Any option bytes: what is called valid can be clamped and stays right. */
static void noise(void **state)
{
	unsigned valid = 0;

	srand(2);
	for (unsigned i = 0; i < 200000; i++) {
		uint8_t options[12];
		struct frame f;

		for (unsigned b = 0; b < sizeof(options); b++)
			options[b] = rand() % 8 ? rand() % 6 : rand();
		make_syn(&f, i & 1, options, sizeof(options), 4);
		if (clamp_to(&f.pkt, 500) == MSS_BROKEN)
			continue;
		valid++;
		assert_true(frame_checksums_ok(&f.pkt));
		assert_true(frame_mss(&f.pkt) <= 500);
	}
	assert_true(valid > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(states),
		cmocka_unit_test(both_fins),
		cmocka_unit_test(udp_states),
		cmocka_unit_test(timeouts),
		cmocka_unit_test(options_valid),
		cmocka_unit_test(clamp),
		cmocka_unit_test(insert),
		cmocka_unit_test(no_room_to_insert),
		cmocka_unit_test(noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

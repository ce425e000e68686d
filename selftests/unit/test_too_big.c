// SPDX-License-Identifier: BSD-3-Clause
/* test_too_big.c - packets that do not fit: our errors, our pieces, the MSS */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "frame.h"
#include "mss.h"
#include "pmtu.h"
#include "split.h"
#include "too_big.h"
#include "world.h"

#define MTU 1300

static const struct world_spec narrow = { .backends = 1,
					  .snats = 1,
					  .flows4 = 1024,
					  .flows6 = 1024,
					  .client_mtu = MTU,
					  .server_mtu = MTU };
static struct world w;

static int make_world(void **state)
{
	memset(&w, 0, sizeof(w));
	world_init(&w, &narrow);
	return 0;
}

static int free_world(void **state)
{
	world_free(&w);
	return 0;
}

static enum verdict run(struct frame *f)
{
	struct pkt *p = &f->pkt;

	pkt_parse(p, &w.hash);
	if (p->verdict == VERDICT_NONE)
		lb_process(&w.lb, &p, 1);
	return p->verdict;
}

static struct frame_spec from_client(bool six, uint8_t protocol)
{
	return (struct frame_spec){
		.source = six ? "fd00::3:7" : "10.0.3.7",
		.destination = six ? "fd00::100" : "10.0.0.100",
		.source_port = 4000,
		.destination_port = protocol == IPPROTO_TCP ? 80 : 53,
		.protocol = protocol,
		.tcp_flags = 2,
	};
}

/* The first packet of a flow as it leaves. */
static void open_flow(const struct frame_spec *s, struct frame *out)
{
	for (unsigned i = 0; i < 2; i++) {
		frame_make(out, SIDE_CLIENT, s);
		run(out);
		world_resolve(&w);
	}
	assert_int_equal(out->pkt.verdict, VERDICT_TX);
}

/* An answer of the server to what it got. */
static struct frame_spec from_server(const struct frame *got, char text[4][64],
				     unsigned bytes)
{
	char both[160];
	unsigned from, to;

	frame_text(&got->pkt, both, sizeof(both));
	if (got->pkt.family == 6)
		assert_int_equal(sscanf(both, "[%63[^]]]:%u > [%63[^]]]:%u",
					text[0], &from, text[1], &to),
				 4);
	else
		assert_int_equal(sscanf(both, "%63[^:]:%u > %63[^:]:%u",
					text[0], &from, text[1], &to),
				 4);
	return (struct frame_spec){ .source = text[1],
				    .destination = text[0],
				    .source_port = to,
				    .destination_port = from,
				    .protocol = got->pkt.protocol,
				    .payload_bytes = bytes };
}

/* Both families, both ways: an error to the sender that quotes what it sent. */
static void the_sender_is_told(void **state)
{
	for (unsigned i = 0; i < 4; i++) {
		bool six = i & 1, back = i & 2;
		struct frame_spec s = from_client(six, IPPROTO_TCP);
		struct frame opened, sent, f;
		uint8_t side = back ? SIDE_SERVER : SIDE_CLIENT;
		unsigned ip = six ? 40 : 20, bytes;
		const uint8_t *a, *b;
		char text[4][64];

		s.source_port += i;
		open_flow(&s, &opened);
		s.tcp_flags = 0;
		s.payload_bytes = MTU - ip - 20 + 1;
		if (back)
			s = from_server(&opened, text, MTU - ip - 20 + 1);
		frame_make(&sent, side, &s);
		frame_make(&f, side, &s);
		assert_int_equal(run(&f), VERDICT_ANSWER);
		assert_int_equal(f.pkt.reason, DROP_oversize);
		assert_int_equal(f.pkt.out_side, side);
		bytes = f.pkt.len - f.pkt.l3;
		assert_int_equal(bytes, six ? 1280 : 576);
		f.pkt.protocol = six ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
		assert_true(frame_checksums_ok(&f.pkt));
		a = f.pkt.frame + f.pkt.l3;
		b = sent.pkt.frame + sent.pkt.l3;
		/* From whom it was sent to, back. */
		assert_memory_equal(a + (six ? 8 : 12), b + (six ? 24 : 16),
				    six ? 16 : 4);
		assert_memory_equal(a + (six ? 24 : 16), b + (six ? 8 : 12),
				    six ? 16 : 4);
		assert_memory_equal(f.pkt.frame, sent.pkt.frame + 6, 6);
		assert_memory_equal(f.pkt.frame + 6, w.lb.mac[side], 6);
		a += ip;
		assert_int_equal(a[0], six ? 2 : 3);
		assert_int_equal(a[1], six ? 0 : 4);
		assert_int_equal(a[6] << 8 | a[7], MTU);
		assert_memory_equal(a + 8, b, bytes - ip - 8);
		assert_int_equal(w.counters[CNT_pmtu_sent], i + 1);
	}
}

static void what_fits_goes(void **state)
{
	struct frame_spec s = from_client(false, IPPROTO_TCP);
	struct frame f;

	open_flow(&s, &f);
	s.tcp_flags = 0;
	s.payload_bytes = MTU - 40;
	frame_make(&f, SIDE_CLIENT, &s);
	assert_int_equal(run(&f), VERDICT_TX);
}

static void not_too_many_errors(void **state)
{
	struct frame_spec s = from_client(true, IPPROTO_UDP);
	unsigned answers = 0;
	struct frame f;

	open_flow(&s, &f);
	s.payload_bytes = MTU;
	for (unsigned i = 0; i < 200; i++) {
		frame_make(&f, SIDE_CLIENT, &s);
		answers += run(&f) == VERDICT_ANSWER;
		assert_int_equal(f.pkt.reason, DROP_oversize);
	}
	assert_int_equal(answers, TOO_BIG_BURST);
	w.lb.now_ms += 3;
	for (unsigned i = 0; i < 200; i++) {
		frame_make(&f, SIDE_CLIENT, &s);
		answers += run(&f) == VERDICT_ANSWER;
	}
	assert_int_equal(answers, TOO_BIG_BURST + 3);
}

static void allow_to_cut(struct frame *f)
{
	uint8_t *ip = f->pkt.frame + f->pkt.l3;
	uint32_t sum = 0;

	ip[6] = 0;
	ip[10] = ip[11] = 0;
	for (int i = 0; i < (ip[0] & 15) * 4; i += 2)
		sum += ip[i] << 8 | ip[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = ~(sum + (sum >> 16));
	ip[10] = sum >> 8;
	ip[11] = sum;
}

/* Without DF an IPv4 packet is cut; put together it is what would have left. */
static void cut_and_whole_again(void **state)
{
	struct frame_spec s = from_client(false, IPPROTO_UDP);
	struct frame f, piece = { 0 };
	uint8_t whole[FRAME_ROOM];
	unsigned at = 0, pieces = 0, was = 0;

	open_flow(&s, &f);
	s.payload_bytes = 1800;
	frame_make(&f, SIDE_CLIENT, &s);
	allow_to_cut(&f);
	assert_int_equal(run(&f), VERDICT_SPLIT);
	assert_int_equal(f.pkt.split, MTU);
	piece.pkt.frame = piece.room;
	while (split_next(&f.pkt, &at, &piece.pkt)) {
		const uint8_t *ip = piece.pkt.frame + piece.pkt.l3;
		unsigned field = ip[6] << 8 | ip[7];

		assert_true(piece.pkt.len <= split_room(&f.pkt));
		assert_int_equal((field & 0x1fff) * 8, was);
		assert_int_equal(!(field & 0x2000), at == 1808);
		assert_int_equal(ip[2] << 8 | ip[3],
				 piece.pkt.len - piece.pkt.l3);
		memcpy(whole + was, ip + 20, at - was);
		was = at;
		pieces++;
	}
	assert_int_equal(pieces, 2);
	assert_int_equal(was, 1808);
	assert_memory_equal(whole, f.pkt.frame + f.pkt.l4, 1808);
}

/* The middle fragment of something, with an option that goes with all pieces
 * and one that does not. */
static void a_fragment_is_cut_again(void **state)
{
	static const uint8_t options[8] = { 7, 3, 4, 0x83, 3, 4, 1, 0 };
	struct frame whole = { 0 }, piece = { 0 };
	uint8_t *ip = whole.room + 14;
	unsigned at = 0, pieces = 0;

	ip[0] = 0x47;
	ip[6] = 0x20;
	ip[7] = 100;
	memcpy(ip + 20, options, 8);
	whole.pkt = (struct pkt){ .frame = whole.room,
				  .l3 = 14,
				  .l4 = 14 + 28,
				  .len = 14 + 28 + 400,
				  .split = 228 };
	piece.pkt.frame = piece.room;
	for (; split_next(&whole.pkt, &at, &piece.pkt); pieces++) {
		const uint8_t *got = piece.room + 14;

		assert_int_equal(got[6], 0x20); /* more of the whole follows */
		assert_int_equal(got[7], 100 + pieces * 25);
		assert_int_equal(got[20], pieces ? 1 : 7);
		assert_int_equal(got[23], 0x83);
	}
	assert_int_equal(pieces, 2);
}

/* The MSS of new connections, where the profile wants it. */
static void learned_path_lowers_the_mss(void **state)
{
	for (unsigned i = 0; i < 8; i++) {
		bool six = i & 1, use = i & 2;
		uint8_t side = i & 4 ? SIDE_SERVER : SIDE_CLIENT;
		struct frame_spec s = from_client(six, IPPROTO_TCP);
		static const uint8_t option[4] = { 2, 4, 5, 180 }; /* 1460 */
		struct address to;
		struct frame f;
		unsigned mtu = use ? 1290 : MTU;

		free_world(NULL);
		make_world(NULL);
		assert_true(address_parse(side == SIDE_CLIENT ? s.source :
					  six		      ? "fd01::1:1" :
								"10.1.1.1",
					  &to));
		w.config.profiles[0].path_mtu = use;
		w.config.n_profiles = 1;
		world_reload(&w);
		assert_true(pmtu_learn(w.paths, side, 0, &to, 1290, 1));
		s.options = option;
		s.options_bytes = 4;
		open_flow(&s, &f);
		assert_int_equal(frame_mss(&f.pkt), mtu - (six ? 60 : 40));
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_world, free_world)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_sender_is_told),
		TEST(what_fits_goes),
		TEST(not_too_many_errors),
		TEST(cut_and_whole_again),
		TEST(a_fragment_is_cut_again),
		TEST(learned_path_lowers_the_mss),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

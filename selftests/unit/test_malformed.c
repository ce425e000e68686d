// SPDX-License-Identifier: BSD-3-Clause
/* test_malformed.c - broken packets through parser and packet path */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "frame.h"
#include "world.h"

#define SEED 20240607u
#define L3   14
#define SYN  0x02
#define ACK  0x10
#define MF   0x2000 /* more fragments */

static const struct world_spec small = { .backends = 2,
					 .snats = 1,
					 .flows4 = 1024,
					 .flows6 = 1024 };

static const struct frame_spec syn4 = { .source = "10.0.5.5",
					.destination = "10.0.0.100",
					.source_port = 40000,
					.destination_port = 80,
					.tcp_flags = SYN };
static const struct frame_spec syn6 = { .source = "fd00::55",
					.destination = "fd00::100",
					.source_port = 40000,
					.destination_port = 80,
					.tcp_flags = SYN };
static const struct frame_spec udp4 = { .source = "10.0.5.5",
					.destination = "10.0.0.100",
					.source_port = 40000,
					.destination_port = 53,
					.protocol = IPPROTO_UDP,
					.payload_bytes = 20 };
static const struct frame_spec udp6 = { .source = "fd00::55",
					.destination = "fd00::100",
					.source_port = 40000,
					.destination_port = 53,
					.protocol = IPPROTO_UDP,
					.payload_bytes = 20 };
static const struct frame_spec *const specs[] = { &syn4, &syn6, &udp4, &udp6 };

static int make_world(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	if (!w)
		return 1;
	world_init(w, &small);
	*state = w;
	return 0;
}

static int free_world(void **state)
{
	world_free(*state);
	free(*state);
	return 0;
}

/* xorshift32: the same garbage in every run. */
static uint32_t garbage(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static uint16_t sum16(const uint8_t *at, unsigned bytes)
{
	uint32_t sum = 0;

	for (unsigned i = 0; i < bytes; i++)
		sum += i & 1 ? at[i] : at[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static void put16(uint8_t *at, uint16_t v)
{
	at[0] = v >> 8;
	at[1] = v;
}

/* Right IPv4 header checksum again, after a change by hand. */
static void fix_ip4(uint8_t *l3)
{
	put16(l3 + 10, 0);
	put16(l3 + 10, ~sum16(l3, (l3[0] & 15) * 4));
}

/*
 * `len` bytes of a frame through parser and packet path, in memory that ends
 * with them. Leaves verdict and reason in *out.
 */
static void play(struct world *w, const uint8_t *frame, unsigned len,
		 struct pkt *out)
{
	uint8_t *room = malloc(PKT_HEADROOM + len);
	struct pkt p = { .side = SIDE_CLIENT, .len = len };
	struct pkt *vector[1] = { &p };

	assert_non_null(room);
	p.frame = room + PKT_HEADROOM;
	memcpy(p.frame, frame, len);
	pkt_parse(&p, &w->hash);
	if (p.verdict == VERDICT_NONE)
		lb_process(&w->lb, vector, 1);
	assert_int_not_equal(p.verdict, VERDICT_NONE);
	free(room);
	*out = p;
}

static bool forwarded(const struct pkt *p)
{
	return p->verdict == VERDICT_TX || p->verdict == VERDICT_NEIGH;
}

/* The packet is dropped for this reason and leaves no trace. */
static void expect_drop(struct world *w, const uint8_t *frame, unsigned len,
			enum vfl_drop reason)
{
	uint32_t flows = flow_count_all(w->store);
	struct pkt p;

	play(w, frame, len, &p);
	assert_int_equal(p.verdict, VERDICT_DROP);
	assert_string_equal(vfl_drop_names[p.reason], vfl_drop_names[reason]);
	assert_int_equal(flow_count_all(w->store), flows);
}

/* Each frame is accepted whole and at no shorter length. */
static void every_length(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < 4; i++) {
		struct frame f;
		struct pkt p;

		frame_make(&f, SIDE_CLIENT, specs[i]);
		for (unsigned len = 0; len < f.pkt.len; len++) {
			play(w, f.pkt.frame, len, &p);
			assert_int_equal(p.verdict, VERDICT_DROP);
		}
		assert_int_equal(flow_count_all(w->store), i);
		play(w, f.pkt.frame, f.pkt.len, &p);
		assert_true(forwarded(&p));
		assert_int_equal(flow_count_all(w->store), i + 1);
	}
}

/* Any one bit of a first packet's transport part or IPv4 header turned over:
 * whatever it meant, the checksum is wrong and no flow comes of it. */
static void every_bit(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < 4; i++) {
		struct frame f;
		unsigned from;

		frame_make(&f, SIDE_CLIENT, specs[i]);
		from = f.pkt.family == 4 ? f.pkt.l3 : f.pkt.l4;
		for (unsigned bit = from * 8; bit < f.pkt.len * 8u; bit++) {
			struct pkt p;

			f.pkt.frame[bit / 8] ^= 1 << bit % 8;
			play(w, f.pkt.frame, f.pkt.len, &p);
			assert_int_equal(p.verdict, VERDICT_DROP);
			f.pkt.frame[bit / 8] ^= 1 << bit % 8;
		}
		assert_int_equal(flow_count_all(w->store), 0);
	}
}

static void bad_checksums(void **state)
{
	struct world *w = *state;
	struct frame f;

	frame_make(&f, SIDE_CLIENT, &syn4);
	f.pkt.frame[L3 + 10] ^= 0x80;
	expect_drop(w, f.pkt.frame, f.pkt.len, DROP_ip4_checksum);
	for (unsigned i = 0; i < 4; i++) {
		frame_make(&f, SIDE_CLIENT, specs[i]);
		f.pkt.frame[f.pkt.l4 + 1] ^= 1; /* source port */
		expect_drop(w, f.pkt.frame, f.pkt.len, DROP_l4_checksum);
	}
	/* RFC 8200 8.1: UDP over IPv6 has a checksum */
	frame_make(&f, SIDE_CLIENT, &udp6);
	put16(f.pkt.frame + f.pkt.l4 + 6, 0);
	expect_drop(w, f.pkt.frame, f.pkt.len, DROP_l4_checksum);
}

/* Whether RFC 9293 3.1 options are well formed: what the test expects. */
static bool options_good(const uint8_t *o, unsigned bytes)
{
	for (unsigned at = 0; at < bytes && o[at] != 0;) {
		if (o[at] == 1) {
			at++;
			continue;
		}
		if (at + 1 >= bytes || o[at + 1] < 2 || at + o[at + 1] > bytes)
			return false;
		if (o[at] == 2 && o[at + 1] != 4)
			return false;
		at += o[at + 1];
	}
	return true;
}

/* Garbage in the options of a SYN, few values so that good ones come up too. */
static void option_garbage(void **state)
{
	static const uint8_t values[] = {
		0, 1, 1, 2, 2, 3, 4, 4, 5, 8, 10, 255
	};
	uint32_t random = SEED, good = 0, bad = 0;
	struct world *w = *state;

	for (unsigned n = 0; n < 4000; n++) {
		struct frame_spec s = n & 1 ? syn4 : syn6;
		uint8_t options[40];
		struct frame f;
		struct pkt p;

		s.options_bytes = (1 + garbage(&random) % 10) * 4;
		for (unsigned i = 0; i < s.options_bytes; i++)
			options[i] = values[garbage(&random) % sizeof(values)];
		s.options = options;
		frame_make(&f, SIDE_CLIENT, &s);
		play(w, f.pkt.frame, f.pkt.len, &p);
		if (options_good(options, s.options_bytes)) {
			assert_true(forwarded(&p));
			good++;
		} else {
			assert_int_equal(p.verdict, VERDICT_DROP);
			assert_int_equal(p.reason, DROP_tcp_options);
			bad++;
		}
	}
	assert_true(good > 200 && bad > 200);
}

/* What no sender makes, and pieces that lie over each other (RFC 1858, 3128,
 * 5722), get nowhere; the rest of the datagram neither. */
static void fragments(void **state)
{
	static const struct {
		unsigned at;
		bool more;
		enum vfl_drop reason;
	} pieces[] = {
		{ 8191, false, DROP_ip_fragment }, /* behind 65535 */
		{ 0, true, DROP_COUNT }, /* the first half */
		{ 0, true, DROP_fragment_overlap }, /* a copy of it */
		{ 1, true, DROP_fragment_overlap }, /* half over it */
		{ 4, true, DROP_fragment_overlap }, /* beside it, too late */
	};
	struct world *w = *state;
	struct frame f;

	for (unsigned i = 0; i < sizeof(pieces) / sizeof(*pieces); i++) {
		uint8_t *l3;
		struct pkt p;

		frame_make(&f, SIDE_CLIENT, &udp4);
		l3 = f.pkt.frame + f.pkt.l3;
		/* 24 bytes of a longer datagram. */
		put16(f.pkt.frame + f.pkt.l4 + 4, 1000);
		f.pkt.len = f.pkt.l4 + 24;
		put16(l3 + 2, 20 + 24);
		put16(l3 + 6, pieces[i].at | (pieces[i].more ? MF : 0));
		fix_ip4(l3);
		if (pieces[i].reason != DROP_COUNT) {
			expect_drop(w, f.pkt.frame, f.pkt.len,
				    pieces[i].reason);
			continue;
		}
		play(w, f.pkt.frame, f.pkt.len, &p);
		assert_int_equal(p.verdict, VERDICT_STEER);
	}
	for (unsigned at = 0; at < 3; at++) {
		frame_make(&f, SIDE_CLIENT, &udp6);
		f.pkt.frame[L3 + 6] = IPPROTO_FRAGMENT;
		/* More to come, but not a multiple of 8. */
		memcpy(f.pkt.frame + f.pkt.l4,
		       (uint8_t[]){ IPPROTO_UDP, 0, 0, at * 8 + 1, 0, 0, 0, 1 },
		       8);
		expect_drop(w, f.pkt.frame, f.pkt.len, DROP_ip_fragment);
	}
}

/* An ICMP error about an answer of the VIP, `bytes` of the answer inside. */
static unsigned icmp4_error(struct frame *f, const struct pkt *about,
			    unsigned bytes)
{
	struct frame_spec s = udp4;
	uint8_t *l3, *icmp;

	s.source = "10.0.0.1";
	frame_make(f, SIDE_CLIENT, &s);
	l3 = f->pkt.frame + L3;
	icmp = l3 + 20;
	memset(icmp, 0, 8);
	icmp[0] = 3; /* unreachable */
	icmp[1] = 4; /* too big */
	put16(icmp + 6, 1300);
	memcpy(icmp + 8, about->frame + about->l3, bytes);
	/* the VIP sent it to the client: the other way round */
	if (bytes >= 20) {
		memcpy(icmp + 8 + 12, about->frame + about->l3 + 16, 4);
		memcpy(icmp + 8 + 16, about->frame + about->l3 + 12, 4);
	}
	if (bytes >= 24) {
		memcpy(icmp + 8 + 20, about->frame + about->l4 + 2, 2);
		memcpy(icmp + 8 + 22, about->frame + about->l4, 2);
	}
	put16(icmp + 2, ~sum16(icmp, 8 + bytes));
	l3[9] = IPPROTO_ICMP;
	put16(l3 + 2, 20 + 8 + bytes);
	fix_ip4(l3);
	return L3 + 20 + 8 + bytes;
}

/* An error needs the inner IP header and 8 bytes (RFC 792); with less, with a
 * wrong checksum or about nothing we know it is dropped. */
static void icmp_errors(void **state)
{
	struct world *w = *state;
	struct frame first, f;
	unsigned len;
	struct pkt p;

	frame_make(&first, SIDE_CLIENT, &syn4);
	len = icmp4_error(&f, &first.pkt, 28);
	expect_drop(w, f.pkt.frame, len, DROP_icmp_header); /* no flow yet */
	play(w, first.pkt.frame, first.pkt.len, &p);
	assert_true(forwarded(&p));
	for (unsigned bytes = 0; bytes < 28; bytes++) {
		len = icmp4_error(&f, &first.pkt, bytes);
		expect_drop(w, f.pkt.frame, len, DROP_icmp_header);
	}
	len = icmp4_error(&f, &first.pkt, 28);
	play(w, f.pkt.frame, len, &p);
	assert_true(forwarded(&p));
	f.pkt.frame[L3 + 20 + 7] ^= 1;
	expect_drop(w, f.pkt.frame, len, DROP_l4_checksum);
}

/* Bytes without any sense never make a flow and never crash. */
static void noise(void **state)
{
	static const uint8_t types[][2] = {
		{ 8, 0 }, { 0x86, 0xdd }, { 8, 6 }, { 0x81, 0 }
	};
	struct world *w = *state;
	uint32_t random = SEED;

	for (unsigned n = 0; n < 20000; n++) {
		unsigned len = garbage(&random) % 128;
		uint8_t frame[128];
		struct pkt p;

		for (unsigned i = 0; i < len; i++)
			frame[i] = garbage(&random) >> 8;
		if (len > L3) {
			memcpy(frame + 12, types[n % 4], 2);
			frame[L3] = n % 4 == 1 ? 0x60 : 0x45;
		}
		play(w, frame, len, &p);
		assert_true(p.verdict == VERDICT_DROP ||
			    p.verdict == VERDICT_PUNT);
		assert_in_range(p.reason, 0, DROP_COUNT - 1);
	}
	assert_int_equal(flow_count_all(w->store), 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_world, free_world)
	const struct CMUnitTest tests[] = {
		TEST(every_length),   TEST(every_bit), TEST(bad_checksums),
		TEST(option_garbage), TEST(fragments), TEST(icmp_errors),
		TEST(noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: BSD-3-Clause
/* test_fragment.c - fragments find their flow, overlaps nothing */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fragment.h"
#include "frame.h"
#include "tcp.h"
#include "world.h"

#define EXTENSION 8 /* bytes of the IPv6 fragment header */

static const struct world_spec plain = { .backends = 1,
					 .snats = 1,
					 .flows4 = 4096,
					 .flows6 = 4096 };
static struct world w;

static int make_world(void **state)
{
	memset(&w, 0, sizeof(w));
	world_init(&w, &plain);
	return 0;
}

static int free_world(void **state)
{
	world_free(&w);
	return 0;
}

static struct frame_spec datagram(bool six, unsigned bytes)
{
	return (struct frame_spec){
		.source = six ? "fd00::3:7" : "10.0.3.7",
		.destination = six ? "fd00::100" : "10.0.0.100",
		.source_port = 4000,
		.destination_port = 53,
		.protocol = IPPROTO_UDP,
		.payload_bytes = bytes,
	};
}

static void put16(uint8_t *at, uint16_t v)
{
	at[0] = v >> 8;
	at[1] = v;
}

static void fix_ip4(uint8_t *ip)
{
	uint32_t sum = 0;

	put16(ip + 10, 0);
	for (unsigned i = 0; i < 20; i += 2)
		sum += ip[i] << 8 | ip[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	put16(ip + 10, ~(sum + (sum >> 16)));
}

/* Bytes from..to of the payload of `whole` as a fragment. */
static void cut(struct frame *f, const struct frame *whole, unsigned from,
		unsigned to, uint32_t id)
{
	const struct pkt *p = &whole->pkt;
	bool more = p->l4 + to < p->len;
	unsigned at = p->l4;
	uint8_t *ip;

	*f = *whole;
	f->pkt.frame = f->room + FRAME_HEADROOM;
	ip = f->pkt.frame + p->l3;
	if (p->family == 4) {
		put16(ip + 2, 20 + to - from);
		put16(ip + 4, id);
		put16(ip + 6, from / 8 | (more ? 0x2000 : 0));
		fix_ip4(ip);
	} else {
		put16(ip + 4, EXTENSION + to - from);
		ip[6] = IPPROTO_FRAGMENT;
		memset(ip + 40, 0, EXTENSION);
		ip[40] = p->protocol;
		put16(ip + 42, from | more);
		put16(ip + 44, id >> 16);
		put16(ip + 46, id);
		at += EXTENSION;
	}
	memcpy(f->pkt.frame + at, p->frame + p->l4 + from, to - from);
	f->pkt.len = at + to - from;
	f->pkt.l4 = at;
}

static enum verdict process(struct frame *f)
{
	struct pkt *p = &f->pkt;

	p->verdict = VERDICT_NONE;
	lb_process(&w.lb, &p, 1);
	return p->verdict;
}

/* What the engines do with a fragment, both slices. */
static enum verdict run(struct frame *f)
{
	uint8_t slice;

	pkt_parse(&f->pkt, &w.hash);
	if (f->pkt.verdict != VERDICT_NONE)
		return f->pkt.verdict;
	slice = f->pkt.slice;
	if (process(f) != VERDICT_STEER)
		return f->pkt.verdict;
	assert_int_equal(f->pkt.slice, slice);
	/* Over a ring: the owner parses it again. */
	pkt_parse(&f->pkt, &w.hash);
	assert_int_equal(f->pkt.verdict, VERDICT_NONE);
	assert_int_equal(f->pkt.slice, f->pkt.hash & 255);
	return process(f);
}

static void dropped(struct frame *f, enum vfl_drop reason)
{
	assert_int_equal(run(f), VERDICT_DROP);
	assert_string_equal(vfl_drop_names[f->pkt.reason],
			    vfl_drop_names[reason]);
}

/* A flow, so that neighbours are known; the unfragmented packet as it leaves. */
static void open_flow(const struct frame_spec *s, struct frame *out)
{
	for (unsigned i = 0; i < 2; i++) {
		frame_make(out, SIDE_CLIENT, s);
		run(out);
		world_resolve(&w);
	}
	assert_int_equal(out->pkt.verdict, VERDICT_TX);
}

/* The payload of a fragment that leaves goes to its place in `whole`. */
static void collect(struct frame *whole, const struct frame *f, unsigned from)
{
	const struct pkt *p = &f->pkt;

	memcpy(whole->pkt.frame + whole->pkt.l4 + from, p->frame + p->l4,
	       p->len - p->l4);
}

/* Three pieces come out as the datagram would have, both families, both ways. */
static void pieces_are_translated(void **state)
{
	for (unsigned i = 0; i < 4; i++) {
		bool six = i & 1, answer = i & 2;
		struct frame_spec s = datagram(six, 1200);
		struct frame whole, expected, got, f;
		char a[160], b[160];

		open_flow(&s, &expected);
		frame_make(&whole, SIDE_CLIENT, &s);
		if (answer) {
			/* The server's echo of what it got. */
			whole = expected;
			whole.pkt.frame = whole.room +
					  (expected.pkt.frame - expected.room);
			whole.pkt.side = SIDE_SERVER;
			whole.pkt.flags = 0;
			for (unsigned k = 0; k < (six ? 16 : 4); k++) {
				uint8_t *ip = whole.pkt.frame + whole.pkt.l3 +
					      (six ? 8 : 12) + k;
				uint8_t t = *ip;

				*ip = ip[six ? 16 : 4];
				ip[six ? 16 : 4] = t;
			}
			for (unsigned k = 0; k < 2; k++) {
				uint8_t *l4 =
					whole.pkt.frame + whole.pkt.l4 + k;
				uint8_t t = *l4;

				*l4 = l4[2];
				l4[2] = t;
			}
			expected = whole;
			expected.pkt.frame =
				expected.room + (whole.pkt.frame - whole.room);
			assert_int_equal(run(&expected), VERDICT_TX);
		}
		got = expected;
		got.pkt.frame = got.room + (expected.pkt.frame - expected.room);
		memset(got.pkt.frame + got.pkt.l4, 0, 1208);
		for (unsigned from = 0; from < 1208; from += 480) {
			unsigned to = from + 480 < 1208 ? from + 480 : 1208;

			cut(&f, &whole, from, to, 77);
			assert_int_equal(run(&f), VERDICT_TX);
			assert_int_equal(f.pkt.out_side, !whole.pkt.side);
			collect(&got, &f, from);
			/* Its own header is that of the whole. */
			assert_memory_equal(
				f.pkt.frame + f.pkt.l3 + (six ? 8 : 12),
				got.pkt.frame + got.pkt.l3 + (six ? 8 : 12),
				six ? 32 : 8);
		}
		assert_true(frame_checksums_ok(&got.pkt));
		assert_string_equal(frame_text(&got.pkt, a, sizeof(a)),
				    frame_text(&expected.pkt, b, sizeof(b)));
		assert_memory_equal(got.pkt.frame + got.pkt.l4,
				    expected.pkt.frame + expected.pkt.l4, 1208);
	}
}

/* The first fragment alone may open a flow. */
static void first_fragment_opens(void **state)
{
	struct frame_spec s = datagram(false, 1200);
	struct frame whole, f;

	frame_make(&whole, SIDE_CLIENT, &s);
	cut(&f, &whole, 480, 960, 5);
	assert_int_equal(run(&f), VERDICT_WAIT);
	cut(&f, &whole, 0, 480, 5);
	assert_int_equal(run(&f), VERDICT_NEIGH);
	assert_int_equal(flow_count_all(w.store), 1);
	world_resolve(&w);
	cut(&f, &whole, 480, 960, 5);
	assert_int_equal(run(&f), VERDICT_TX);
	cut(&f, &whole, 960, 1208, 5);
	assert_int_equal(run(&f), VERDICT_TX);
	/* It is whole and forgotten. */
	cut(&f, &whole, 960, 1208, 5);
	assert_int_equal(run(&f), VERDICT_WAIT);
}

/* Whole packets go to a server in the engine, pieces do not. */
static void none_for_a_server_here(void **state)
{
	struct frame_spec s = datagram(false, 1200);
	struct frame whole, f;

	for (unsigned i = 0; i < w.config.n_services; i++) {
		if (w.config.services[i].protocol != IPPROTO_TCP)
			continue;
		w.config.services[i].serve = SERVE_HTTP;
		w.config.services[i].n_backends = 0;
	}
	world_reload(&w);
	s.protocol = IPPROTO_TCP;
	s.destination_port = 80;
	s.tcp_flags = TCP_ACK;
	frame_make(&whole, SIDE_CLIENT, &s);
	f = whole;
	f.pkt.frame = f.room + FRAME_HEADROOM;
	assert_int_equal(run(&f), VERDICT_LOCAL);
	cut(&f, &whole, 0, 480, 1);
	dropped(&f, DROP_no_backend);
	assert_int_equal(flow_count_all(w.store), 0);
}

static void overlaps_are_refused(void **state)
{
	for (unsigned six = 0; six < 2; six++) {
		struct frame_spec s = datagram(six, 1200);
		struct frame whole, f;

		open_flow(&s, &f);
		frame_make(&whole, SIDE_CLIENT, &s);
		cut(&f, &whole, 0, 480, 1);
		assert_int_equal(run(&f), VERDICT_TX);
		/* A copy is dropped and nothing else. */
		cut(&f, &whole, 0, 480, 1);
		dropped(&f, DROP_fragment_overlap);
		cut(&f, &whole, 480, 960, 1);
		assert_int_equal(run(&f), VERDICT_TX);
		/* Half of it is there: the datagram is spoiled. */
		cut(&f, &whole, 952, 1208, 1);
		dropped(&f, DROP_fragment_overlap);
		cut(&f, &whole, 960, 1208, 1);
		dropped(&f, DROP_fragment_overlap);
		/* Another datagram is not, nor the same id a second later. */
		cut(&f, &whole, 0, 480, 2);
		assert_int_equal(run(&f), VERDICT_TX);
		w.lb.now_ms += FRAGMENT_AGAIN_MS;
		cut(&f, &whole, 0, 480, 1);
		assert_int_equal(run(&f), VERDICT_TX);
		cut(&f, &whole, 480, 1208, 1);
		assert_int_equal(run(&f), VERDICT_TX);
	}
}

static void forgotten_in_time(void **state)
{
	for (unsigned six = 0; six < 2; six++) {
		struct frame_spec s = datagram(six, 1200);
		uint32_t limit_ms = six ? FRAGMENT_MS6 : FRAGMENT_MS4;
		struct frame whole, f;

		open_flow(&s, &f);
		frame_make(&whole, SIDE_CLIENT, &s);
		cut(&f, &whole, 0, 480, 1);
		assert_int_equal(run(&f), VERDICT_TX);
		w.lb.now_ms += limit_ms - 1;
		cut(&f, &whole, 480, 960, 1);
		assert_int_equal(run(&f), VERDICT_TX);
		w.lb.now_ms++;
		cut(&f, &whole, 960, 1208, 1);
		assert_int_equal(run(&f), VERDICT_WAIT);
	}
}

/* Many datagrams that never become whole: the memory is what it is, and one
 * that comes in one go gets through. */
static void memory_is_bounded(void **state)
{
	struct frame_spec s = datagram(false, 1200);
	struct frame whole, f;

	open_flow(&s, &f);
	frame_make(&whole, SIDE_CLIENT, &s);
	for (uint32_t id = 0; id < 65536; id++) {
		cut(&f, &whole, 0, 480, id);
		assert_int_equal(run(&f), VERDICT_TX);
		if (id % 97)
			continue;
		cut(&f, &whole, 480, 1208, id);
		assert_int_equal(run(&f), VERDICT_TX);
		w.lb.now_ms++;
	}
	assert_true(w.counters[CNT_fragments_evicted] >
		    60000 - FAB_SLICES * FAB_DATAGRAMS);
}

static void what_no_sender_makes(void **state)
{
	struct frame_spec s = datagram(false, 1200);
	struct frame whole, f;

	open_flow(&s, &f);
	frame_make(&whole, SIDE_CLIENT, &s);
	cut(&f, &whole, 0, 4, 1); /* not a multiple of 8 */
	dropped(&f, DROP_ip_fragment);
	cut(&f, &whole, 1208, 1208, 1); /* nothing in it */
	dropped(&f, DROP_ip_fragment);
	cut(&f, &whole, 0, 480, 1); /* as long as the whole */
	put16(f.pkt.frame + f.pkt.l4 + 4, 480);
	dropped(&f, DROP_udp_header);
	s.protocol = IPPROTO_TCP;
	s.tcp_flags = 2;
	frame_make(&whole, SIDE_CLIENT, &s);
	cut(&f, &whole, 0, 480, 1); /* of a SYN */
	dropped(&f, DROP_ip_fragment);
	s.tcp_flags = 0;
	frame_make(&whole, SIDE_CLIENT, &s);
	cut(&f, &whole, 0, 16, 1); /* flags in the next one: RFC 1858 */
	dropped(&f, DROP_tcp_header);
	s.protocol = IPPROTO_ICMP;
	frame_make(&whole, SIDE_CLIENT, &s);
	cut(&f, &whole, 0, 480, 1);
	dropped(&f, DROP_ip_fragment);
}

/* A datagram that is all in one fragment (RFC 6946) is like any other. */
static void atomic_fragment(void **state)
{
	struct frame_spec s = datagram(true, 100);
	struct frame whole, f;

	open_flow(&s, &f);
	frame_make(&whole, SIDE_CLIENT, &s);
	cut(&f, &whole, 0, 108, 1);
	pkt_parse(&f.pkt, &w.hash);
	assert_false(f.pkt.flags & PKT_FRAGMENT);
	assert_int_equal(process(&f), VERDICT_TX);
	assert_true(frame_checksums_ok(&f.pkt));
}

#define BYTES 800
#define UNITS (BYTES / 8)

/* Pieces in any order, some twice, some wrong, against a map of bytes. */
static void any_order(void **state)
{
	struct frame_spec s = datagram(false, BYTES - 8);
	struct frame whole, f;
	unsigned whole_ones = 0, refused = 0;

	srand(11);
	open_flow(&s, &f);
	frame_make(&whole, SIDE_CLIENT, &s);
	for (unsigned round = 0; round < 3000; round++) {
		bool there[UNITS] = { false }, spoiled = false;
		unsigned n = 0;

		w.lb.now_ms += FRAGMENT_AGAIN_MS;
		for (unsigned step = 0; n < UNITS && step < 40; step++) {
			unsigned from = step ? rand() % UNITS : 0;
			unsigned to, known = 0;

			if (round % 3 && step) {
				/* in order, with luck */
				for (from = 0; there[from]; from++)
					;
				if (rand() % 8 == 0)
					from = (from + 3) % UNITS;
			}
			to = from + 1 + rand() % (UNITS / 3);
			if (to > UNITS)
				to = UNITS;
			for (unsigned k = from; k < to; k++)
				known += there[k];
			cut(&f, &whole, from * 8, to * 8, round);
			if (run(&f) == VERDICT_TX) {
				assert_false(spoiled);
				assert_int_equal(known, 0);
				for (unsigned k = from; k < to; k++)
					there[k] = true;
				n += to - from;
				continue;
			}
			assert_int_equal(f.pkt.verdict, VERDICT_DROP);
			assert_int_equal(f.pkt.reason, DROP_fragment_overlap);
			spoiled |= known < to - from;
		}
		whole_ones += n == UNITS;
		refused += spoiled;
	}
	assert_true(whole_ones > 300 && refused > 300);
}

/* The owner of the slice dies: nothing of it is believed. */
static void forgotten_after_a_death(void **state)
{
	struct frame_spec s = datagram(false, 1200);
	struct frame whole, f;

	open_flow(&s, &f);
	frame_make(&whole, SIDE_CLIENT, &s);
	cut(&f, &whole, 0, 480, 1);
	pkt_parse(&f.pkt, &w.hash);
	assert_int_equal(process(&f), VERDICT_STEER);
	fragment_forget(w.datagrams, f.pkt.slice);
	cut(&f, &whole, 480, 960, 1);
	assert_int_equal(run(&f), VERDICT_WAIT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_world, free_world)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(pieces_are_translated),   TEST(first_fragment_opens),
		TEST(overlaps_are_refused),    TEST(forgotten_in_time),
		TEST(memory_is_bounded),       TEST(what_no_sender_makes),
		TEST(atomic_fragment),	       TEST(any_order),
		TEST(forgotten_after_a_death), TEST(none_for_a_server_here),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

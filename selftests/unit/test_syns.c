// SPDX-License-Identifier: BSD-3-Clause
/* test_syns.c - malformed SYNs, made by scapy, through the MSS clamp and the packet path */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "connection.h"
#include "frame.h"
#include "segment.h"
#include "tcp.h"
#include "world.h"

#define SEED	   "9584427"
#define COUNT	   12000
#define TEXT(n)	   #n
#define STRING(n)  TEXT(n)
#define FRAME_MAX  1600
#define OPTIONS	   20 /* offset in the TCP header */
#define NO_LIMIT   UINT16_MAX
#define SYN_FRAMES "/usr/bin/python3 " SYNS " " SEED " " STRING(COUNT)

static const struct world_spec fleet = { .backends = 2,
					 .snats = 2,
					 .flows4 = 65536,
					 .flows6 = 65536 };

/* A frame of the stream, and how its options read. */
struct syn {
	uint8_t bytes[FRAME_MAX];
	unsigned len;
	bool good; /* the list is well formed */
	unsigned n; /* MSS options */
	unsigned at[10]; /* offsets in the TCP header */
};

/* What was seen, so that the stream is known to have it all. */
struct tally {
	unsigned good, bad, none, several, inserted, no_room, odd, data;
};

static unsigned get16(const uint8_t *at)
{
	return at[0] << 8 | at[1];
}

/* The frame in memory of its exact size, behind headroom, with
 * `tail` bytes more for what may be written there; free(room). */
static void load(const struct syn *s, struct pkt *p, uint8_t **room,
		 unsigned tail)
{
	*room = malloc(PKT_HEADROOM + s->len + tail);
	assert_non_null(*room);
	*p = (struct pkt){ .frame = *room + PKT_HEADROOM, .len = s->len };
	memcpy(p->frame, s->bytes, s->len);
}

/* RFC 9293 3.1, written for the test. */
static void read_options(struct syn *s, const uint8_t *tcp)
{
	unsigned end = (tcp[12] >> 4) * 4, at = OPTIONS;

	s->good = true;
	s->n = 0;
	while (s->good && at < end && tcp[at] != 0) {
		if (tcp[at] == 1) {
			at++;
		} else if (at + 1 >= end || tcp[at + 1] < 2 ||
			   at + tcp[at + 1] > end ||
			   (tcp[at] == 2 && tcp[at + 1] != 4)) {
			s->good = false;
		} else {
			if (tcp[at] == 2)
				s->at[s->n++] = at;
			at += tcp[at + 1];
		}
	}
}

/* Not only valid: the very bytes that a sum over everything gives. */
static void exact(const struct pkt *p)
{
	const uint8_t *check = p->frame + p->l4 + 16;
	uint16_t was = get16(check);
	struct pkt again = *p;

	assert_true(frame_checksums_ok(p));
	frame_set_l4_checksum(&again);
	assert_int_equal(get16(check), was);
}

/* The clamped packet against the frame it was: each MSS the lower of two, all the
 * rest as it came. */
static void same_but_mss(const struct syn *s, const struct pkt *p,
			 unsigned grown, uint16_t mss)
{
	unsigned head = p->l4 + OPTIONS;
	uint8_t want[FRAME_MAX];

	memcpy(want, s->bytes, s->len);
	for (unsigned i = 0; i < s->n; i++) {
		uint8_t *value = want + p->l4 + s->at[i] + 2;
		unsigned old = get16(value);

		assert_true(get16(p->frame + p->l4 + s->at[i] + 2) <= old);
		value[0] = (old < mss ? old : mss) >> 8;
		value[1] = old < mss ? old : mss;
	}
	assert_int_equal(p->len, s->len + grown);
	assert_memory_equal(p->frame, want, 14);
	/* ports, sequence, window, urgent pointer; options and data */
	assert_memory_equal(p->frame + p->l4, want + p->l4, 12);
	assert_memory_equal(p->frame + p->l4 + 13, want + p->l4 + 13, 3);
	assert_memory_equal(p->frame + p->l4 + 18, want + p->l4 + 18, 2);
	assert_memory_equal(p->frame + head + grown, want + head,
			    s->len - head);
}

static void inserted(const struct pkt *p, uint16_t mss)
{
	unsigned usual = p->family == 4 ? 536 : 1220;
	const uint8_t *option = p->frame + p->l4 + OPTIONS;

	assert_int_equal(get16(option), 0x0204);
	assert_int_equal(get16(option + 2), mss < usual ? mss : usual);
}

static void count(struct tally *t, const struct syn *s, enum mss_change change,
		  const struct pkt *p)
{
	t->good += s->good;
	t->bad += !s->good;
	t->none += s->good && !s->n;
	t->several += s->good && s->n > 1;
	t->inserted += change == MSS_INSERTED;
	t->no_room += s->good && !s->n && change == MSS_KEPT;
	t->odd += s->n && s->at[0] & 1;
	t->data += p->len > p->l4 + (p->frame[p->l4 + 12] >> 4) * 4;
}

static void clamp(struct syn *s, const struct toeplitz *hash, uint16_t mss,
		  uint8_t flags, struct tally *t)
{
	enum mss_change change;
	uint8_t *room;
	uint16_t said;
	struct pkt p;

	load(s, &p, &room, 0);
	p.flags = flags;
	pkt_parse(&p, hash);
	assert_int_equal(p.verdict, VERDICT_NONE);
	read_options(s, p.frame + p.l4);
	change = tcp_clamp_mss(&p, mss, NO_LIMIT, &said);
	assert_int_equal(change == MSS_BROKEN, !s->good);
	count(t, s, change, &p);
	if (s->good) {
		exact(&p);
		same_but_mss(s, &p, change == MSS_INSERTED ? 4 : 0, mss);
		if (change == MSS_INSERTED)
			inserted(&p, mss);
		if (s->n)
			assert_int_equal(said, get16(s->bytes + p.l4 +
						     s->at[s->n - 1] + 2));
	}
	free(room);
}

/* Through the whole path: dropped as broken, or sent on with nothing raised. */
static void path(const struct syn *s, struct world *w)
{
	struct pkt p, *vector[1] = { &p };
	uint8_t *room;

	load(s, &p, &room, 0);
	pkt_parse(&p, &w->hash);
	lb_process(&w->lb, vector, 1);
	assert_int_equal(p.verdict == VERDICT_DROP &&
				 p.reason == DROP_tcp_options,
			 !s->good);
	if (s->good) {
		assert_true(p.verdict == VERDICT_TX ||
			    p.verdict == VERDICT_NEIGH);
		exact(&p);
		assert_true(frame_mss(&p) <= 1460);
	}
	free(room);
}

/* The client's ACK of the answer in `p`, whose SYN had the key `k`. */
static void acknowledge(struct pkt *p, const struct flow_key *k)
{
	struct segment got, ack;

	p->tcp_flags = p->frame[p->l4 + 13];
	segment_read(p, &got);
	assert_int_equal(got.flags, TCP_SYN | TCP_ACK);
	ack = (struct segment){ .seq = got.ack,
				.ack = got.seq + 1,
				.window = 502,
				.flags = TCP_ACK,
				.options = { .wscale = TCP_NO_WSCALE,
					     .stamps = got.options.stamps,
					     .echo = got.options.stamp } };
	segment_write(p, k->addrs, k->ports, &ack);
	memcpy(p->frame, "\2\0\0\0\0\1\2\0\0\0\0\x99", 12);
	memcpy(p->frame + 12, p->family == 4 ? "\x08\x00" : "\x86\xdd", 2);
	*p = (struct pkt){ .frame = p->frame, .len = p->len };
}

/* Answered with a cookie; what comes back with it becomes the server's SYN, whose
 * MSS is the client's, rounded down, or the usual one of an end that says none. */
static void cookie(const struct syn *s, struct world *w, unsigned *opened)
{
	struct pkt p, *vector[1] = { &p };
	struct flow_key k;
	unsigned said;
	uint8_t *room;

	load(s, &p, &room, SEGMENT_BYTES);
	pkt_parse(&p, &w->hash);
	connection_key(&p, &k);
	said = p.family == 4 ? 536 : 1220;
	if (s->n)
		said = get16(p.frame + p.l4 + s->at[s->n - 1] + 2);
	lb_process(&w->lb, vector, 1);
	if (p.verdict == VERDICT_DROP) {
		/* Less than any cookie can say. */
		assert_int_equal(p.reason, DROP_syn_mss);
		assert_true(said < 64 || !s->good);
		free(room);
		return;
	}
	assert_int_equal(p.verdict, VERDICT_REPLY);
	exact(&p);
	assert_int_equal(frame_mss(&p), p.family == 4 ? 1460 : 1440);
	acknowledge(&p, &k);
	pkt_parse(&p, &w->hash);
	lb_process(&w->lb, vector, 1);
	assert_true(p.verdict == VERDICT_TX || p.verdict == VERDICT_NEIGH);
	exact(&p);
	assert_true(frame_mss(&p) && frame_mss(&p) <= 1460);
	if (s->good)
		assert_true(frame_mss(&p) <= said);
	++*opened;
	free(room);
}

static bool next(FILE *in, struct syn *s)
{
	uint8_t length[2];

	if (fread(length, 1, 2, in) != 2)
		return false;
	s->len = get16(length);
	assert_true(s->len <= FRAME_MAX);
	return fread(s->bytes, 1, s->len, in) == s->len;
}

static void syns(void **state)
{
	static const uint16_t sizes[] = { 88, 536, 1000, 1460, 9176 };
	struct tally t = { 0 };
	static struct world w;
	struct syn s;
	unsigned n = 0;
	FILE *in = popen(SYN_FRAMES, "r");

	assert_non_null(in);
	world_init(&w, &fleet);
	for (; next(in, &s); n++) {
		for (unsigned i = 0; i < 5; i++)
			clamp(&s, &w.hash, sizes[i],
			      i & 1 ? PKT_L4_CKSUM_OK : 0, &t);
		path(&s, &w);
	}
	assert_int_equal(pclose(in), 0);
	assert_int_equal(n, COUNT);
	world_free(&w);
	assert_true(t.bad > 5000 && t.good > 5000 && t.none > 1000 &&
		    t.several > 1000 && t.inserted > 1000 && t.no_room > 100 &&
		    t.odd > 1000 && t.data > 1000);
}

/* The same SYNs to services that answer them. */
static void cookies(void **state)
{
	static struct world w;
	unsigned n = 0, opened = 0;
	struct syn s;
	FILE *in = popen(SYN_FRAMES, "r");

	assert_non_null(in);
	world_init(&w, &fleet);
	w.config.n_profiles = 1;
	w.config.profiles[0].syn = SYN_PROXY;
	world_reload(&w);
	for (unsigned i = 0; i < 4; i++)
		w.syn.keys[i / 2][i % 2] = 0x1234567 * (i + 1);
	for (; next(in, &s); n++) {
		struct pkt p;
		uint8_t *room;

		load(&s, &p, &room, 0);
		pkt_parse(&p, &w.hash);
		read_options(&s, p.frame + p.l4);
		free(room);
		cookie(&s, &w, &opened);
	}
	assert_int_equal(pclose(in), 0);
	assert_int_equal(n, COUNT);
	assert_true(opened > COUNT / 3);
	world_free(&w);
}

/* A SYN with data that fills the egress link stays as it is. */
static void full_link(void **state)
{
	struct frame_spec spec = { .source = "10.0.5.5",
				   .destination = "10.0.0.100",
				   .source_port = 1,
				   .destination_port = 80,
				   .tcp_flags = TCP_SYN };
	uint16_t said;
	struct frame f;

	spec.payload_bytes = 1460;
	frame_make(&f, SIDE_CLIENT, &spec);
	assert_int_equal(tcp_clamp_mss(&f.pkt, 1460, 1500, &said), MSS_KEPT);
	assert_int_equal(frame_mss(&f.pkt), 0);
	assert_int_equal(tcp_clamp_mss(&f.pkt, 1460, 1503, &said), MSS_KEPT);
	assert_int_equal(tcp_clamp_mss(&f.pkt, 1460, 1504, &said),
			 MSS_INSERTED);
	exact(&f.pkt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(syns),
		cmocka_unit_test(cookies),
		cmocka_unit_test(full_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

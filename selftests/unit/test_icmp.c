/* SPDX-License-Identifier: BSD-3-Clause */
/* test_icmp.c - ICMP errors about flows reach the other end, translated */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "frame.h"
#include "pmtu.h"
#include "world.h"

static const struct world_spec plain = { .backends = 3,
					 .snats = 2,
					 .flows4 = 4096,
					 .flows6 = 4096 };

/* A flow through the world: its first packet before and after. */
struct passage {
	struct world w;
	struct frame in, out;
};

static void open_passage(struct passage *t, bool six, uint8_t protocol)
{
	struct frame_spec s = { .source = six ? "fd00::3:7" : "10.0.3.7",
				.destination = six ? "fd00::100" : "10.0.0.100",
				.source_port = 4000,
				.destination_port =
					protocol == IPPROTO_TCP ? 80 : 53,
				.protocol = protocol,
				.tcp_flags = 2,
				.payload_bytes = 30 };
	struct pkt *p = &t->out.pkt;

	memset(t, 0, sizeof(*t));
	world_init(&t->w, &plain);
	/* Twice: the first is refused a MAC. */
	for (unsigned i = 0; i < 2; i++) {
		frame_make(&t->in, SIDE_CLIENT, &s);
		frame_make(&t->out, SIDE_CLIENT, &s);
		pkt_parse(p, &t->w.hash);
		lb_process(&t->w.lb, &p, 1);
		world_resolve(&t->w);
	}
	assert_int_equal(p->verdict, VERDICT_TX);
}

/* A router's error about `sent`, quoting `quoted` bytes of it. */
static void make_error(struct frame *f, const struct frame *sent,
		       const char *router, uint8_t side, unsigned quoted)
{
	const struct pkt *p = &sent->pkt;
	bool six = p->family == 6;
	uint8_t *l3, *icmp;
	struct frame_spec s = {
		.source = router,
		.destination = router, /* replaced below */
		.protocol = six ? IPPROTO_ICMPV6 : IPPROTO_ICMP,
		.payload_bytes = quoted, /* with a header as long as TCP's */
	};

	frame_make(f, side, &s);
	l3 = f->pkt.frame + f->pkt.l3;
	icmp = f->pkt.frame + f->pkt.l4;
	f->pkt.len = f->pkt.l4 + 8 + quoted;
	l3[six ? 4 : 2] = (8 + quoted + (six ? 0 : 20)) >> 8;
	l3[six ? 5 : 3] = 8 + quoted + (six ? 0 : 20);
	/* To whom sent the packet. */
	memcpy(l3 + (six ? 24 : 16), p->frame + p->l3 + (six ? 8 : 12),
	       six ? 16 : 4);
	memset(icmp, 0, 8);
	icmp[0] = six ? 2 : 3; /* too big / fragmentation needed */
	icmp[1] = six ? 0 : 4;
	icmp[6] = 1000 >> 8;
	icmp[7] = 1000 & 255;
	memcpy(icmp + 8, p->frame + p->l3, quoted);
	frame_set_l4_checksum(&f->pkt);
	f->pkt.flags = PKT_IP_CKSUM_OK; /* the header was changed by hand */
}

static enum verdict run(struct passage *t, struct frame *f)
{
	struct pkt *p = &f->pkt;

	pkt_parse(p, &t->w.hash);
	if (p->verdict == VERDICT_NONE)
		lb_process(&t->w.lb, &p, 1);
	return p->verdict;
}

/* An error from beyond the server side, about what we sent to the server. */
static void to_the_client(void **state)
{
	for (unsigned i = 0; i < 4; i++) {
		bool six = i & 1;
		uint8_t protocol = i & 2 ? IPPROTO_UDP : IPPROTO_TCP;
		unsigned ip = six ? 40 : 20, quoted;

		for (quoted = ip + 8; quoted < ip + 50; quoted += 7) {
			struct passage t;
			struct frame f;
			struct pkt inner;
			char text[160];
			uint8_t *icmp;

			open_passage(&t, six, protocol);
			make_error(&f, &t.out, six ? "fd01::77" : "10.1.0.77",
				   SIDE_SERVER, quoted);
			assert_int_equal(run(&t, &f), VERDICT_TX);
			assert_true(f.pkt.flags & PKT_ICMP_ERROR);
			assert_int_equal(f.pkt.slice, t.out.pkt.slice);
			assert_int_equal(f.pkt.out_side, SIDE_CLIENT);
			assert_true(frame_checksums_ok(&f.pkt));
			/* From the VIP to the client. */
			frame_text(&f.pkt, text, sizeof(text));
			assert_non_null(strstr(text, six ? "> [fd00::3:7]" :
							   "> 10.0.3.7"));
			assert_ptr_equal(strstr(text, six ? "[fd00::100]" :
							    "10.0.0.100"),
					 text);
			/* It quotes what the client sent, one hop later. */
			icmp = f.pkt.frame + f.pkt.l4;
			assert_int_equal(icmp[7], 1000 & 255);
			inner = t.in.pkt;
			inner.frame = icmp + 8 - inner.l3;
			inner.len = inner.l3 + quoted;
			frame_text(&inner, text, sizeof(text));
			assert_string_equal(text,
					    six ? (protocol == IPPROTO_TCP ?
							   "[fd00::3:7]:4000 > "
							   "[fd00::100]:80" :
							   "[fd00::3:7]:4000 > "
							   "[fd00::100]:53") :
						  (protocol == IPPROTO_TCP ?
							   "10.0.3.7:4000 > "
							   "10.0.0.100:80" :
							   "10.0.3.7:4000 > "
							   "10.0.0.100:53"));
			/* UDP's checksum is in the first 8 bytes. */
			if (protocol == IPPROTO_UDP)
				assert_memory_equal(
					icmp + 8 + ip + 6,
					t.in.pkt.frame + t.in.pkt.l4 + 6, 2);
			world_free(&t.w);
		}
	}
}

/* An error from the client's side, about an answer of the server. */
static void to_the_server(void **state)
{
	struct passage t;
	struct frame f, answer;
	struct pkt *p = &answer.pkt;
	char sent[160], text[160], from[64], to[64];
	unsigned from_port, to_port;

	open_passage(&t, false, IPPROTO_UDP);
	frame_text(&t.out.pkt, sent, sizeof(sent));
	assert_int_equal(sscanf(sent, "%63[^:]:%u > %63[^:]:%u", from,
				&from_port, to, &to_port),
			 4);
	frame_make(&answer, SIDE_SERVER,
		   &(struct frame_spec){ .source = to,
					 .destination = from,
					 .source_port = to_port,
					 .destination_port = from_port,
					 .protocol = IPPROTO_UDP,
					 .payload_bytes = 40 });
	assert_int_equal(run(&t, &answer), VERDICT_TX);
	make_error(&f, &answer, "10.0.3.7", SIDE_CLIENT, p->len - p->l3);
	assert_int_equal(run(&t, &f), VERDICT_TX);
	assert_int_equal(f.pkt.out_side, SIDE_SERVER);
	assert_true(frame_checksums_ok(&f.pkt));
	/* The whole quoted packet is as the server sent it, but for the hop. */
	answer.pkt.frame = f.pkt.frame + f.pkt.l4 + 8 - answer.pkt.l3;
	assert_true(frame_checksums_ok(&answer.pkt));
	snprintf(sent, sizeof(sent), "%s:%u > %s:%u", to, to_port, from,
		 from_port);
	assert_string_equal(frame_text(&answer.pkt, text, sizeof(text)), sent);
	world_free(&t.w);
}

/* Change the MTU an error reports. */
static void say_mtu(struct frame *f, uint16_t mtu)
{
	uint8_t *icmp = f->pkt.frame + f->pkt.l4;

	icmp[6] = mtu >> 8;
	icmp[7] = mtu & 255;
	frame_set_l4_checksum(&f->pkt);
}

static uint64_t counted(const struct passage *t, enum vfl_counter c)
{
	return t->w.counters[c];
}

/* Both ways; 8 quoted bytes are enough. */
static void path_mtu_is_learned(void **state)
{
	static const struct {
		uint16_t said, learned; /* 0: ignored */
		uint16_t bytes; /* length of the quoted packet */
	} cases[] = {
		{ 1400, 1400, 1500 }, { 1499, 1499, 1500 },
		{ 1500, 0, 1500 }, /* it would have fitted */
		{ 1400, 0, 1400 },    { 600, 0, 70 },
		{ 1500, 0, 9000 }, /* not below ours */
		{ 0, 0, 1500 }, /* a router from before RFC 1191 */
		{ 68, 1, 1500 }, /* the floor */
	};

	for (unsigned i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		bool six = i & 1;
		uint16_t said = cases[i / 2].said;
		uint16_t learned = cases[i / 2].learned;
		uint16_t bytes = cases[i / 2].bytes - (six ? 40 : 0);
		struct address to;
		struct passage t;
		struct frame f;
		uint8_t *quoted;

		if (learned == 1)
			learned = six ? PMTU_FLOOR6 : PMTU_FLOOR4;
		open_passage(&t, six, IPPROTO_TCP);
		to.family = six ? 6 : 4;
		memset(to.bytes, 0, sizeof(to.bytes));
		memcpy(to.bytes,
		       t.out.pkt.frame + t.out.pkt.l3 + (six ? 24 : 16),
		       six ? 16 : 4);
		make_error(&f, &t.out, six ? "fd01::77" : "10.1.0.77",
			   SIDE_SERVER, (six ? 40 : 20) + 8);
		quoted = f.pkt.frame + f.pkt.l4 + 8;
		quoted[six ? 4 : 2] = bytes >> 8;
		quoted[six ? 5 : 3] = bytes & 255;
		say_mtu(&f, said);
		assert_int_equal(run(&t, &f), VERDICT_TX);
		assert_int_equal(pmtu_find(t.w.paths, SIDE_SERVER, 0, &to,
					   t.w.lb.now_s),
				 learned);
		assert_int_equal(counted(&t, CNT_pmtu_learned), !!learned);
		assert_int_equal(counted(&t, CNT_pmtu_ignored), !learned);
		assert_int_equal(counted(&t, CNT_icmp_translated), 1);
		world_free(&t.w);
	}
}

/* Other errors say nothing of the path, errors about nothing of ours neither. */
static void other_errors_teach_nothing(void **state)
{
	for (unsigned six = 0; six < 2; six++) {
		struct passage t;
		struct frame f;

		open_passage(&t, six, IPPROTO_TCP);
		make_error(&f, &t.out, six ? "fd01::77" : "10.1.0.77",
			   SIDE_SERVER, 60);
		f.pkt.frame[f.pkt.l4] = six ? 1 : 3;
		f.pkt.frame[f.pkt.l4 + 1] = 3;
		frame_set_l4_checksum(&f.pkt);
		assert_int_equal(run(&t, &f), VERDICT_TX);
		make_error(&f, &t.out, six ? "fd01::77" : "10.1.0.77",
			   SIDE_SERVER, 60);
		f.pkt.frame[f.pkt.l4 + 8 + (six ? 40 : 20)] ^= 1;
		frame_set_l4_checksum(&f.pkt);
		assert_int_equal(run(&t, &f), VERDICT_DROP);
		assert_int_equal(counted(&t, CNT_pmtu_learned), 0);
		assert_int_equal(counted(&t, CNT_pmtu_ignored), 0);
		world_free(&t.w);
	}
}

static void refused(struct passage *t, struct frame *f, enum vfl_drop reason)
{
	assert_int_equal(run(t, f), VERDICT_DROP);
	assert_string_equal(vfl_drop_names[f->pkt.reason],
			    vfl_drop_names[reason]);
}

static void refusals(void **state)
{
	struct passage t;
	struct frame f;

	for (unsigned six = 0; six < 2; six++) {
		unsigned ip = six ? 40 : 20;
		const char *router = six ? "fd01::77" : "10.1.0.77";

		open_passage(&t, six, IPPROTO_TCP);
		/* Too little quoted, down to nothing. */
		for (unsigned quoted = 0; quoted < ip + 8; quoted++) {
			make_error(&f, &t.out, router, SIDE_SERVER, quoted);
			refused(&t, &f, DROP_icmp_header);
		}
		/* A later fragment: no ports in it. */
		if (!six) {
			make_error(&f, &t.out, router, SIDE_SERVER, ip + 20);
			f.pkt.frame[f.pkt.l4 + 8 + 7] = 1;
			frame_set_l4_checksum(&f.pkt);
			refused(&t, &f, DROP_icmp_header);
		}
		/* Not a packet of ours: another port. */
		make_error(&f, &t.out, router, SIDE_SERVER, ip + 20);
		f.pkt.frame[f.pkt.l4 + 8 + ip] ^= 1;
		frame_set_l4_checksum(&f.pkt);
		refused(&t, &f, DROP_icmp_header);
		/* Damaged. */
		make_error(&f, &t.out, router, SIDE_SERVER, ip + 20);
		f.pkt.frame[f.pkt.l4 + 20] ^= 1;
		refused(&t, &f, DROP_l4_checksum);
		/* A kind that is about nothing of ours. */
		make_error(&f, &t.out, router, SIDE_SERVER, ip + 20);
		f.pkt.frame[f.pkt.l4] = six ? 143 : 5;
		frame_set_l4_checksum(&f.pkt);
		refused(&t, &f, DROP_icmp_header);
		world_free(&t.w);
	}
}

static void for_the_engine(void **state)
{
	static const uint8_t types[2][3] = { { 8, 8, 8 }, { 128, 133, 136 } };
	struct passage t;
	struct frame f;

	for (unsigned six = 0; six < 2; six++) {
		for (unsigned i = 0; i < 3; i++) {
			open_passage(&t, six, IPPROTO_TCP);
			make_error(&f, &t.out, six ? "fd01::77" : "10.1.0.77",
				   SIDE_SERVER, 30);
			f.pkt.frame[f.pkt.l4] = types[six][i];
			frame_set_l4_checksum(&f.pkt);
			assert_int_equal(run(&t, &f), VERDICT_PUNT);
			f.pkt.frame[f.pkt.l4 + 4] ^= 1;
			refused(&t, &f, DROP_l4_checksum);
			world_free(&t.w);
		}
	}
}

/* Any quote, in memory that ends with it: nothing read or written behind. */
static void noise(void **state)
{
	struct passage t;

	srand(7);
	open_passage(&t, false, IPPROTO_TCP);
	for (unsigned i = 0; i < 50000; i++) {
		struct frame f;
		struct pkt p;
		uint8_t *cut;

		make_error(&f, &t.out, "10.1.0.77", SIDE_SERVER,
			   20 + rand() % 50);
		for (unsigned n = rand() % 3; n; n--)
			f.pkt.frame[f.pkt.l4 + 8 + rand() % 24] = rand();
		frame_set_l4_checksum(&f.pkt);
		p = f.pkt;
		cut = malloc(PKT_HEADROOM + p.len);
		p.frame = cut + PKT_HEADROOM;
		memcpy(p.frame, f.pkt.frame, p.len);
		pkt_parse(&p, &t.w.hash);
		if (p.verdict == VERDICT_NONE) {
			struct pkt *one = &p;

			lb_process(&t.w.lb, &one, 1);
			if (p.verdict == VERDICT_TX)
				assert_true(frame_checksums_ok(&p));
		}
		assert_in_range(p.verdict, VERDICT_TX, VERDICT_PUNT);
		free(cut);
	}
	world_free(&t.w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(to_the_client),
		cmocka_unit_test(to_the_server),
		cmocka_unit_test(path_mtu_is_learned),
		cmocka_unit_test(other_errors_teach_nothing),
		cmocka_unit_test(refusals),
		cmocka_unit_test(for_the_engine),
		cmocka_unit_test(noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* test_syn.c - the engine answers SYNs: cookie, handshake with the server, splice */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "arena.h"
#include "flow_table.h"
#include "syn.h"

static void handshake(void **state)
{
	for (unsigned i = 0; i < 2; i++) {
		struct arena *a = arena_new(SYN_PROXY);
		const struct ends ends = { full, full };
		struct segment synack = ask(a, i, &full), syn;
		struct server_end e;

		assert_int_equal(synack.options.mss, i ? 1440 : 1460);
		assert_int_equal(synack.options.wscale, SYN_WSCALE);
		assert_true(synack.options.sack && synack.options.stamps);
		assert_int_equal(synack.options.echo, CLIENT_STAMP);
		syn = open_flow(a, i, &synack, &e);
		assert_int_equal(syn.options.mss, i ? 1440 : 1460);
		assert_int_equal(syn.options.wscale, 9);
		assert_true(syn.options.sack && syn.options.stamps);
		assert_int_equal(syn.options.stamp, CLIENT_STAMP + 3);
		complete(a, &ends, &synack, &e);
		assert_int_equal(a->w.counters[CNT_syn_cookies_sent], 1);
		assert_int_equal(a->w.counters[CNT_syn_cookies_valid], 1);
		arena_free(a);
	}
}

/* Without time stamps there is no place for window scale and SACK. */
static void no_stamps(void **state)
{
	const struct tcp_options asked = { .mss = 1400,
					   .wscale = 7,
					   .sack = true };
	struct arena *a = arena_new(SYN_PROXY);
	struct segment synack = ask(a, 0, &asked), syn;
	const struct ends ends = { plain, plain };
	struct server_end e;

	assert_false(synack.options.sack || synack.options.stamps);
	assert_int_equal(synack.options.wscale, TCP_NO_WSCALE);
	syn = open_flow(a, 0, &synack, &e);
	assert_int_equal(syn.options.mss, 1400);
	assert_false(syn.options.sack || syn.options.stamps);
	assert_int_equal(syn.options.wscale, TCP_NO_WSCALE);
	complete(a, &ends, &synack, &e);
	arena_free(a);
}

/* S4.6: never up, whatever the client says and the rule of the side. */
static void mss_never_raised(void **state)
{
	struct arena *a = arena_new(SYN_PROXY);

	for (unsigned mss = 64; mss < 1600; mss += 17) {
		struct tcp_options asked = { .mss = mss,
					     .wscale = TCP_NO_WSCALE };
		struct segment synack = ask(a, 0, &asked), syn;
		struct server_end e;

		syn = open_flow(a, 0, &synack, &e);
		assert_true(syn.options.mss && syn.options.mss <= mss);
		a->w.lb.now_ms += 1000000;
		for (unsigned s = 0; s < FAB_SLICES; s++)
			lb_sweep(&a->w.lb, s, 1000);
		refill(a);
	}
	/* Absent: what a host without the option takes. */
	{
		struct tcp_options none = { .wscale = TCP_NO_WSCALE };
		struct segment synack = ask(a, 0, &none);
		struct server_end e;

		assert_int_equal(open_flow(a, 0, &synack, &e).options.mss, 536);
	}
	/* Too small for any cookie. */
	{
		struct tcp_options tiny = { .mss = 63,
					    .wscale = TCP_NO_WSCALE };
		struct segment syn = syn_of(&tiny);
		struct frame f;

		assert_int_equal(from_client(a, &f, 1, &syn), VERDICT_DROP);
		assert_int_equal(f.pkt.reason, DROP_syn_mss);
	}
	arena_free(a);
}

static void bad_cookies(void **state)
{
	struct arena *a = arena_new(SYN_PROXY);
	struct segment synack, ack;
	uint32_t flows = flow_count_all(a->w.store);

	/* Nobody has made a cookie: a stray ACK is what it always was. */
	ack = ack_of(&(struct segment){ .seq = 77 });
	expect_drop(a, 0, &ack, DROP_no_flow);

	synack = ask(a, 0, &full);
	ack = ack_of(&synack);
	ack.ack ^= 0x100;
	expect_drop(a, 0, &ack, DROP_syn_cookie_invalid);
	ack = ack_of(&synack);
	ack.options.echo ^= 0x40;
	expect_drop(a, 0, &ack, DROP_syn_cookie_invalid);
	ack = ack_of(&synack);
	ack.seq += 2;
	expect_drop(a, 0, &ack, DROP_syn_cookie_invalid);
	/* Made for one, brought by another. */
	ask(a, 1, &full);
	ack = ack_of(&synack);
	expect_drop(a, 1, &ack, DROP_syn_cookie_invalid);
	/* No cookie ends in a RST or an open connection of another kind. */
	ack.flags = TCP_RST | TCP_ACK;
	expect_drop(a, 0, &ack, DROP_no_flow);

	a->w.lb.now_s += 119;
	ack = ack_of(&synack);
	synack = ask(a, 0, &full);
	expect_drop(a, 0, &ack, DROP_syn_cookie_expired);
	assert_int_equal(flow_count_all(a->w.store), flows);
	arena_free(a);
}

/* The client's ACK was lost; it asks for a window from one below. */
static void window_probe(void **state)
{
	struct arena *a = arena_new(SYN_PROXY);
	struct segment synack = ask(a, 0, &full), probe = ack_of(&synack), got;
	struct frame f;

	probe.seq = CLIENT_ISN;
	assert_int_equal(from_client(a, &f, 0, &probe), VERDICT_TX);
	got = read_sent(&f);
	assert_int_equal(got.seq, CLIENT_ISN);
	assert_int_equal(got.flags, TCP_SYN);
	arena_free(a);
}

static void numbers_move(void **state)
{
	struct arena *a = arena_new(SYN_PROXY);
	struct segment synack = ask(a, 0, &full), got;
	struct server_end e;

	open_flow(a, 0, &synack, &e);
	complete(a, &(struct ends){ full, full }, &synack, &e);
	got = to_client(
		a, &e,
		(struct segment){ .seq = SERVER_ISN + 1001,
				  .ack = CLIENT_ISN + 51,
				  .window = 1000,
				  .flags = TCP_ACK,
				  .options = { .wscale = TCP_NO_WSCALE,
					       .stamps = true,
					       .stamp = SERVER_STAMP + 90,
					       .echo = CLIENT_STAMP + 33 } });
	assert_int_equal(got.seq, synack.seq + 1001);
	assert_int_equal(got.ack, CLIENT_ISN + 51);
	assert_int_equal(got.window, 1000u << (9 - SYN_WSCALE));
	assert_int_equal(got.options.stamp, synack.options.stamp + 90);
	assert_int_equal(got.options.echo, CLIENT_STAMP + 33);
	got = to_server(
		a, (struct segment){
			   .seq = CLIENT_ISN + 51,
			   .ack = synack.seq + 1001,
			   .window = 777,
			   .flags = TCP_ACK,
			   .options = { .wscale = TCP_NO_WSCALE,
					.stamps = true,
					.stamp = CLIENT_STAMP + 99,
					.echo = synack.options.stamp + 90 } });
	assert_int_equal(got.seq, CLIENT_ISN + 51);
	assert_int_equal(got.ack, SERVER_ISN + 1001);
	assert_int_equal(got.window, 777);
	assert_int_equal(got.options.stamp, CLIENT_STAMP + 99);
	assert_int_equal(got.options.echo, SERVER_STAMP + 90);
	/* The window's top is the largest the client can be told. */
	got = to_client(a, &e,
			(struct segment){ .seq = SERVER_ISN + 1,
					  .window = 40000,
					  .flags = TCP_ACK,
					  .options.wscale = TCP_NO_WSCALE });
	assert_int_equal(got.window, 65535);
	arena_free(a);
}

/* SACK blocks move with the acknowledgements, wherever they lie. */
static void sack_moves(void **state)
{
	for (unsigned pad = 0; pad < 4; pad++) {
		struct arena *a = arena_new(SYN_PROXY);
		struct segment synack = ask(a, 0, &full);
		uint8_t options[24] = { 1, 1, 1, 1 }, *sack = options + pad;
		struct frame_spec spec = tcp_from(&families[0], PORT, TCP_ACK);
		uint32_t edge[4], base = synack.seq + 1;
		struct server_end e;
		struct frame f;

		open_flow(a, 0, &synack, &e);
		complete(a, &(struct ends){ full, full }, &synack, &e);
		memset(options, 1, sizeof(options));
		sack[0] = TCP_OPTION_SACK;
		sack[1] = 18;
		for (unsigned i = 0; i < 4; i++)
			edge[i] = htonl(base + 1000 * (i + 1));
		memcpy(sack + 2, edge, 16);
		spec.options = options;
		spec.options_bytes = sizeof(options);
		spec.payload_bytes = 100 + pad;
		frame_make(&f, SIDE_CLIENT, &spec);
		assert_int_equal(run(&a->w, &f), VERDICT_TX);
		assert_true(frame_checksums_ok(&f.pkt));
		memcpy(edge, f.pkt.frame + f.pkt.l4 + 20 + pad + 2, 16);
		for (unsigned i = 0; i < 4; i++)
			assert_int_equal(ntohl(edge[i]),
					 SERVER_ISN + 1 + 1000 * (i + 1));
		arena_free(a);
	}
}

/* What the server did not agree to does not reach it; its windows and those of
 * the client mean what they say. */
static void server_without_options(void **state)
{
	struct arena *a = arena_new(SYN_PROXY);
	struct segment synack = ask(a, 0, &full), got;
	struct server_end e;

	open_flow(a, 0, &synack, &e);
	complete(a, &(struct ends){ full, plain }, &synack, &e);
	got = to_server(a,
			(struct segment){ .seq = CLIENT_ISN + 1,
					  .ack = synack.seq + 1,
					  .window = 100,
					  .flags = TCP_ACK,
					  .options = { .wscale = TCP_NO_WSCALE,
						       .stamps = true,
						       .stamp = 77 } });
	assert_false(got.options.stamps);
	assert_int_equal(got.window, 100 << 9);
	got = to_client(a, &e,
			(struct segment){ .seq = SERVER_ISN + 1,
					  .ack = CLIENT_ISN + 1,
					  .window = 0x8000,
					  .flags = TCP_ACK,
					  .options.wscale = TCP_NO_WSCALE });
	assert_int_equal(got.window, 0x8000 >> SYN_WSCALE);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(handshake),
		cmocka_unit_test(no_stamps),
		cmocka_unit_test(mss_never_raised),
		cmocka_unit_test(bad_cookies),
		cmocka_unit_test(window_probe),
		cmocka_unit_test(numbers_move),
		cmocka_unit_test(sack_moves),
		cmocka_unit_test(server_without_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

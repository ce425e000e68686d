/* SPDX-License-Identifier: BSD-3-Clause */
/* test_handshake.c - the server's half: silence, refusal, loss, who speaks and ends first */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "arena.h"
#include "flow_table.h"
#include "syn.h"

static void server_refuses(void **state)
{
	struct arena *a = arena_new(SYN_PROXY);
	struct segment synack = ask(a, 0, &full), got;
	struct segment rst = { .ack = CLIENT_ISN + 2,
			       .flags = TCP_RST | TCP_ACK,
			       .options.wscale = TCP_NO_WSCALE };
	struct server_end e;
	struct frame f;

	open_flow(a, 0, &synack, &e);
	/* For something we never sent. */
	assert_int_equal(from_server(a, &f, &e, &rst), VERDICT_DROP);
	rst.ack = CLIENT_ISN + 1;
	assert_int_equal(from_server(a, &f, &e, &rst), VERDICT_TX);
	got = read_sent(&f);
	assert_int_equal(got.flags, TCP_RST | TCP_ACK);
	assert_int_equal(got.seq, synack.seq + 1);
	assert_int_equal(got.ack, CLIENT_ISN + 1);
	arena_free(a);
}

/* A SYN that gets no answer is repeated, then the client is told. */
static void server_is_silent(void **state)
{
	static const uint32_t waits_ms[] = { 1000, 2000, 4000 };
	struct arena *a = arena_new(SYN_PROXY);
	struct segment synack = ask(a, 0, &full), first, got;
	uint32_t flows = flow_count_all(a->w.store);
	struct server_end e;

	/* The rule of the server side holds for every one of them. */
	a->w.config.ports[SIDE_SERVER].mtu = 1280;
	world_reload(&a->w);
	first = open_flow(a, 0, &synack, &e);
	assert_int_equal(first.options.mss, 1240);
	for (unsigned i = 0; i < 3; i++) {
		sweep_all(a, waits_ms[i] - 1);
		assert_int_equal(a->w.lb.made.used, 0);
		sweep_all(a, 1);
		got = read_made(a, 0, SIDE_SERVER);
		got.flags = TCP_SYN;
		assert_memory_equal(&got.options, &first.options,
				    sizeof(first.options));
		assert_int_equal(got.seq, first.seq);
		assert_int_equal(got.window, first.window);
		refill(a);
	}
	sweep_all(a, 7999);
	assert_int_equal(a->w.lb.made.used, 0);
	sweep_all(a, 1);
	got = read_made(a, 0, SIDE_CLIENT);
	assert_int_equal(got.seq, synack.seq + 1);
	assert_int_equal(got.ack, CLIENT_ISN + 1);
	assert_true(flow_count_all(a->w.store) <= flows);
	arena_free(a);
}

/* Our ACK was lost: the server repeats its SYN-ACK, both ends hear again. */
static void ack_is_lost(void **state)
{
	struct arena *a = arena_new(SYN_PROXY);
	struct segment synack = ask(a, 0, &full);
	const struct ends ends = { full, full };
	struct server_end e;

	open_flow(a, 0, &synack, &e);
	for (unsigned i = 0; i < 3; i++)
		complete(a, &ends, &synack, &e);
	arena_free(a);
}

/* The owner is killed at any step; its successor goes on from the fabric. */
static void owner_dies(void **state)
{
	struct arena *a = arena_new(SYN_PROXY);
	struct segment synack = ask(a, 0, &full);
	const struct ends ends = { full, full };
	struct server_end e;

	for (unsigned step = 0; step < 3; step++) {
		for (unsigned s = 0; s < FAB_SLICES; s++)
			flow_shard_recover(a->w.store, s);
		memset(a->w.lb.syn_watch, 0, sizeof(a->w.lb.syn_watch));
		a->w.lb.load = &a->w.loads[step];
		if (step == 0)
			open_flow(a, 0, &synack, &e);
		else
			complete(a, &ends, &synack, &e);
	}
	arena_free(a);
}

/* The server remembers another connection from the same port and says so: that
 * one is reset, ours is asked for again. */
static void port_was_used(void **state)
{
	struct arena *a = arena_new(SYN_PROXY);
	struct segment synack = ask(a, 0, &full), got;
	struct segment challenge = { .seq = 5,
				     .ack = 4711,
				     .flags = TCP_ACK,
				     .options.wscale = TCP_NO_WSCALE };
	struct server_end e;
	struct frame f;

	open_flow(a, 0, &synack, &e);
	assert_int_equal(from_server(a, &f, &e, &challenge), VERDICT_DROP);
	got = read_made(a, 0, SIDE_SERVER);
	assert_int_equal(got.seq, 4711);
	assert_int_equal(a->made[0].tcp_flags, TCP_RST);
	refill(a);
	sweep_all(a, 0);
	got = read_made(a, 0, SIDE_SERVER);
	assert_int_equal(got.seq, CLIENT_ISN);
	assert_int_equal(a->made[0].tcp_flags, TCP_SYN);
	refill(a);
	complete(a, &(struct ends){ full, full }, &synack, &e);
	arena_free(a);
}

static void early_data(void **state)
{
	struct arena *a = arena_new(SYN_PROXY);
	struct segment synack = ask(a, 0, &full), ack = ack_of(&synack);
	struct segment syn = syn_of(&full);
	struct server_end e;

	open_flow(a, 0, &synack, &e);
	expect_drop(a, 0, &ack, DROP_syn_wait);
	expect_drop(a, 0, &syn, DROP_syn_wait);
	ack.flags = TCP_FIN | TCP_ACK;
	expect_drop(a, 0, &ack, DROP_syn_wait);
	complete(a, &(struct ends){ full, full }, &synack, &e);
	arena_free(a);
}

/* Our SYN was lost: the one of a second later is as good. */
static void syn_is_lost(void **state)
{
	struct arena *a = arena_new(SYN_PROXY);
	struct segment synack = ask(a, 0, &full), got;
	struct server_end e;

	open_flow(a, 0, &synack, &e);
	sweep_all(a, 1000);
	got = read_made(a, 0, SIDE_SERVER);
	assert_int_equal(got.seq, CLIENT_ISN);
	refill(a);
	complete(a, &(struct ends){ full, full }, &synack, &e);
	sweep_all(a, 1000);
	assert_int_equal(a->w.lb.made.used, 0); /* no further SYN */
	arena_free(a);
}

/* Our SYN-ACK was lost: the client asks again, and has the same answer. */
static void synack_is_lost(void **state)
{
	struct arena *a = arena_new(SYN_PROXY);
	struct segment first = ask(a, 0, &full), synack = ask(a, 0, &full);
	struct server_end e;

	assert_int_equal(first.seq, synack.seq);
	assert_int_equal(first.options.stamp, synack.options.stamp);
	open_flow(a, 0, &first, &e);
	complete(a, &(struct ends){ full, full }, &synack, &e);
	arena_free(a);
}

/* A segment with nothing but numbers. */
static struct segment numbers(uint32_t seq, uint32_t ack, uint8_t flags)
{
	return (struct segment){ .seq = seq,
				 .ack = ack,
				 .window = 500,
				 .flags = flags,
				 .options.wscale = TCP_NO_WSCALE };
}

/* The client never hears of the window: it probes, and the server's answer to that
 * tells it. */
static void update_is_lost(void **state)
{
	struct arena *a = arena_new(SYN_PROXY);
	struct segment synack = ask(a, 0, &full), got;
	struct server_end e;

	open_flow(a, 0, &synack, &e);
	complete(a, &(struct ends){ full, full }, &synack, &e);
	got = to_server(a, numbers(CLIENT_ISN, synack.seq + 1, TCP_ACK));
	assert_int_equal(got.seq, CLIENT_ISN);
	assert_int_equal(got.ack, SERVER_ISN + 1);
	got = to_client(a, &e,
			numbers(SERVER_ISN + 1, CLIENT_ISN + 1, TCP_ACK));
	assert_int_equal(got.seq, synack.seq + 1);
	assert_int_equal(got.ack, CLIENT_ISN + 1);
	assert_int_equal(got.window, 500u << (9 - SYN_WSCALE));
	arena_free(a);
}

/* A server that speaks first (SMTP, SSH): its greeting, sent twice, and the client's
 * answer to it. */
static void server_greets(void **state)
{
	struct arena *a = arena_new(SYN_PROXY);
	struct segment synack = ask(a, 0, &full), got;
	struct server_end e;

	open_flow(a, 0, &synack, &e);
	complete(a, &(struct ends){ full, full }, &synack, &e);
	for (unsigned i = 0; i < 2; i++) {
		got = to_client(a, &e,
				numbers(SERVER_ISN + 1, CLIENT_ISN + 1,
					TCP_PSH | TCP_ACK));
		assert_int_equal(got.seq, synack.seq + 1);
		assert_int_equal(got.ack, CLIENT_ISN + 1);
	}
	/* 40 bytes of it, across the point where the server's numbers wrap. */
	got = to_server(a, numbers(CLIENT_ISN + 1, synack.seq + 41,
				   TCP_PSH | TCP_ACK));
	assert_int_equal(got.ack, SERVER_ISN + 41);
	arena_free(a);
}

/* The client says it has no more to send; the server goes on and ends later. */
static void client_half_closes(void **state)
{
	struct arena *a = arena_new(SYN_PROXY);
	struct segment synack = ask(a, 0, &full), got;
	uint32_t flows = flow_count_all(a->w.store);
	struct server_end e;

	open_flow(a, 0, &synack, &e);
	complete(a, &(struct ends){ full, full }, &synack, &e);
	got = to_server(a, numbers(CLIENT_ISN + 1, synack.seq + 1,
				   TCP_FIN | TCP_ACK));
	assert_int_equal(got.ack, SERVER_ISN + 1);
	for (unsigned i = 0; i < 3; i++) {
		uint32_t at = 1 + i * 1000;

		got = to_client(a, &e,
				numbers(SERVER_ISN + at, CLIENT_ISN + 2,
					TCP_ACK));
		assert_int_equal(got.seq, synack.seq + at);
		got = to_server(a, numbers(CLIENT_ISN + 2,
					   synack.seq + at + 1000, TCP_ACK));
		assert_int_equal(got.ack, SERVER_ISN + at + 1000);
	}
	got = to_client(a, &e,
			numbers(SERVER_ISN + 3001, CLIENT_ISN + 2,
				TCP_FIN | TCP_ACK));
	assert_int_equal(got.seq, synack.seq + 3001);
	got = to_server(a, numbers(CLIENT_ISN + 2, synack.seq + 3002, TCP_ACK));
	assert_int_equal(got.ack, SERVER_ISN + 3002);
	sweep_all(a, 10 * 60 * 1000);
	assert_true(flow_count_all(a->w.store) <= flows);
	arena_free(a);
}

/* The server's MSS is heard as it said it, once for each connection. */
static void server_is_heard(void **state)
{
	struct tcp_options small = full;
	struct arena *a = arena_new(SYN_PROXY);
	struct segment synack = ask(a, 0, &full);
	struct server_end e;

	small.mss = 1400;
	open_flow(a, 0, &synack, &e);
	for (unsigned i = 0; i < 2; i++)
		complete(a, &(struct ends){ full, small }, &synack, &e);
	assert_int_equal(a->w.loads[0].heard[10].values[0], 1400ull << 32 | 1);
	assert_int_equal(a->w.loads[0].heard[10].values[1], 0);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(server_refuses),
		cmocka_unit_test(server_is_silent),
		cmocka_unit_test(ack_is_lost),
		cmocka_unit_test(owner_dies),
		cmocka_unit_test(port_was_used),
		cmocka_unit_test(early_data),
		cmocka_unit_test(syn_is_lost),
		cmocka_unit_test(synack_is_lost),
		cmocka_unit_test(update_is_lost),
		cmocka_unit_test(server_greets),
		cmocka_unit_test(client_half_closes),
		cmocka_unit_test(server_is_heard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: BSD-3-Clause
/* test_endpoint.c - a connection to a service of the engine's, frame by frame */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "endpoint.h"
#include "engine.h"
#include "frame.h"
#include "loop.h"
#include "tcp.h"
#include "world.h"

#define FRAMES 64

struct test_buf {
	struct buf buf;
	uint8_t bytes[BUF_HEADROOM + FRAME_ROOM];
};

static struct world world;
static struct engine engine;
static struct fab_engine slot;
static struct buf *sent[FRAMES];
static unsigned n_sent, n_bufs, asked;

/* What endpoint.c stands on. */

struct buf *buf_alloc(struct buf_pool *pool)
{
	struct test_buf *b = calloc(1, sizeof(*b));

	n_bufs++;
	b->buf.pkt.owner = &b->buf;
	b->buf.pkt.frame = b->bytes + BUF_HEADROOM;
	return &b->buf;
}

void buf_free(struct buf *b)
{
	n_bufs--;
	free(b);
}

uint32_t buf_frame_bytes(const struct buf_pool *pool)
{
	return FRAME_ROOM;
}

void loop_send(struct engine *e, uint8_t side, struct buf *b)
{
	assert_int_equal(side, SIDE_CLIENT);
	assert_true(b->originated);
	assert_true(n_sent < FRAMES);
	b->pkt.side = SIDE_CLIENT;
	pkt_parse(&b->pkt, &world.hash);
	sent[n_sent++] = b;
}

void neighbour_ask(struct engine *e, uint16_t index)
{
	asked++;
}

static void forget_sent(void)
{
	while (n_sent)
		buf_free(sent[--n_sent]);
}

/* Through the core, which has to see that it ends here, and into lwIP. */
static void receive(const char *source, const char *destination, uint16_t port,
		    uint8_t flags, uint32_t seq, uint32_t ack, const char *text)
{
	struct frame f;
	struct pkt *p = &f.pkt;
	struct buf *b = buf_alloc(NULL);
	uint32_t numbers[2] = { htobe32(seq), htobe32(ack) };

	frame_make(&f, SIDE_CLIENT,
		   &(struct frame_spec){ .source = source,
					 .destination = destination,
					 .source_port = port,
					 .destination_port = 80,
					 .tcp_flags = flags,
					 .payload_bytes = strlen(text) });
	pkt_parse(p, &world.hash);
	memcpy(p->frame + p->l4 + 4, numbers, 8);
	memcpy(p->frame + p->len - strlen(text), text, strlen(text));
	frame_set_l4_checksum(p);
	lb_process(&engine.lb, &p, 1);
	assert_int_equal(p->verdict, VERDICT_LOCAL);
	memcpy(b->pkt.frame, p->frame, p->len);
	memcpy(&b->pkt.len, &p->len, sizeof(p->len));
	b->pkt.l3 = p->l3;
	b->pkt.l4 = p->l4;
	b->pkt.family = p->family;
	b->pkt.vlan = p->vlan;
	endpoint_take(&engine, b);
}

static uint32_t number(unsigned i, unsigned at)
{
	const struct pkt *p = &sent[i]->pkt;
	uint32_t value;

	memcpy(&value, p->frame + p->l4 + at, 4);
	return be32toh(value);
}

static void serve(uint16_t mss)
{
	struct config *c = &world.config;

	for (unsigned i = 0; i < c->n_services; i++) {
		if (c->services[i].port != 80)
			continue;
		c->services[i].serve = SERVE_HTTP;
		c->services[i].n_backends = 0;
		c->services[i].profile = 0;
	}
	c->n_profiles = 1;
	c->profiles[0].mss = mss;
	world_reload(&world);
	engine.lb = world.lb;
	endpoint_configure(&engine);
}

static int set_up(void **state)
{
	memset(&world, 0, sizeof(world));
	world_init(&world, &(struct world_spec){ .backends = 1,
						 .snats = 1,
						 .flows4 = 4096,
						 .flows6 = 4096 });
	memset(&engine, 0, sizeof(engine));
	engine.self = &slot;
	engine.lb = world.lb;
	engine.now_us = 1000000;
	asked = 0;
	serve(0);
	return 0;
}

static int tear_down(void **state)
{
	forget_sent();
	for (unsigned i = 0; i < world.config.n_services; i++)
		world.config.services[i].serve = SERVE_NOTHING;
	world_reload(&world);
	engine.lb = world.lb;
	endpoint_configure(&engine);
	forget_sent();
	assert_int_equal(n_bufs, 0);
	world_free(&world);
	return 0;
}

/* Open one from a port; the SYN-ACK's MSS is `mss`. Returns the server's next number. */
static uint32_t open_one(const char *client, const char *vip, uint16_t port,
			 uint16_t mss)
{
	uint32_t theirs;

	receive(client, vip, port, TCP_SYN, 100, 0, "");
	/* Nobody has said yet where the client is: the answer is repeated. */
	if (!n_sent) {
		assert_int_equal(engine.counts[CNT_service_unsent], 1);
		assert_int_equal(asked, 1);
		world_resolve(&world);
		receive(client, vip, port, TCP_SYN, 100, 0, "");
	}
	assert_int_equal(n_sent, 1);
	assert_true(frame_checksums_ok(&sent[0]->pkt));
	assert_int_equal(sent[0]->pkt.tcp_flags & (TCP_SYN | TCP_ACK),
			 TCP_SYN | TCP_ACK);
	assert_int_equal(frame_mss(&sent[0]->pkt), mss);
	assert_int_equal(number(0, 8), 101);
	theirs = number(0, 4) + 1;
	forget_sent();
	receive(client, vip, port, TCP_ACK, 101, theirs, "");
	return theirs;
}

static void ask(const char *client, const char *vip, uint16_t port,
		uint16_t mss)
{
	static const char text[] = "GET /vfleet/health HTTP/1.1\r\n\r\n";
	uint32_t theirs = open_one(client, vip, port, mss);
	const struct pkt *p;

	receive(client, vip, port, TCP_ACK, 101, theirs, text);
	assert_int_equal(n_sent, 1);
	p = &sent[0]->pkt;
	assert_true(frame_checksums_ok(p));
	assert_memory_equal(p->frame + p->l4 + 20, "HTTP/1.1 200 ", 13);
	assert_memory_equal(p->frame + p->len - 3, "ok\n", 3);
	assert_int_equal(number(0, 8), 101 + strlen(text));
	forget_sent();
}

static void test_ipv4(void **state)
{
	ask("10.0.3.1", "10.0.0.100", 1000, 1460);
	assert_int_equal(engine.counts[CNT_service_connections], 1);
	assert_int_equal(engine.counts[CNT_service_requests], 1);
}

static void test_ipv6(void **state)
{
	ask("fd00::3:1", "fd00::100", 1000, 1440);
}

/* The rule's result goes into the SYN-ACK, and changes with the configuration. */
static void test_mss(void **state)
{
	ask("10.0.3.1", "10.0.0.100", 1000, 1460);
	serve(600);
	ask("10.0.3.1", "10.0.0.100", 1001, 600);
}

/* A packet of no connection gets a RST, and so does one whose service went. */
static void test_reset(void **state)
{
	uint32_t theirs = open_one("10.0.3.1", "10.0.0.100", 1000, 1460);

	receive("10.0.3.1", "10.0.0.100", 1001, TCP_ACK, 5, 7, "");
	assert_int_equal(n_sent, 1);
	assert_true(sent[0]->pkt.tcp_flags & TCP_RST);
	assert_int_equal(number(0, 4), 7);
	forget_sent();
	tear_down(state);
	set_up(state);
	world_resolve(&world);
	receive("10.0.3.1", "10.0.0.100", 1000, TCP_ACK, 101, theirs, "");
	forget_sent();
	receive("10.0.3.1", "10.0.0.100", 1000, TCP_ACK, 101, theirs, "");
	world_resolve(&world);
	receive("10.0.3.1", "10.0.0.100", 1000, TCP_ACK, 101, theirs, "");
	assert_true(n_sent && sent[n_sent - 1]->pkt.tcp_flags & TCP_RST);
}

/* Every packet is punted or dropped by name; every buffer comes back. */
static void test_counted(void **state)
{
	ask("10.0.3.1", "10.0.0.100", 1000, 1460);
	assert_int_equal(engine.drops[DROP_service_full], 0);
	assert_true(engine.counts[CNT_punted] >= 3);
	assert_int_equal(n_bufs, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_ipv4, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_ipv6, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_mss, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_reset, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_counted, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

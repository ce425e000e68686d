// SPDX-License-Identifier: BSD-3-Clause
/* test_endpoint.c - a connection to a service of the engine's, frame by frame */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "connection.h"
#include "endpoint.h"
#include "ending.h"
#include "engine.h"
#include "frame.h"
#include "loop.h"
#include "mirror_bank.h"
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
static uint64_t now_us = 1000000; /* lwIP's timers go on from test to test */
static struct fabric *fabric; /* of mirror steering; NULL: none */
static int fabric_fd;

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
	p->frame = b->pkt.frame;
	b->pkt = *p;
	b->pkt.owner = b;
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
	if (fabric)
		use_bank(&engine, 0);
	endpoint_configure(&engine);
}

static void make_engine(void)
{
	memset(&world, 0, sizeof(world));
	world_init(&world, &(struct world_spec){ .backends = 1,
						 .snats = 1,
						 .flows4 = 4096,
						 .flows6 = 4096 });
	memset(&engine, 0, sizeof(engine));
	engine.self = &slot;
	engine.lb = world.lb;
	engine.now_us = now_us;
	engine.lb.now_ms = now_us / 1000;
	asked = 0;
}

static int set_up(void **state)
{
	make_engine();
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

/* --- one of many engines, which say by their flows what is whose --- */

static int set_up_mirror(void **state)
{
	const struct fabric_limits limits = {
		.engines_max = 2,
		.ring_slots = 64,
		.frame_bytes_max = 2048,
		.hold_slots = 64,
		.flows4 = 4096,
		.flows6 = 4096,
		.snapshot_bytes = 65536,
		.banks = FAB_BANKS,
	};
	static const uint8_t key[FAB_HASH_KEY_BYTES];
	char err[100];

	make_engine();
	fabric = fabric_create(&limits, key, &fabric_fd, err, sizeof(err));
	assert_non_null(fabric);
	engine.fabric = fabric;
	engine.self = &fabric->engines[0];
	engine.mirror.on = true;
	for (unsigned s = 0; s < FAB_SLICES; s++)
		fabric->slices[s] = slice_word(0, 0, 0);
	serve(0);
	return 0;
}

static unsigned members(void)
{
	return flow_count_ends(fabric_flows(fabric, 0));
}

/* New connections go to another set from here on. */
static void cut(void)
{
	fabric->cut = cut_word(1, true);
	engine.mirror.cut = fabric->cut;
	engine.mirror.closed = true;
	use_bank(&engine, 0);
}

/* And these slices are about to go to another engine. */
static void release(void)
{
	for (unsigned s = 0; s < FAB_SLICES; s++)
		fabric->slices[s] = slice_word(0, 1, SLICE_MOVING);
}

static int tear_down_mirror(void **state)
{
	forget_sent();
	cut();
	release();
	endpoint_leave(&engine);
	tear_down(state);
	fabric_detach(fabric);
	close(fabric_fd);
	fabric = NULL;
	return 0;
}

static void pass(unsigned ms)
{
	for (; ms; ms--) {
		now_us += 1000;
		engine.now_us = now_us;
		engine.lb.now_ms = now_us / 1000;
		endpoint_turn(&engine);
	}
}

/* The last frame that went out to a port of the client's; NULL: none. */
static const struct pkt *to_port(uint16_t port)
{
	for (unsigned i = n_sent; i; i--)
		if ((number(i - 1, 0) & 0xffff) == port)
			return &sent[i - 1]->pkt;
	return NULL;
}

/* Both ends of a connection's life, as the other engines see it. */
static void test_member(void **state)
{
	open_one("10.0.3.1", "10.0.0.100", 1000, 1460);
	assert_int_equal(members(), 1);
	engine.counts[CNT_service_unsent] = asked = 0;
	open_one("fd00::3:1", "fd00::100", 1000, 1440);
	assert_int_equal(members(), 2);
	receive("10.0.3.1", "10.0.0.100", 1000, TCP_RST, 101, 0, "");
	assert_int_equal(members(), 1);
	forget_sent();
	open_one("10.0.3.1", "10.0.0.100", 1000, 1460);
	assert_int_equal(members(), 2);
}

static void live(unsigned seconds)
{
	for (; seconds; seconds--) {
		pass(1000);
		for (unsigned s = 0; s < FAB_SLICES; s++)
			lb_sweep(&engine.lb, s, 1000);
		assert_int_equal(members(), 1);
	}
}

/* It is kept as long as HTTP lets it live. */
static void test_member_lives(void **state)
{
	static const char text[] = "GET /vfleet/health HTTP/1.1\r\n\r\n";
	uint32_t theirs = open_one("10.0.3.1", "10.0.0.100", 1000, 1460);

	live(20);
	receive("10.0.3.1", "10.0.0.100", 1000, TCP_ACK, 101, theirs, text);
	/* Nobody acknowledges the answer, but it may yet come. */
	live(20);
	pass(15000);
	assert_true(to_port(1000)->tcp_flags & TCP_RST);
	assert_int_equal(members(), 0);
}

static void test_retires(void **state)
{
	static const char text[] = "GET /vfleet/health HTTP/1.1\r\n\r\n";
	uint32_t theirs = open_one("10.0.3.1", "10.0.0.100", 1000, 1460);
	const struct pkt *p;

	forget_sent();
	open_one("10.0.3.1", "10.0.0.100", 1001, 1460);
	forget_sent();
	cut();
	pass(400);
	assert_int_equal(n_sent, 0);
	receive("10.0.3.1", "10.0.0.100", 1000, TCP_ACK, 101, theirs, text);
	p = to_port(1000);
	assert_non_null(memmem(p->frame, p->len, "Connection: close\r\n", 19));
	assert_memory_equal(p->frame + p->len - 3, "ok\n", 3);
	assert_true(p->tcp_flags & TCP_FIN);
	assert_null(to_port(1001));
	pass(1500);
	assert_true(to_port(1001)->tcp_flags & TCP_FIN);
	assert_int_equal(engine.counts[CNT_service_cut], 0);
}

/* What came in one piece is answered to its end. */
static void test_retires_behind_all(void **state)
{
	static const char text[] = "GET /vfleet/health HTTP/1.1\r\n\r\n"
				   "GET /vfleet/health HTTP/1.1\r\n\r\n";
	uint32_t theirs = open_one("10.0.3.1", "10.0.0.100", 1000, 1460);
	unsigned answers = 0;

	forget_sent();
	cut();
	pass(10);
	receive("10.0.3.1", "10.0.0.100", 1000, TCP_ACK, 101, theirs, text);
	for (unsigned i = 0; i < n_sent; i++)
		for (unsigned at = 54; at + 3 <= sent[i]->pkt.len; at++)
			answers += !memcmp(sent[i]->pkt.frame + at, "ok\n", 3);
	assert_int_equal(answers, 2);
	assert_true(to_port(1000)->tcp_flags & TCP_FIN);
}

static void test_leaves(void **state)
{
	open_one("10.0.3.1", "10.0.0.100", 1000, 1460);
	receive("10.0.3.1", "10.0.0.100", 1001, TCP_SYN, 100, 0, "");
	forget_sent();
	assert_int_equal(members(), 2);
	cut();
	endpoint_leave(&engine);
	assert_int_equal(members(), 2);
	release();
	endpoint_leave(&engine);
	assert_true(to_port(1000)->tcp_flags & TCP_RST);
	assert_int_equal(members(), 0);
	assert_int_equal(engine.counts[CNT_service_cut], 1);
}

/* An engine that died has left its flow: a RST, and a SYN begins anew. */
static void test_heir(void **state)
{
	struct flow_key key;
	struct frame f;

	frame_make(&f, SIDE_CLIENT,
		   &(struct frame_spec){ .source = "10.0.3.1",
					 .destination = "10.0.0.100",
					 .source_port = 1000,
					 .destination_port = 80,
					 .tcp_flags = TCP_SYN });
	pkt_parse(&f.pkt, &world.hash);
	connection_key(&f.pkt, &key);
	assert_non_null(ending_open(&engine.lb, &key,
				    snap_array(world.snap, services,
					       struct snap_service)));
	receive("10.0.3.1", "10.0.0.100", 1001, TCP_SYN, 100, 0, "");
	world_resolve(&world);
	forget_sent();
	receive("10.0.3.1", "10.0.0.100", 1000, TCP_ACK, 500, 600, "");
	assert_true(to_port(1000)->tcp_flags & TCP_RST);
	assert_int_equal(members(), 2);
	forget_sent();
	open_one("10.0.3.1", "10.0.0.100", 1000, 1460);
	assert_int_equal(members(), 2);
}

#define MIRROR_TEST(f) \
	cmocka_unit_test_setup_teardown(f, set_up_mirror, tear_down_mirror)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_ipv4, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_ipv6, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_mss, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_reset, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_counted, set_up,
						tear_down),
		MIRROR_TEST(test_member),
		MIRROR_TEST(test_member_lives),
		MIRROR_TEST(test_retires),
		MIRROR_TEST(test_retires_behind_all),
		MIRROR_TEST(test_leaves),
		MIRROR_TEST(test_heir),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: BSD-3-Clause
/* test_dial.c - connections of the engine's own beside those that pass through it */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "clamp.h"
#include "connection.h"
#include "ending.h"
#include "frame.h"
#include "scheduler.h"
#include "tcp.h"
#include "world.h"

#define BACKENDS 3

static struct world world;
static const uint8_t option[] = { 2, 4, 9176 >> 8, 9176 & 255 };

static const struct snap_service *service(uint8_t family)
{
	const struct snap_service *v =
		snap_array(world.snap, services, struct snap_service);

	while (v->vip.family != family || v->port != 80)
		v++;
	return v;
}

static const struct snap_backend *backend(uint8_t family, unsigned number)
{
	return &snap_array(
		world.snap, backends,
		struct snap_backend)[service(family)->first_backend + number];
}

/* A client's packet, parsed, as it finds the service. */
static void client_packet(struct frame *f, uint8_t family, uint16_t port,
			  uint8_t flags)
{
	frame_make(f, SIDE_CLIENT,
		   &(struct frame_spec){
			   .source = family == 4 ? "10.0.3.1" : "fd00::3:1",
			   .destination = family == 4 ? "10.0.0.100" :
							"fd00::100",
			   .source_port = port,
			   .destination_port = 80,
			   .tcp_flags = flags });
	pkt_parse(&f->pkt, &world.hash);
}

static uint16_t dial(uint8_t family, uint16_t port, unsigned number,
		     struct flow_key *reply)
{
	struct flow_key client;
	struct frame f;
	uint16_t mss;

	client_packet(&f, family, port, TCP_ACK);
	connection_key(&f.pkt, &client);
	assert_int_equal(connection_dial(&world.lb, &client, service(family),
					 backend(family, number), reply, &mss),
			 DROP_COUNT);
	assert_int_equal(reply->slice, f.pkt.slice);
	return mss;
}

/* What the server of a connection sends. */
static void server_packet(struct frame *f, const struct flow_key *reply,
			  uint8_t flags)
{
	unsigned bytes = reply->family == 4 ? 8 : 32;
	struct pkt *p = &f->pkt;

	frame_make(f, SIDE_SERVER,
		   &(struct frame_spec){
			   .source = reply->family == 4 ? "10.1.1.1" :
							  "fd01::1:1",
			   .destination = reply->family == 4 ? "10.1.2.1" :
							       "fd01::2:1",
			   .source_port = 8080,
			   .destination_port = 1,
			   .tcp_flags = flags,
			   .options = option,
			   .options_bytes = flags & TCP_SYN ? sizeof(option) :
							      0 });
	memcpy(p->frame + p->l3 + (reply->family == 4 ? 12 : 8), reply->addrs,
	       bytes);
	memcpy(p->frame + p->l4, &reply->ports, 4);
	frame_set_l4_checksum(p);
	pkt_parse(p, &world.hash);
}

static uint8_t process(struct pkt *p)
{
	lb_process(&world.lb, &p, 1);
	return p->verdict;
}

static int set_up(void **state)
{
	memset(&world, 0, sizeof(world));
	world_init(&world, &(struct world_spec){ .backends = BACKENDS,
						 .snats = 1,
						 .flows4 = 65536,
						 .flows6 = 65536,
						 .server_mtu = 1400 });
	return 0;
}

static int tear_down(void **state)
{
	world_free(&world);
	return 0;
}

static void ends_here(uint8_t family)
{
	static const uint8_t flags[] = { TCP_SYN | TCP_ACK, TCP_ACK,
					 TCP_FIN | TCP_ACK, TCP_RST };
	struct flow_key reply;
	struct frame f;

	assert_int_equal(dial(family, 1000, 0, &reply),
			 family == 4 ? 1360 : 1340);
	for (unsigned i = 0; i < sizeof(flags); i++) {
		server_packet(&f, &reply, flags[i]);
		assert_int_equal(f.pkt.slice, reply.slice);
		assert_int_equal(process(&f.pkt), VERDICT_LOCAL);
		/* Its MSS is for the engine's TCP, as the server has said it. */
		if (flags[i] & TCP_SYN)
			assert_int_equal(frame_mss(&f.pkt), 9176);
	}
	/* The client's own packets are none of this flow's. */
	client_packet(&f, family, 1000, TCP_ACK);
	assert_int_equal(process(&f.pkt), VERDICT_DROP);
	assert_int_equal(f.pkt.reason, DROP_no_flow);
}

static void test_ipv4(void **state)
{
	ends_here(4);
}

static void test_ipv6(void **state)
{
	ends_here(6);
}

/* One allocator: neither kind of flow gets a port that the other has. */
static void test_ports(void **state)
{
	static bool used[65536];
	unsigned n = 0;

	for (uint16_t port = 2000; port < 6000; port++) {
		struct flow_key reply;
		uint16_t ports[2];
		struct frame f;

		if (port % 2) {
			dial(4, port, 0, &reply);
		} else {
			client_packet(&f, 4, port, TCP_SYN);
			process(&f.pkt);
			assert_true(f.pkt.verdict == VERDICT_NEIGH ||
				    f.pkt.verdict == VERDICT_TX);
			memcpy(ports, f.pkt.frame + f.pkt.l4, 4);
			if (f.pkt.frame[f.pkt.l3 + 19] != 1)
				continue; /* to another backend */
			reply.ports = (uint32_t)ports[0] << 16;
		}
		memcpy(ports, &reply.ports, 4);
		assert_false(used[ports[1]]);
		used[ports[1]] = true;
		n++;
	}
	assert_true(n > 2500);
}

/* --- two sets of engines, each with its own flows --- */

static struct flow_store *beside; /* the other set's */
static unsigned peeks, meddle_at;

enum flow_sight __real_flow_peek(const struct flow_store *store,
				 const struct flow_key *k, uint32_t now_ms);
enum flow_sight __wrap_flow_peek(const struct flow_store *store,
				 const struct flow_key *k, uint32_t now_ms);

/* Somebody of the other set takes the port just before it is looked for there. */
enum flow_sight __wrap_flow_peek(const struct flow_store *store,
				 const struct flow_key *k, uint32_t now_ms)
{
	struct flow f = { .state = FLOW_PROXY |
				   IPPROTO_TCP << FLOW_WORD_PROTOCOL_SHIFT,
			  .hash = { 1, k->hash },
			  .ports = { 0, k->ports },
			  .addrs.v4 = { 0, k->addrs[0] },
			  .seen_ms = now_ms,
			  .timeout_ms = TCP_PROXY_MS };

	if (++peeks == meddle_at)
		assert_non_null(flow_insert(beside, 4, k->slice, &f));
	return __real_flow_peek(store, k, now_ms);
}

static void open_beside(unsigned at)
{
	const struct flow_limits limits = { .flows4 = 65536, .flows6 = 256 };

	beside = aligned_alloc(64, (flow_store_bytes(&limits) + 63) / 64 * 64);
	assert_non_null(beside);
	memset(beside, 0, flow_store_bytes(&limits));
	flow_store_format(beside, &limits);
	world.lb.reserved = beside;
	peeks = 0;
	meddle_at = at;
}

/* Of one address and port, one set has a flow, at whatever moment the other takes it. */
static void test_beside(void **state)
{
	for (unsigned at = 1; at <= 2; at++) {
		struct flow_key reply;

		open_beside(at);
		dial(4, 1000 + at, 0, &reply);
		assert_int_equal(flow_count_all(beside), 1);
		assert_int_equal(__real_flow_peek(beside, &reply, 0),
				 SIGHT_NONE);
		assert_non_null(flow_find(world.store, &reply));
		assert_int_equal(flow_count_all(world.store), at);
		assert_int_equal(
			world.lb.load->services[service(4)->slot].connections,
			at);
		free(beside);
	}
	world.lb.reserved = NULL;
}

/* A client's connection with the engine itself: only its own packets find it. */
static void served(uint8_t family)
{
	static const uint8_t flags[] = { TCP_SYN, TCP_ACK, TCP_FIN | TCP_ACK,
					 TCP_RST };
	struct flow_key client;
	struct flow *f;
	struct frame p;

	client_packet(&p, family, 1000, TCP_SYN);
	connection_key(&p.pkt, &client);
	f = ending_open(&world.lb, &client, service(family));
	assert_non_null(f);
	for (unsigned i = 0; i < sizeof(flags); i++) {
		client_packet(&p, family, 1000, flags[i]);
		assert_int_equal(process(&p.pkt), VERDICT_LOCAL);
	}
	assert_int_equal(world.lb.load->services[service(family)->slot].packets,
			 0);
	client_packet(&p, family, 1001, TCP_ACK);
	assert_int_equal(process(&p.pkt), VERDICT_DROP);
	client.side = SIDE_SERVER;
	assert_null(flow_find(world.store, &client));
	assert_int_equal(flow_count_ends(world.store), 1);
	connection_close(&world.lb, family, client.slice, f);
	assert_int_equal(flow_count_ends(world.store), 0);
	/* Who answers the client counts it, and nobody else. */
	assert_int_equal(
		world.lb.load->services[service(family)->slot].connections, 0);
	assert_int_equal(world.counters[CNT_flows_new], 1);
	assert_int_equal(world.counters[CNT_flows_expired], 1);
}

static void test_served4(void **state)
{
	served(4);
}

static void test_served6(void **state)
{
	served(6);
}

static bool see(const struct flow_view *v, void *arg)
{
	*(struct flow_view *)arg = *v;
	return true;
}

static void test_served_view(void **state)
{
	struct flow_key client;
	struct flow_view v;
	struct frame p;

	client_packet(&p, 4, 1000, TCP_SYN);
	connection_key(&p.pkt, &client);
	ending_open(&world.lb, &client, service(4));
	flow_walk(world.store, 0, see, &v);
	assert_string_equal(v.state, "served");
	assert_int_equal(v.client_port, 1000);
	assert_int_equal(v.server.family, 0);
	assert_int_equal(v.snat.family, 0);
}

/* What TCP itself would say is lowered to the backend's side's rule, and counted. */
static void test_own_syn(void **state)
{
	struct flow_key reply, key;
	uint8_t ports[4];
	struct frame f;

	dial(4, 1000, 0, &reply);
	memcpy(ports, &reply.ports, 4);
	frame_make(&f, SIDE_SERVER,
		   &(struct frame_spec){ .source = "10.1.2.1",
					 .destination = "10.1.1.1",
					 .source_port = ports[2] << 8 |
							ports[3],
					 .destination_port = 8080,
					 .tcp_flags = TCP_SYN,
					 .options = option,
					 .options_bytes = sizeof(option) });
	pkt_parse(&f.pkt, &world.hash);
	clamp_own_key(&world.lb, &f.pkt, &key);
	assert_memory_equal(&key, &reply, sizeof(key));
	clamp_own(&world.lb, &f.pkt, flow_find(world.store, &key));
	assert_int_equal(frame_mss(&f.pkt), 1360);
	assert_true(frame_checksums_ok(&f.pkt));
	assert_int_equal(world.counters[CNT_mss_clamped], 1);
}

static uint32_t live(void)
{
	return flow_count_all(world.store);
}

static void sweep_all(void)
{
	for (unsigned s = 0; s < FAB_SLICES; s++)
		lb_sweep(&world.lb, s, 1000);
}

/* A flow lives while its TCP says so, and no longer. */
static void test_expiry(void **state)
{
	struct flow_key reply;
	struct flow *f;

	world.lb.now_ms = 1000;
	dial(4, 1000, 0, &reply);
	f = flow_find(world.store, &reply);
	world.lb.now_ms += TCP_PROXY_MS - 1000;
	ending_keep(&world.lb, f);
	world.lb.now_ms += TCP_PROXY_MS - 1000;
	sweep_all();
	assert_int_equal(live(), 1);
	ending_rest(&world.lb, f);
	world.lb.now_ms += TCP_PROXY_CLOSE_MS - 1000;
	sweep_all();
	assert_int_equal(live(), 1);
	world.lb.now_ms += 2000;
	sweep_all();
	assert_int_equal(live(), 0);
	dial(4, 1000, 0, &reply);
	world.lb.now_ms += TCP_PROXY_MS + 1000;
	sweep_all();
	assert_int_equal(live(), 0);
	assert_int_equal(world.lb.load->services[service(4)->slot].connections,
			 0);
}

/* Another one is another one, whatever the hash; alone there is none. */
static void test_other(void **state)
{
	const struct snap_service *v = service(4);

	for (uint32_t hash = 0; hash < 1000; hash++) {
		uint16_t failed = backend(4, hash % BACKENDS)->slot;
		const struct snap_backend *b = scheduler_other(
			world.snap, v, hash * 2654435761u, failed);

		assert_non_null(b);
		assert_int_not_equal(b->slot, failed);
		assert_true(b->usable);
	}
	for (unsigned i = 0; i < world.config.n_backends; i++)
		world.config.backends[i].down = i % BACKENDS != 0;
	world_reload(&world);
	assert_null(scheduler_other(world.snap, service(4), 7,
				    backend(4, 0)->slot));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_ipv4, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_ipv6, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_ports, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_beside, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_served4, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_served6, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_served_view, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_own_syn, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_expiry, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_other, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

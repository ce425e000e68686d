// SPDX-License-Identifier: BSD-3-Clause
/* test_outbound.c - applications behind the link of nat.outbound, to anybody and back */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "traffic.h"

static const struct {
	const char *prefix, *application, *engine, *anybody, *snat, *via, *all;
} links[2] = {
	{ "192.168.77.0/24", "192.168.77.2", "192.168.77.1", "203.0.113.9",
	  "10.1.2.", "10.1.0.1", "0.0.0.0/0" },
	{ "fd77::/64", "fd77::2", "fd77::1", "2001:db8::9",
	  "[fd01::2:", "fd01::1", "::/0" },
};

/* What section nat makes of a link, by config/outbound.c. */
static void add_link(struct config *c, unsigned i)
{
	struct config_service *v = &c->services[c->n_services++];
	struct config_subnet *n = &c->subnets[c->n_subnets++];
	struct config_route *r = &c->routes[c->n_routes++];
	struct config_backend *b = &c->backends[c->n_backends];

	n->side = SIDE_CLIENT;
	n->vlan = CONFIG_LINK_VLAN;
	assert_true(prefix_parse(links[i].prefix, &n->prefix));
	r->side = SIDE_SERVER;
	assert_true(prefix_parse(links[i].all, &r->prefix));
	assert_true(address_parse(links[i].via, &r->via));
	*v = (struct config_service){ .vlan = CONFIG_LINK_VLAN,
				      .protocol = IPPROTO_TCP,
				      .mode = MODE_OUTBOUND,
				      .scheduler = SCHEDULER_WRR,
				      .slot = 30 + i,
				      .address_slot = 30 + i,
				      .first_backend = c->n_backends,
				      .n_backends = 1 };
	assert_true(address_parse(links[i].engine, &v->vip));
	*b = (struct config_backend){ .address = { .family = v->vip.family },
				      .weight = 1,
				      .slot = c->n_backends++ };
}

static void open_links(struct world *w, const struct world_spec *spec)
{
	open_world(w, spec);
	for (unsigned i = 0; i < 2; i++)
		add_link(&w->config, i);
	world_reload(w);
	warm_up(w);
}

/* A packet of the application, as the link gives it. */
static enum verdict from_link(struct world *w, struct frame *f,
			      const struct frame_spec *s)
{
	frame_make(f, SIDE_CLIENT, s);
	f->pkt.vlan = CONFIG_LINK_VLAN;
	return run(w, f);
}

static struct frame_spec to_anybody(unsigned i, uint16_t port, uint8_t flags)
{
	return (struct frame_spec){ .source = links[i].application,
				    .destination = links[i].anybody,
				    .source_port = port,
				    .destination_port = 443,
				    .tcp_flags = flags };
}

static void there_and_back(void **state)
{
	for (unsigned i = 0; i < 2; i++) {
		struct frame_spec s = to_anybody(i, 5000, TCP_SYN);
		struct frame f, back;
		struct world w;
		char text[160], want[160];

		open_links(&w, &traffic_plain);
		assert_int_equal(from_link(&w, &f, &s), VERDICT_NEIGH);
		world_resolve(&w);
		assert_int_equal(from_link(&w, &f, &s), VERDICT_TX);
		assert_true(frame_checksums_ok(&f.pkt));
		assert_int_equal(f.pkt.out_side, SIDE_SERVER);
		assert_int_equal(f.pkt.l3, 14);
		frame_text(&f.pkt, text, sizeof(text));
		assert_memory_equal(text, links[i].snat, strlen(links[i].snat));
		snprintf(want, sizeof(want), i ? " > [%s]:443" : " > %s:443",
			 links[i].anybody);
		assert_non_null(strstr(text, want));

		answer(&back, &f, TCP_SYN | TCP_ACK, 0);
		assert_int_equal(run(&w, &back), VERDICT_TX);
		assert_true(frame_checksums_ok(&back.pkt));
		assert_int_equal(back.pkt.slice, f.pkt.slice);
		/* Its tag is how the engine knows the link. */
		assert_memory_equal(back.pkt.frame + 12, "\x81\x00\x0f\xff", 4);
		snprintf(want, sizeof(want),
			 i ? "[%s]:443 > [%s]:5000" : "%s:443 > %s:5000",
			 links[i].anybody, links[i].application);
		assert_string_equal(frame_text(&back.pkt, text, sizeof(text)),
				    want);
		world_free(&w);
	}
}

/* Sends one or the other until the ports of every slice are used up. */
static void exhaust(struct world *w, bool taken[65536], unsigned *without)
{
	struct frame_spec ask = tcp_from(&families[0], 0, TCP_SYN);
	struct frame_spec out = to_anybody(0, 0, TCP_SYN);
	struct frame f;
	char text[160];
	unsigned port;

	out.destination = "10.1.1.1";
	out.destination_port = 8080;
	for (unsigned n = 0; n < 2 * 60000; n++) {
		enum verdict verdict;

		ask.source_port = out.source_port = 1024 + n / 2;
		if (n & 1) {
			verdict = from_link(w, &f, &out);
		} else {
			frame_make(&f, SIDE_CLIENT, &ask);
			verdict = run(w, &f);
		}
		if (verdict != VERDICT_TX) {
			assert_int_equal(f.pkt.reason, DROP_no_snat_port);
			++*without;
			continue;
		}
		frame_text(&f.pkt, text, sizeof(text));
		assert_int_equal(
			sscanf(text, "10.1.2.1:%u > 10.1.1.1:8080", &port), 1);
		assert_false(taken[port]);
		taken[port] = true;
	}
}

/* Towards one server nobody gets what another has, service or application. */
static void ports_are_shared(void **state)
{
	struct world_spec spec = {
		.backends = 1, .snats = 1, .flows4 = 256 * 1024, .flows6 = 4096
	};
	static bool taken[65536];
	unsigned without = 0;
	struct world w;

	open_links(&w, &spec);
	exhaust(&w, taken, &without);
	assert_true(without > 0);
	world_free(&w);
}

static void refused(void **state)
{
	struct frame_spec s = to_anybody(0, 5000, TCP_SYN);
	struct frame f;
	struct world w;

	open_links(&w, &traffic_plain);
	/* From the wire nobody speaks for the link. */
	s.vlan = CONFIG_LINK_VLAN;
	frame_make(&f, SIDE_CLIENT, &s);
	assert_int_equal(run(&w, &f), VERDICT_DROP);
	assert_int_equal(f.pkt.reason, DROP_vlan_unknown);
	/* A tag of the application's own is none of ours. */
	s.vlan = 5;
	assert_int_equal(from_link(&w, &f, &s), VERDICT_DROP);
	assert_int_equal(f.pkt.reason, DROP_ethertype);
	s.vlan = 0;
	s.destination = links[0].engine;
	assert_int_equal(from_link(&w, &f, &s), VERDICT_DROP);
	assert_int_equal(f.pkt.reason, DROP_no_service);
	/* An address that is not the link's would not be answered there. */
	s = to_anybody(0, 5000, TCP_SYN);
	s.source = "192.168.78.2";
	assert_int_equal(from_link(&w, &f, &s), VERDICT_DROP);
	assert_int_equal(f.pkt.reason, DROP_no_route);
	/* Nothing of the link's network leaves without a connection. */
	s = to_anybody(0, 5000, TCP_ACK);
	assert_int_equal(from_link(&w, &f, &s), VERDICT_DROP);
	assert_int_equal(f.pkt.reason, DROP_no_flow);
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(ports_are_shared),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

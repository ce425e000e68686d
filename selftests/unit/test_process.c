/* SPDX-License-Identifier: BSD-3-Clause */
/* test_process.c - one packet through lb_process(): rewritten or refused */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "flow_table.h"
#include "traffic.h"

static void both_directions(void **state)
{
	for (unsigned i = 0; i < 2; i++) {
		const struct family *a = &families[i];
		struct frame_spec s = tcp_from(a, 5000, TCP_SYN);
		struct frame f, back;
		struct world w;
		char text[160], want[160];

		open_world(&w, &traffic_plain);
		warm_up(&w);
		send_client(&w, &f, &s);
		assert_int_equal(f.pkt.out_side, SIDE_SERVER);
		assert_non_null(strstr(frame_text(&f.pkt, text, sizeof(text)),
				       a->server_prefix));
		assert_int_equal(f.pkt.frame[0], WORLD_MAC_BYTE);
		assert_memory_equal(f.pkt.frame + 6, w.lb.mac[SIDE_SERVER], 6);
		/* One hop less. */
		assert_int_equal(f.pkt.frame[f.pkt.l3 + (i ? 7 : 8)], 63);

		answer(&back, &f, TCP_SYN | TCP_ACK, 0);
		assert_int_equal(run(&w, &back), VERDICT_TX);
		assert_true(frame_checksums_ok(&back.pkt));
		assert_int_equal(back.pkt.slice, f.pkt.slice);
		assert_int_equal(back.pkt.out_side, SIDE_CLIENT);
		snprintf(want, sizeof(want),
			 i ? "[%s]:80 > [%s]:5000" : "%s:80 > %s:5000", a->vip,
			 a->client);
		assert_string_equal(frame_text(&back.pkt, text, sizeof(text)),
				    want);
		assert_memory_equal(back.pkt.frame + 6, w.lb.mac[SIDE_CLIENT],
				    6);
		world_free(&w);
	}
}

/* The same way out for every packet of a connection. */
static void connection_keeps_its_way(void **state)
{
	struct frame_spec s = tcp_from(&families[0], 5001, TCP_SYN);
	char first[160], text[160];
	struct frame f;
	struct world w;

	open_world(&w, &traffic_plain);
	warm_up(&w);
	send_client(&w, &f, &s);
	frame_text(&f.pkt, first, sizeof(first));
	s.tcp_flags = TCP_ACK;
	for (unsigned i = 0; i < 50; i++) {
		s.payload_bytes = i;
		send_client(&w, &f, &s);
		assert_string_equal(frame_text(&f.pkt, text, sizeof(text)),
				    first);
	}
	world_free(&w);
}

static void vlan_tags(void **state)
{
	struct world_spec spec = traffic_plain;
	struct frame_spec s = tcp_from(&families[0], 5002, TCP_SYN);
	struct frame f, back;
	struct world w;

	spec.client_vlan = 100;
	open_world(&w, &spec);
	s.vlan = 100;
	warm_up(&w);
	send_client(&w, &f, &s); /* tagged in, untagged out */
	assert_int_equal(f.pkt.l3, 14);
	assert_int_equal(f.pkt.frame[12], 0x08);
	answer(&back, &f, TCP_SYN | TCP_ACK, 0);
	assert_int_equal(run(&w, &back), VERDICT_TX);
	assert_int_equal(back.pkt.l3, 18);
	assert_memory_equal(back.pkt.frame + 12, "\x81\x00\x00\x64\x08\x00", 6);
	assert_true(frame_checksums_ok(&back.pkt));

	/* A tag the NIC took off is the same packet. */
	s.vlan = 0;
	s.source_port = 5003;
	frame_make(&f, SIDE_CLIENT, &s);
	f.pkt.vlan = 100;
	assert_int_equal(run(&w, &f), VERDICT_TX);

	/* Same addresses, another VLAN: somebody else's, data as well. */
	s.vlan = 101;
	s.tcp_flags = TCP_ACK;
	frame_make(&f, SIDE_CLIENT, &s);
	assert_int_equal(run(&w, &f), VERDICT_DROP);
	assert_int_equal(f.pkt.reason, DROP_vlan_unknown);
	s.tcp_flags = TCP_SYN;
	frame_make(&f, SIDE_CLIENT, &s);
	assert_int_equal(run(&w, &f), VERDICT_DROP);
	assert_int_equal(f.pkt.reason, DROP_vlan_unknown);
	world_free(&w);
}

/* SYNs of the first service that left on `side` by rule vlan-mss. */
static unsigned long seen(const struct world *w, unsigned side,
			  enum mss_change change)
{
	return w->loads[0].mss[10].seen[side][MSS_VLAN_MSS][change];
}

static void mss(void **state)
{
	static const uint8_t mss_1460[] = { 2, 4, 0x05, 0xb4 };
	static const uint8_t mss_broken[] = { 2, 5, 0x05, 0xb4 };
	static const uint8_t mss_900[] = { 1, 2, 4, 0x03, 0x84, 1, 1, 0 };
	struct world_spec spec = traffic_plain;
	struct frame_spec s = tcp_from(&families[0], 5004, TCP_SYN);
	struct frame f, back;
	struct world w;

	spec.client_vlan = 100;
	spec.server_vlan = 200;
	spec.client_mss = 1200;
	spec.server_mss = 1000;
	open_world(&w, &spec);
	s.vlan = 100;
	warm_up(&w);
	assert_int_equal(seen(&w, SIDE_SERVER, MSS_CLAMPED), 0);
	assert_int_equal(seen(&w, SIDE_SERVER, MSS_INSERTED), 64);

	s.options = mss_1460;
	s.options_bytes = 4;
	send_client(&w, &f, &s);
	assert_int_equal(frame_mss(&f.pkt), 1000);
	assert_int_equal(seen(&w, SIDE_SERVER, MSS_CLAMPED), 1);

	/* The server's answer without an option gets one. */
	answer(&back, &f, TCP_SYN | TCP_ACK, 200);
	assert_int_equal(run(&w, &back), VERDICT_TX);
	assert_int_equal(frame_mss(&back.pkt), 536);
	assert_true(frame_checksums_ok(&back.pkt));
	assert_int_equal(seen(&w, SIDE_CLIENT, MSS_INSERTED), 1);

	/* Lower already: left alone. */
	s.options = mss_900;
	s.options_bytes = 8;
	s.source_port = 5005;
	send_client(&w, &f, &s);
	assert_int_equal(frame_mss(&f.pkt), 900);
	assert_int_equal(seen(&w, SIDE_SERVER, MSS_CLAMPED), 1);
	assert_int_equal(seen(&w, SIDE_SERVER, MSS_KEPT), 1);
	assert_int_equal(w.counters[CNT_mss_clamped], 1);
	assert_int_equal(w.counters[CNT_mss_untouched], 1);

	/* Broken options: dropped, no flow, counted. */
	s.options = mss_broken;
	s.options_bytes = 4;
	s.source_port = 5006;
	frame_make(&f, SIDE_CLIENT, &s);
	assert_int_equal(run(&w, &f), VERDICT_DROP);
	assert_int_equal(f.pkt.reason, DROP_tcp_options);
	assert_int_equal(seen(&w, SIDE_SERVER, MSS_BROKEN), 1);
	assert_int_equal(w.counters[CNT_mss_malformed], 1);
	world_free(&w);
}

static void udp(void **state)
{
	struct frame_spec s = { .source = "10.0.3.7",
				.destination = "10.0.0.100",
				.source_port = 6000,
				.destination_port = 53,
				.protocol = IPPROTO_UDP,
				.payload_bytes = 33 };
	struct frame f, back;
	struct world w;

	open_world(&w, &traffic_plain);
	frame_make(&f, SIDE_CLIENT, &s);
	assert_int_equal(run(&w, &f), VERDICT_NEIGH);
	world_resolve(&w);
	send_client(&w, &f, &s);
	answer(&back, &f, 0, 0);
	assert_int_equal(run(&w, &back), VERDICT_TX);
	assert_true(frame_checksums_ok(&back.pkt));

	/* A zero checksum stays zero. */
	s.no_checksum = true;
	frame_make(&f, SIDE_CLIENT, &s);
	assert_int_equal(run(&w, &f), VERDICT_TX);
	assert_memory_equal(f.pkt.frame + f.pkt.l4 + 6, "\0\0", 2);
	world_free(&w);
}

/* Expect a drop, and no flow made of it. */
static void refused(struct world *w, struct frame *f, enum vfl_drop reason)
{
	uint32_t flows = flow_count_all(w->store);

	assert_int_equal(run(w, f), VERDICT_DROP);
	assert_string_equal(vfl_drop_names[f->pkt.reason],
			    vfl_drop_names[reason]);
	assert_int_equal(flow_count_all(w->store), flows);
}

static void refusals(void **state)
{
	static const uint8_t broken[] = { 2, 40, 0, 0 };
	struct frame_spec s = tcp_from(&families[0], 5006, TCP_ACK);
	struct frame f;
	struct world w;

	open_world(&w, &traffic_plain);
	frame_make(&f, SIDE_CLIENT, &s);
	refused(&w, &f, DROP_no_flow);
	s.tcp_flags = TCP_SYN;
	s.destination_port = 81;
	frame_make(&f, SIDE_CLIENT, &s);
	refused(&w, &f, DROP_no_service);
	s.destination = "10.0.0.101";
	frame_make(&f, SIDE_CLIENT, &s);
	refused(&w, &f, DROP_not_local);
	s = tcp_from(&families[0], 5006, TCP_SYN);
	s.ttl = 1;
	frame_make(&f, SIDE_CLIENT, &s);
	refused(&w, &f, DROP_ip_ttl);
	s.ttl = 0;
	frame_make(&f, SIDE_CLIENT, &s);
	f.pkt.frame[f.pkt.l4 + 16] ^= 0x10;
	refused(&w, &f, DROP_l4_checksum);
	s.options = broken;
	s.options_bytes = 4;
	frame_make(&f, SIDE_CLIENT, &s);
	refused(&w, &f, DROP_tcp_options);
	s.options_bytes = 0;
	frame_make(&f, SIDE_SERVER, &s);
	refused(&w, &f, DROP_not_local);
	frame_make(&f, SIDE_CLIENT,
		   &(struct frame_spec){ .source = "fd00::3:7",
					 .destination = "fd00::100",
					 .destination_port = 53,
					 .protocol = IPPROTO_UDP,
					 .no_checksum = true });
	refused(&w, &f, DROP_l4_checksum);
	s.source = "10.1.1.1";
	s.destination = "10.1.2.1";
	frame_make(&f, SIDE_SERVER, &s);
	refused(&w, &f, DROP_no_flow);
	for (unsigned i = 0; i < 3; i++)
		w.config.backends[i].down = true;
	world_reload(&w);
	s = tcp_from(&families[0], 5006, TCP_SYN);
	frame_make(&f, SIDE_CLIENT, &s);
	refused(&w, &f, DROP_no_backend);
	world_free(&w);
}

/* Slice, bucket and signature of a hash: where the index looks. */
static uint64_t place_of(const struct world *w, uint32_t hash)
{
	const struct flow_shape *shape = flow_shape(w->store, 4);
	uint32_t mixed = flow_mix(hash);

	return (uint64_t)slot_tag(mixed, SIDE_CLIENT) << 32 |
	       flow_home(shape, mixed) << 8 | (hash & 255);
}

/* Data of another connection that the index cannot tell from an open one: the
 * whole key does. */
static void same_place_other_flow(void **state)
{
	struct frame_spec s = tcp_from(&families[0], 5040, TCP_SYN);
	uint8_t addrs[8], ports[4];
	char source[32];
	struct frame f;
	struct world w;
	uint64_t place;
	uint32_t n = 0;

	open_world(&w, &traffic_plain);
	warm_up(&w);
	send_client(&w, &f, &s);
	place = place_of(&w, f.pkt.hash);
	frame_make(&f, SIDE_CLIENT, &s);
	memcpy(addrs, f.pkt.frame + f.pkt.l3 + 12, 8);
	memcpy(ports, f.pkt.frame + f.pkt.l4, 4);
	do {
		n++;
		addrs[1] = n >> 16;
		addrs[2] = n >> 8;
		addrs[3] = n;
		ports[0] = n >> 24;
	} while (place_of(&w, toeplitz_v4(&w.hash, addrs, ports)) != place);
	snprintf(source, sizeof(source), "10.%u.%u.%u", addrs[1], addrs[2],
		 addrs[3]);
	s.source = source;
	s.source_port = ports[0] << 8 | ports[1];
	s.tcp_flags = TCP_ACK;
	frame_make(&f, SIDE_CLIENT, &s);
	refused(&w, &f, DROP_no_flow);
	assert_true(place_of(&w, f.pkt.hash) == place);
	world_free(&w);
}

static void no_route_to_client(void **state)
{
	struct frame_spec s = tcp_from(&families[0], 5007, TCP_SYN);
	struct frame f;
	struct world w;

	open_world(&w, &traffic_plain);
	w.config.n_routes = 0;
	world_reload(&w);
	s.source = "192.0.2.1";
	frame_make(&f, SIDE_CLIENT, &s);
	refused(&w, &f, DROP_no_route);
	world_free(&w);
}

/* Neighbour an answer to the client of `port` is sent to. */
static const struct fab_neigh *hop_of_answer(struct world *w, uint16_t port)
{
	struct frame_spec s = tcp_from(&families[0], port, TCP_SYN);
	struct frame f, back;

	s.source = "192.0.2.1";
	send_client(w, &f, &s);
	answer(&back, &f, TCP_SYN | TCP_ACK, 0);
	run(w, &back);
	return &w->neighbours[back.pkt.neigh];
}

/* Remembered next hops are forgotten with the configuration they came from,
 * and are wanted for as long as flows use them. */
static void next_hops(void **state)
{
	const struct fab_neigh *n;
	struct world w;

	open_world(&w, &traffic_plain);
	warm_up(&w);
	n = hop_of_answer(&w, 5020);
	assert_memory_equal(n->address, "\x0a\x00\x00\x01", 4);
	assert_int_equal(n->side, SIDE_CLIENT);
	w.lb.now_s = 77;
	assert_ptr_equal(hop_of_answer(&w, 5021), n);
	assert_int_equal(n->wanted_s, 77);
	w.config.routes[0].via.bytes[3] = 2;
	world_reload(&w);
	n = hop_of_answer(&w, 5022);
	assert_memory_equal(n->address, "\x0a\x00\x00\x02", 4);
	world_free(&w);
}

/* A damaged payload is carried through, not healed by a new checksum. */
static void damage_stays_visible(void **state)
{
	struct frame_spec s = tcp_from(&families[0], 5008, TCP_SYN);
	struct frame f;
	struct world w;

	open_world(&w, &traffic_plain);
	warm_up(&w);
	send_client(&w, &f, &s);
	s.tcp_flags = TCP_ACK;
	s.payload_bytes = 100;
	frame_make(&f, SIDE_CLIENT, &s);
	f.pkt.frame[f.pkt.len - 3] ^= 1;
	assert_int_equal(run(&w, &f), VERDICT_TX);
	assert_false(frame_checksums_ok(&f.pkt));
	world_free(&w);
}

static void oversize(void **state)
{
	struct world_spec spec = traffic_plain;
	struct frame_spec s = tcp_from(&families[0], 5014, TCP_SYN);
	struct frame f;
	struct world w;

	spec.server_mtu = 1400;
	open_world(&w, &spec);
	warm_up(&w);
	send_client(&w, &f, &s);
	s.tcp_flags = TCP_ACK;
	s.payload_bytes = 1360;
	send_client(&w, &f, &s);
	s.payload_bytes = 1361;
	frame_make(&f, SIDE_CLIENT, &s);
	assert_int_equal(run(&w, &f), VERDICT_ANSWER);
	assert_int_equal(f.pkt.reason, DROP_oversize);
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_directions),
		cmocka_unit_test(connection_keeps_its_way),
		cmocka_unit_test(vlan_tags),
		cmocka_unit_test(mss),
		cmocka_unit_test(udp),
		cmocka_unit_test(refusals),
		cmocka_unit_test(same_place_other_flow),
		cmocka_unit_test(no_route_to_client),
		cmocka_unit_test(next_hops),
		cmocka_unit_test(damage_stays_visible),
		cmocka_unit_test(oversize),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

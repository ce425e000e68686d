/* SPDX-License-Identifier: BSD-3-Clause */
/* test_process.c - whole packets through lb_process() and lb_sweep() */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "flow_table.h"
#include "frame.h"
#include "tcp.h"
#include "world.h"

static const struct world_spec plain = { .backends = 3,
					 .snats = 2,
					 .flows4 = 4096,
					 .flows6 = 4096 };

/* What the tests say about a family. */
struct family {
	const char *client, *vip, *server_prefix;
	unsigned mss_default;
};

static const struct family families[] = {
	{ "10.0.3.7", "10.0.0.100", "10.1.1.", 536 },
	{ "fd00::3:7", "fd00::100", "fd01::1:", 1220 },
};

/* Parse and process one frame; its verdict. */
static enum verdict run(struct world *w, struct frame *f)
{
	struct pkt *p = &f->pkt;

	pkt_parse(p, &w->hash);
	if (p->verdict == VERDICT_NONE)
		lb_process(&w->lb, &p, 1);
	return p->verdict;
}

static struct frame_spec tcp_from(const struct family *a, uint16_t port,
				  uint8_t flags)
{
	return (struct frame_spec){ .source = a->client,
				    .destination = a->vip,
				    .source_port = port,
				    .destination_port = 80,
				    .tcp_flags = flags };
}

/* Run a client's packet and expect it to be sent. */
static void send_client(struct world *w, struct frame *f,
			const struct frame_spec *s)
{
	frame_make(f, SIDE_CLIENT, s);
	assert_int_equal(run(w, f), VERDICT_TX);
	assert_true(frame_checksums_ok(&f->pkt));
}

/* Make the server's answer to a packet that was sent to it. */
static void answer(struct frame *f, const struct frame *sent, uint8_t flags,
		   uint16_t vlan)
{
	char text[160], from[64], to[64];
	unsigned from_port, to_port;
	struct frame_spec s = { .source = to,
				.destination = from,
				.vlan = vlan,
				.protocol = sent->pkt.protocol,
				.tcp_flags = flags,
				.payload_bytes = 5 };
	const char *format = sent->pkt.family == 4 ?
				     "%63[^:]:%u > %63[^:]:%u" :
				     "[%63[^]]]:%u > [%63[^]]]:%u";

	frame_text(&sent->pkt, text, sizeof(text));
	assert_int_equal(sscanf(text, format, from, &from_port, to, &to_port),
			 4);
	s.source_port = to_port;
	s.destination_port = from_port;
	frame_make(f, SIDE_SERVER, &s);
}

static void open_world(struct world *w, const struct world_spec *spec)
{
	w->store = NULL;
	world_init(w, spec);
}

/* First packets are refused for want of a MAC; learn all that was asked. */
static void warm_up(struct world *w)
{
	for (unsigned i = 0; i < 2; i++) {
		for (unsigned n = 0; n < 64; n++) {
			struct frame_spec s =
				tcp_from(&families[i], 100 + n, TCP_SYN);
			struct frame f;

			s.vlan = w->config.services[0].vlan;
			frame_make(&f, SIDE_CLIENT, &s);
			run(w, &f);
		}
	}
	world_resolve(w);
}

static void both_directions(void **state)
{
	for (unsigned i = 0; i < 2; i++) {
		const struct family *a = &families[i];
		struct frame_spec s = tcp_from(a, 5000, TCP_SYN);
		struct frame f, back;
		struct world w;
		char text[160], want[160];

		open_world(&w, &plain);
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

	open_world(&w, &plain);
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
	struct world_spec spec = plain;
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

	/* Same addresses, another VLAN: somebody else's. */
	s.vlan = 101;
	frame_make(&f, SIDE_CLIENT, &s);
	assert_int_equal(run(&w, &f), VERDICT_DROP);
	assert_int_equal(f.pkt.reason, DROP_vlan_unknown);
	world_free(&w);
}

static void mss(void **state)
{
	static const uint8_t mss_1460[] = { 2, 4, 0x05, 0xb4 };
	static const uint8_t mss_900[] = { 1, 2, 4, 0x03, 0x84, 1, 1, 0 };
	struct world_spec spec = plain;
	struct frame_spec s = tcp_from(&families[0], 5004, TCP_SYN);
	struct frame f, back;
	struct world w;
	struct fab_service_stats *stats;

	spec.client_vlan = 100;
	spec.server_vlan = 200;
	spec.client_mss = 1200;
	spec.server_mss = 1000;
	open_world(&w, &spec);
	stats = &w.loads[0].services[10];
	s.vlan = 100;
	warm_up(&w);
	assert_int_equal(stats->mss_clamped, 0);
	assert_int_equal(stats->mss_inserted, 64);

	s.options = mss_1460;
	s.options_bytes = 4;
	send_client(&w, &f, &s);
	assert_int_equal(frame_mss(&f.pkt), 1000);
	assert_int_equal(stats->mss_clamped, 1);

	/* The server's answer without an option gets one. */
	answer(&back, &f, TCP_SYN | TCP_ACK, 200);
	assert_int_equal(run(&w, &back), VERDICT_TX);
	assert_int_equal(frame_mss(&back.pkt), 536);
	assert_true(frame_checksums_ok(&back.pkt));
	assert_int_equal(stats->mss_inserted, 65);

	/* Lower already: left alone, not counted. */
	s.options = mss_900;
	s.options_bytes = 8;
	s.source_port = 5005;
	send_client(&w, &f, &s);
	assert_int_equal(frame_mss(&f.pkt), 900);
	assert_int_equal(stats->mss_clamped, 1);
	assert_int_equal(w.counters[CNT_mss_clamped], 1);
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

	open_world(&w, &plain);
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

	open_world(&w, &plain);
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

static void no_route_to_client(void **state)
{
	struct frame_spec s = tcp_from(&families[0], 5007, TCP_SYN);
	struct frame f;
	struct world w;

	open_world(&w, &plain);
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

	open_world(&w, &plain);
	warm_up(&w);
	n = hop_of_answer(&w, 5020);
	assert_int_equal(n->address[3], 1);
	assert_int_equal(n->side, SIDE_CLIENT);
	w.lb.now_s = 77;
	assert_ptr_equal(hop_of_answer(&w, 5021), n);
	assert_int_equal(n->wanted_s, 77);
	w.config.routes[0].via.bytes[3] = 2;
	world_reload(&w);
	n = hop_of_answer(&w, 5022);
	assert_int_equal(n->address[3], 2);
	world_free(&w);
}

/* A damaged payload is carried through, not healed by a new checksum. */
static void damage_stays_visible(void **state)
{
	struct frame_spec s = tcp_from(&families[0], 5008, TCP_SYN);
	struct frame f;
	struct world w;

	open_world(&w, &plain);
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

static const char *state_of(struct world *w, const struct frame *f)
{
	struct flow_key k = { .hash = f->pkt.hash,
			      .slice = f->pkt.slice,
			      .family = 4,
			      .protocol = IPPROTO_TCP,
			      .side = SIDE_CLIENT };
	struct flow *flow;

	memcpy(&k.ports, f->pkt.frame + f->pkt.l4, 4);
	memcpy(k.addrs, f->pkt.frame + f->pkt.l3 + 12, 8);
	flow = flow_find(w->store, &k);
	return flow_state_names[flow ? flow->state & FLOW_WORD_STATE : 0];
}

/* One packet of a conversation and the state it leads to. */
struct step {
	uint8_t side, flags;
	const char *state;
};

static void follow(struct world *w, uint16_t port, const struct step *steps,
		   unsigned n)
{
	struct frame_spec s = tcp_from(&families[0], port, TCP_SYN);
	struct frame key, sent = { 0 }, f;

	frame_make(&key, SIDE_CLIENT, &s);
	pkt_parse(&key.pkt, &w->hash);
	for (unsigned i = 0; i < n; i++) {
		s.tcp_flags = steps[i].flags;
		if (steps[i].side == SIDE_CLIENT) {
			send_client(w, &sent, &s);
		} else {
			answer(&f, &sent, steps[i].flags, 0);
			assert_int_equal(run(w, &f), VERDICT_TX);
			assert_true(frame_checksums_ok(&f.pkt));
		}
		assert_string_equal(state_of(w, &key), steps[i].state);
	}
}

static const struct step life[] = {
	{ SIDE_CLIENT, TCP_SYN, "syn-sent" },
	{ SIDE_CLIENT, TCP_SYN, "syn-sent" },
	{ SIDE_SERVER, TCP_SYN | TCP_ACK, "syn-recv" },
	{ SIDE_CLIENT, TCP_ACK, "established" },
	{ SIDE_SERVER, TCP_ACK, "established" },
	{ SIDE_CLIENT, TCP_FIN | TCP_ACK, "fin-wait" },
	{ SIDE_SERVER, TCP_ACK, "fin-wait" },
	{ SIDE_SERVER, TCP_FIN | TCP_ACK, "last-ack" },
	{ SIDE_CLIENT, TCP_ACK, "time-wait" },
};

static void tcp_life(void **state)
{
	struct world w;

	open_world(&w, &plain);
	warm_up(&w);
	follow(&w, 5010, life, sizeof(life) / sizeof(life[0]));
	/* The client uses the port again: a new connection. */
	follow(&w, 5010, life, 4);
	assert_int_equal(w.counters[CNT_flows_expired], 1);
	/* A reset ends it, a SYN begins the next. */
	follow(&w, 5010,
	       (const struct step[]){
		       { SIDE_CLIENT, TCP_ACK, "established" },
		       { SIDE_SERVER, TCP_RST | TCP_ACK, "closed" },
		       { SIDE_CLIENT, TCP_SYN, "syn-sent" } },
	       3);
	assert_int_equal(w.loads[0].services[10].connections_total, 64 + 3);
	assert_int_equal(w.loads[0].services[10].connections, 64 + 1);
	world_free(&w);
}

/* A reset with a wrong checksum closes nothing. */
static void forged_reset(void **state)
{
	struct frame_spec s = tcp_from(&families[0], 5011, TCP_RST);
	struct frame f, key;
	struct world w;

	open_world(&w, &plain);
	warm_up(&w);
	follow(&w, 5011, life, 4);
	frame_make(&key, SIDE_CLIENT, &s);
	pkt_parse(&key.pkt, &w.hash);
	frame_make(&f, SIDE_CLIENT, &s);
	f.pkt.frame[f.pkt.l4 + 17] ^= 1;
	assert_int_equal(run(&w, &f), VERDICT_TX);
	assert_string_equal(state_of(&w, &key), "established");
	world_free(&w);
}

/* Sweep every slice until all records were looked at. */
static unsigned sweep_all(struct world *w)
{
	unsigned removed = 0;

	for (unsigned slice = 0; slice < FAB_SLICES; slice++)
		removed += lb_sweep(&w->lb, slice, 1000);
	return removed;
}

static void expiry(void **state)
{
	struct world w;

	open_world(&w, &plain);
	warm_up(&w);
	follow(&w, 5012, life, 4);
	assert_int_equal(flow_count_all(w.store), 2 * 64 + 1);
	w.lb.now_ms += CONFIG_TCP_SYN_S * 1000;
	assert_int_equal(sweep_all(&w), 0);
	w.lb.now_ms += FLOW_TOUCH_MS + 1;
	assert_int_equal(sweep_all(&w), 2 * 64);
	assert_int_equal(flow_count_all(w.store), 1);
	/* A packet renews the stay. */
	w.lb.now_ms += CONFIG_TCP_ESTABLISHED_S * 1000 - 70000;
	follow(&w, 5012, life + 3, 1);
	w.lb.now_ms += 100000;
	assert_int_equal(sweep_all(&w), 0);
	w.lb.now_ms += CONFIG_TCP_ESTABLISHED_S * 1000;
	assert_int_equal(sweep_all(&w), 1);
	assert_int_equal(flow_count_all(w.store), 0);
	assert_int_equal(w.counters[CNT_flows_new], 2 * 64 + 1);
	assert_int_equal(w.counters[CNT_flows_expired], 2 * 64 + 1);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(w.loads[0].services[10 + i].connections, 0);
	for (unsigned i = 0; i < FAB_BACKENDS; i++)
		assert_int_equal(w.loads[0].backend_connections[i], 0);
	world_free(&w);
}

/* SYN, its retransmission and data of one new flow in one vector. */
static void one_vector(void **state)
{
	static const uint8_t flags[] = { TCP_SYN, TCP_SYN, TCP_ACK, TCP_ACK };
	struct frame f[4];
	struct pkt *pkts[4];
	char first[160], text[160];
	struct world w;

	open_world(&w, &plain);
	warm_up(&w);
	for (unsigned i = 0; i < 4; i++) {
		struct frame_spec s = tcp_from(&families[0], 5013, flags[i]);

		frame_make(&f[i], SIDE_CLIENT, &s);
		pkts[i] = &f[i].pkt;
		pkt_parse(pkts[i], &w.hash);
	}
	lb_process(&w.lb, pkts, 4);
	frame_text(pkts[0], first, sizeof(first));
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(pkts[i]->verdict, VERDICT_TX);
		assert_string_equal(frame_text(pkts[i], text, sizeof(text)),
				    first);
		assert_true(frame_checksums_ok(pkts[i]));
	}
	assert_int_equal(w.loads[0].services[10].connections, 65);
	world_free(&w);
}

/* A full vector: closed flows reopened between packets of others. */
static void reopened_in_vector(void **state)
{
	struct frame f[VECTOR];
	struct pkt *pkts[VECTOR];
	struct world w;

	open_world(&w, &plain);
	warm_up(&w);
	for (unsigned i = 0; i < VECTOR; i++) {
		static const uint8_t flags[] = { TCP_SYN, TCP_RST, TCP_SYN,
						 TCP_ACK };
		struct frame_spec s =
			tcp_from(&families[0], 7000 + i / 8, flags[i % 4]);

		frame_make(&f[i], SIDE_CLIENT, &s);
		pkts[i] = &f[i].pkt;
		pkt_parse(pkts[i], &w.hash);
	}
	lb_process(&w.lb, pkts, VECTOR);
	for (unsigned i = 0; i < VECTOR; i++) {
		assert_int_equal(pkts[i]->verdict, VERDICT_TX);
		assert_true(frame_checksums_ok(pkts[i]));
	}
	/* Per port: new, closed, new; then a SYN of an open flow, closed, new. */
	assert_int_equal(w.loads[0].services[10].connections, 64 + 8);
	assert_int_equal(w.loads[0].services[10].connections_total, 64 + 3 * 8);
	world_free(&w);
}

/* Least connections sees those of its own vector. */
static void least_connections_in_vector(void **state)
{
	struct world_spec spec = plain;
	struct frame f[30];
	struct pkt *pkts[30];
	struct world w;

	spec.backends = 3;
	open_world(&w, &spec);
	w.config.services[0].scheduler = SCHEDULER_LC;
	world_reload(&w);
	for (unsigned i = 0; i < 30; i++) {
		struct frame_spec s = tcp_from(&families[0], 8000 + i, TCP_SYN);

		frame_make(&f[i], SIDE_CLIENT, &s);
		pkts[i] = &f[i].pkt;
		pkt_parse(pkts[i], &w.hash);
	}
	lb_process(&w.lb, pkts, 30);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(w.loads[0].backend_connections[i], 10);
	world_free(&w);
}

static void table_full(void **state)
{
	struct world_spec spec = plain;
	unsigned full = 0, sent = 0;
	struct world w;

	spec.flows4 = FAB_SLICES; /* one per slice */
	open_world(&w, &spec);
	for (unsigned port = 2000; port < 4000; port++) {
		struct frame_spec s = tcp_from(&families[0], port, TCP_SYN);
		struct frame f;

		frame_make(&f, SIDE_CLIENT, &s);
		if (run(&w, &f) == VERDICT_DROP) {
			assert_int_equal(f.pkt.reason, DROP_flow_table_full);
			full++;
		} else {
			sent++;
		}
	}
	assert_int_equal(sent, FAB_SLICES);
	assert_int_equal(full, 2000 - FAB_SLICES);
	assert_int_equal(flow_count_all(w.store), FAB_SLICES);
	world_free(&w);
}

static void oversize(void **state)
{
	struct world_spec spec = plain;
	struct frame_spec s = tcp_from(&families[0], 5014, TCP_SYN);
	struct frame f;
	struct world w;

	spec.server_mtu = 600;
	open_world(&w, &spec);
	warm_up(&w);
	send_client(&w, &f, &s);
	s.tcp_flags = TCP_ACK;
	s.payload_bytes = 560;
	send_client(&w, &f, &s);
	s.payload_bytes = 561;
	frame_make(&f, SIDE_CLIENT, &s);
	refused(&w, &f, DROP_oversize);
	world_free(&w);
}

static bool see_flow(const struct flow_view *v, void *arg)
{
	unsigned *n = arg;

	assert_int_equal(v->client_port, 5015);
	assert_int_equal(v->vip_port, 80);
	assert_int_equal(v->server_port, 8080);
	assert_true(v->snat_port >= SNAT_PORT_MIN);
	assert_int_equal(v->protocol, IPPROTO_TCP);
	assert_int_equal(v->service_slot, *n ? 12 : 10);
	assert_string_equal(v->state, "syn-sent");
	assert_int_equal(v->idle_ms, 77);
	assert_int_equal(v->timeout_ms, CONFIG_TCP_SYN_S * 1000);
	assert_int_equal(v->client.family, *n ? 6 : 4);
	assert_int_equal(v->client.bytes[*n ? 15 : 3], 7);
	assert_int_equal(v->vip.bytes[*n ? 14 : 3], *n ? 1 : 100);
	assert_int_equal(v->snat.bytes[*n ? 13 : 2], 2);
	assert_int_equal(v->server.bytes[*n ? 13 : 2], 1);
	++*n;
	return true;
}

static void views(void **state)
{
	struct frame_spec s;
	struct frame f;
	struct world w;
	unsigned n = 0;

	open_world(&w, &plain);
	for (unsigned i = 0; i < 2; i++) {
		s = tcp_from(&families[i], 5015, TCP_SYN);
		frame_make(&f, SIDE_CLIENT, &s);
		assert_int_equal(run(&w, &f), VERDICT_NEIGH);
		flow_walk(w.store, w.lb.now_ms + 77, see_flow, &n);
		assert_int_equal(n, i + 1);
		if (i == 0) {
			w.lb.now_ms += 1000000;
			sweep_all(&w);
			w.lb.now_ms = 1000;
		}
	}
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
		cmocka_unit_test(no_route_to_client),
		cmocka_unit_test(next_hops),
		cmocka_unit_test(damage_stays_visible),
		cmocka_unit_test(tcp_life),
		cmocka_unit_test(forged_reset),
		cmocka_unit_test(expiry),
		cmocka_unit_test(one_vector),
		cmocka_unit_test(reopened_in_vector),
		cmocka_unit_test(least_connections_in_vector),
		cmocka_unit_test(table_full),
		cmocka_unit_test(oversize),
		cmocka_unit_test(views),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

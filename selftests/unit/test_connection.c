/* SPDX-License-Identifier: BSD-3-Clause */
/* test_connection.c - the life of connections through lb_process() and lb_sweep() */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "flow_table.h"
#include "traffic.h"

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

	open_world(&w, &traffic_plain);
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

/* The backend a client's flow went to is taken out of service. */
static void server_gone(void **state)
{
	struct frame_spec s = tcp_from(&families[0], 5030, TCP_SYN);
	char first[160], text[160];
	struct frame f;
	struct world w;

	open_world(&w, &traffic_plain);
	warm_up(&w);
	follow(&w, 5031, life, 4);
	send_client(&w, &f, &s);
	frame_text(&f.pkt, first, sizeof(first));
	for (unsigned i = 0; i < 3; i++) {
		const char *server = strstr(first, "> 10.1.1.");

		w.config.backends[i].down = server[9] == '1' + (char)i;
	}
	world_reload(&w);
	/* Not answered yet: the next SYN goes elsewhere. */
	send_client(&w, &f, &s);
	assert_string_not_equal(frame_text(&f.pkt, text, sizeof(text)), first);
	assert_int_equal(w.counters[CNT_flows_expired], 1);
	/* Answered: it is the server's to end. */
	for (unsigned i = 0; i < 3; i++)
		w.config.backends[i].down = true;
	world_reload(&w);
	follow(&w, 5031, life + 3, 2);
	world_free(&w);
}

/* A reset with a wrong checksum closes nothing. */
static void forged_reset(void **state)
{
	struct frame_spec s = tcp_from(&families[0], 5011, TCP_RST);
	struct frame f, key;
	struct world w;

	open_world(&w, &traffic_plain);
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

	open_world(&w, &traffic_plain);
	warm_up(&w);
	follow(&w, 5012, life, 4);
	assert_int_equal(flow_count_all(w.store), 2 * 64 + 1);
	/* The time stamp may be older than the last packet by that much. */
	w.lb.now_ms += CONFIG_TCP_SYN_S * 1000 + FLOW_TOUCH_MS;
	assert_int_equal(sweep_all(&w), 0);
	w.lb.now_ms++;
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

	open_world(&w, &traffic_plain);
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

	open_world(&w, &traffic_plain);
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
	struct world_spec spec = traffic_plain;
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
	struct world_spec spec = traffic_plain;
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

	open_world(&w, &traffic_plain);
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
		cmocka_unit_test(tcp_life),
		cmocka_unit_test(server_gone),
		cmocka_unit_test(forged_reset),
		cmocka_unit_test(expiry),
		cmocka_unit_test(one_vector),
		cmocka_unit_test(reopened_in_vector),
		cmocka_unit_test(least_connections_in_vector),
		cmocka_unit_test(table_full),
		cmocka_unit_test(views),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

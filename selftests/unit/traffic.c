/* SPDX-License-Identifier: BSD-3-Clause */
/* traffic.c - packets of clients and servers through a world */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "traffic.h"

const struct world_spec traffic_plain = { .backends = 3,
					  .snats = 2,
					  .flows4 = 4096,
					  .flows6 = 4096 };

const struct family families[2] = {
	{ "10.0.3.7", "10.0.0.100", "10.1.1.", 536 },
	{ "fd00::3:7", "fd00::100", "fd01::1:", 1220 },
};

void open_world(struct world *w, const struct world_spec *spec)
{
	w->store = NULL;
	world_init(w, spec);
}

enum verdict run(struct world *w, struct frame *f)
{
	struct pkt *p = &f->pkt;

	pkt_parse(p, &w->hash);
	if (p->verdict == VERDICT_NONE)
		lb_process(&w->lb, &p, 1);
	return p->verdict;
}

struct frame_spec tcp_from(const struct family *a, uint16_t port, uint8_t flags)
{
	return (struct frame_spec){ .source = a->client,
				    .destination = a->vip,
				    .source_port = port,
				    .destination_port = 80,
				    .tcp_flags = flags };
}

void send_client(struct world *w, struct frame *f, const struct frame_spec *s)
{
	frame_make(f, SIDE_CLIENT, s);
	assert_int_equal(run(w, f), VERDICT_TX);
	assert_true(frame_checksums_ok(&f->pkt));
}

void answer(struct frame *f, const struct frame *sent, uint8_t flags,
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

void warm_up(struct world *w)
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

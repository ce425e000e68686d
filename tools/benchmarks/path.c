/* SPDX-License-Identifier: BSD-3-Clause */
/* path.c - flows on the packet path, and the frames they receive */
#include "path.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "flow_table.h"
#include "tcp.h"

#define BUFFER_BYTES 256
#define BUFFERS	     1024 /* cycled through, as a receive ring would */

static uint32_t pick(struct path *path, uint32_t below)
{
	/* xorshift64*, then a range without division */
	path->random ^= path->random >> 12;
	path->random ^= path->random << 25;
	path->random ^= path->random >> 27;
	return (path->random * 0x2545f4914f6cdd1dull >> 32) * below >> 32;
}

_Noreturn void path_die(const struct path *path, const char *what)
{
	fprintf(stderr, "bench-path: %s: %s\n", path->c->name, what);
	exit(1);
}

/* Bytes of an address, and where the source lies in the IP header. */
static unsigned address_bytes(const struct path *path)
{
	return path->c->family == 4 ? 4 : 16;
}

static unsigned source_at(const struct path *path)
{
	return path->c->family == 4 ? 12 : 8;
}

/* A client's frame of flow i: its own address and port. */
static void client_frame(struct frame *f, const struct path *path, uint32_t i,
			 uint8_t flags)
{
	static const uint8_t options[20] = { 2, 4, 5, 0xb4, 4, 2, 8, 10, 1, 2,
					     3, 4, 0, 0,    0, 0, 1, 3,	 3, 7 };
	struct frame_spec s = {
		.source = path->c->family == 4 ? "64.0.0.0" : "2001:db8::",
		.destination = path->c->family == 4 ? "10.0.0.100" :
						      "fd00::100",
		.source_port = 1024 + i % 64000,
		.destination_port = 80,
		.tcp_flags = flags,
		.options = options,
		.options_bytes = flags & TCP_SYN ? sizeof(options) : 0,
	};
	uint32_t client = htonl(0x40000000 | (i * 0x9e3779b1u >> 3));
	uint8_t *l3, sum[2] = { 0, 0 };
	uint32_t check = 0;

	frame_make(f, SIDE_CLIENT, &s);
	l3 = f->pkt.frame + f->pkt.l3;
	memcpy(l3 + source_at(path) + address_bytes(path) - 4, &client, 4);
	frame_set_l4_checksum(&f->pkt);
	if (path->c->family != 4)
		return;
	memcpy(l3 + 10, sum, 2);
	for (unsigned at = 0; at < 20; at += 2)
		check += l3[at] << 8 | l3[at + 1];
	check = (check & 0xffff) + (check >> 16);
	check = ~((check & 0xffff) + (check >> 16));
	l3[10] = check >> 8;
	l3[11] = check;
}

static void store_frame(struct stored *s, const struct pkt *p, uint8_t side)
{
	memset(s, 0, sizeof(*s));
	s->len = p->len;
	s->side = side;
	memcpy(s->bytes, p->frame, p->len);
}

/* Put a frame into the next buffer as slot i of the vector. */
static void receive(struct path *path, unsigned i, const void *bytes,
		    uint16_t len, uint8_t side)
{
	uint8_t *at = path->buffers +
		      (size_t)(path->next_buffer++ % BUFFERS) * BUFFER_BYTES;

	memcpy(at + FRAME_HEADROOM, bytes, len);
	path->pkts[i].frame = at + FRAME_HEADROOM;
	path->pkts[i].len = len;
	path->pkts[i].vlan = 0;
	path->pkts[i].flags = 0;
	path->pkts[i].side = side;
	path->vector[i] = &path->pkts[i];
}

uint64_t path_work(struct path *path, unsigned n)
{
	uint64_t start = clock_ticks();

	path->w.lb.now_ms = start / path->ticks_per_ms;
	for (unsigned i = 0; i < n; i++)
		pkt_parse(path->vector[i], &path->w.hash);
	lb_process(&path->w.lb, path->vector, n);
	return clock_ticks() - start;
}

uint64_t path_look(struct path *path, unsigned n)
{
	uint64_t start = clock_ticks();

	for (unsigned i = 0; i < n; i++) {
		struct pkt *p = path->vector[i];

		p->frame[0] ^= p->frame[30];
		p->verdict = VERDICT_TX;
	}
	return clock_ticks() - start;
}

static void all_sent(const struct path *path, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (path->pkts[i].verdict != VERDICT_TX)
			path_die(path,
				 path->pkts[i].verdict == VERDICT_DROP ?
					 vfl_drop_names[path->pkts[i].reason] :
					 "a packet was not sent");
}

static uint32_t last_of_source(const struct path *path, const uint8_t *l3)
{
	uint32_t last;

	memcpy(&last, l3 + source_at(path) + address_bytes(path) - 4, 4);
	return last;
}

/* A sample of the output is what it has to be. */
static void check(struct path *path, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		const struct pkt *p = &path->pkts[i];
		uint32_t ports;

		memcpy(&ports, p->frame + p->l4, 4);
		if (!frame_checksums_ok(p))
			path_die(path, "a packet left with a wrong checksum");
		if (ports != path->from[i]->ports_expected ||
		    last_of_source(path, p->frame + p->l3) !=
			    path->from[i]->source_expected)
			path_die(path, "a packet left with wrong addresses");
	}
	path->checked += n;
}

/* Source and destination the other way round; checksums do not mind. */
static void turn_round(const struct path *path, struct pkt *p)
{
	uint8_t *l3 = p->frame + p->l3, *l4 = p->frame + p->l4, swap[16];
	unsigned bytes = address_bytes(path);
	uint8_t *source = l3 + source_at(path);

	memcpy(swap, source, bytes);
	memcpy(source, source + bytes, bytes);
	memcpy(source + bytes, swap, bytes);
	memcpy(swap, l4, 2);
	memcpy(l4, l4 + 2, 2);
	memcpy(l4 + 2, swap, 2);
}

uint64_t path_open(struct path *path, uint32_t first, unsigned n)
{
	uint64_t ticks;

	for (unsigned i = 0; i < n; i++)
		receive(path, i, path->frames[first + i].bytes,
			path->frames[first + i].len, SIDE_CLIENT);
	ticks = path_work(path, n);
	all_sent(path, n);
	if (first / VECTOR % PATH_CHECK_EVERY)
		return ticks;
	for (unsigned i = 0; i < n; i++)
		if (!frame_checksums_ok(&path->pkts[i]))
			path_die(path, "a SYN left with a wrong checksum");
	path->checked += n;
	return ticks;
}

void path_complete(struct path *path, uint32_t i)
{
	struct stored *client = &path->frames[i];
	struct stored *server = &path->frames[path->c->flows + i];
	struct pkt *p = &path->pkts[0];
	struct frame f;

	client_frame(&f, path, i, TCP_ACK);
	store_frame(client, &f.pkt, SIDE_CLIENT);
	receive(path, 0, client->bytes, client->len, SIDE_CLIENT);
	path_work(path, 1);
	all_sent(path, 1);
	memcpy(&client->ports_expected, p->frame + p->l4, 4);
	client->source_expected = last_of_source(path, p->frame + p->l3);
	turn_round(path, p);
	store_frame(server, p, SIDE_SERVER);
	/* As SYN-ACK first; the checksum of the stored one stays right. */
	receive(path, 0, server->bytes, server->len, SIDE_SERVER);
	p->frame[p->l4 + 13] = TCP_SYN | TCP_ACK;
	frame_set_l4_checksum(p);
	path_work(path, 1);
	all_sent(path, 1);
	receive(path, 0, server->bytes, server->len, SIDE_SERVER);
	path_work(path, 1);
	all_sent(path, 1);
	memcpy(&server->ports_expected, p->frame + p->l4, 4);
	server->source_expected = last_of_source(path, p->frame + p->l3);
	receive(path, 0, client->bytes, client->len, SIDE_CLIENT);
	path_work(path, 1);
	all_sent(path, 1);
}

uint64_t path_vector(struct path *path, bool sample,
		     uint64_t (*how)(struct path *path, unsigned n))
{
	uint64_t ticks;

	for (unsigned i = 0; i < VECTOR; i++) {
		path->from[i] = &path->frames[pick(path, 2 * path->c->flows)];
		receive(path, i, path->from[i]->bytes, path->from[i]->len,
			path->from[i]->side);
	}
	ticks = how(path, VECTOR);
	if (how != path_work)
		return ticks;
	all_sent(path, VECTOR);
	if (sample)
		check(path, VECTOR);
	return ticks;
}

void path_store_syns(struct path *path)
{
	for (uint32_t i = 0; i < path->c->flows; i++) {
		struct frame f;

		client_frame(&f, path, i, TCP_SYN);
		store_frame(&path->frames[i], &f.pkt, SIDE_CLIENT);
	}
}

/* Room for the flows although slices differ in how many they get. */
static uint32_t capacity_for(uint32_t flows)
{
	return flows + flows / 8 + 32 * FAB_SLICES;
}

void path_expire(struct path *path)
{
	path->w.lb.now_ms += 100000000;
	for (unsigned slice = 0; slice < FAB_SLICES; slice++)
		lb_sweep(&path->w.lb, slice, UINT32_MAX);
	if (flow_count_all(path->w.store))
		path_die(path, "flows did not expire");
}

void path_prepare(struct path *path, int small_pages)
{
	uint32_t capacity = capacity_for(path->c->flows);
	struct world_spec spec = { .backends = 64, .snats = 2 };
	struct flow_limits limits;

	if (path->c->family == 4)
		spec.flows4 = capacity;
	else
		spec.flows6 = capacity;
	limits = (struct flow_limits){ spec.flows4, spec.flows6 };
	path->memory = memory_take(flow_store_bytes(&limits), small_pages);
	path->w.store = path->memory.at;
	world_init(&path->w, &spec);
	/* The gateway's and the servers' MAC are known. */
	for (unsigned i = 0; i < 4096; i += VECTOR) {
		for (unsigned n = 0; n < VECTOR; n++) {
			struct frame f;

			client_frame(&f, path, 3000000000u + i + n, TCP_SYN);
			receive(path, n, f.pkt.frame, f.pkt.len, SIDE_CLIENT);
		}
		path_work(path, VECTOR);
	}
	world_resolve(&path->w);
	path_expire(path);
}

void path_release(struct path *path)
{
	path->w.store = NULL; /* it lies in path->memory */
	world_free(&path->w);
	memory_give(&path->memory);
}

void path_init(struct path *path, const struct path_case *c,
	       double ticks_per_ms)
{
	*path = (struct path){ .c = c,
			       .random = 88172645463325252ull,
			       .ticks_per_ms = ticks_per_ms };
	path->frames = calloc(2ul * c->flows, sizeof(*path->frames));
	path->buffers = aligned_alloc(4096, BUFFERS * BUFFER_BYTES);
	if (!path->frames || !path->buffers)
		path_die(path, "no memory for frames");
}

void path_free(struct path *path)
{
	free(path->frames);
	free(path->buffers);
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* arena.h - client, engine and server of a connection that a cookie opens */
#ifndef UNIT_ARENA_H
#define UNIT_ARENA_H

#include "segment.h"
#include "traffic.h"

#define CLIENT_ISN   0x11223344u
#define SERVER_ISN   0xfffffff0u /* wraps within the test */
#define CLIENT_STAMP 5000u
#define SERVER_STAMP 0xfffff000u
#define PORT	     7000

/* Options of client and server, and what both ends should agree on. */
struct ends {
	struct tcp_options client, server;
};

extern const struct tcp_options plain, full;

/* A world whose services have a mode, with packets for the core to make. */
struct arena {
	struct world w;
	struct pkt made[VECTOR];
	uint8_t room[VECTOR][FRAME_ROOM];
};

/* Addresses of the server and of us towards it. */
struct server_end {
	char server[64], snat[64];
	unsigned server_port, snat_port;
};

/* Forget what the core has made, and give it room for more. */
void refill(struct arena *a);

/* Every service answers SYNs by `mode`; arena_free() in the end. */
struct arena *arena_new(enum syn_mode mode);
void arena_free(struct arena *a);

/* A segment from one end, as it comes in; i: of families[]. */
enum verdict from_client(struct arena *a, struct frame *f, unsigned i,
			 const struct segment *s);
enum verdict from_server(struct arena *a, struct frame *f,
			 const struct server_end *e, const struct segment *s);

struct segment syn_of(const struct tcp_options *o);

/* A client's SYN, answered at once; what the answer says. */
struct segment ask(struct arena *a, unsigned i, const struct tcp_options *o);

/* The client's ACK of our answer. */
struct segment ack_of(const struct segment *synack);

/* The ACK becomes the server's SYN; returns it. */
struct segment open_flow(struct arena *a, unsigned i,
			 const struct segment *synack, struct server_end *e);

/* Packet i of those made by the core, which goes out on `side`. */
struct segment read_made(struct arena *a, unsigned i, uint8_t side);

/* What leaves, with its checksums right. */
struct segment read_sent(const struct frame *f);

/* The server answers: it gets our ACK, the client its window. */
void complete(struct arena *a, const struct ends *ends,
	      const struct segment *synack, const struct server_end *e);

/* A client's segment is dropped for that reason. */
void expect_drop(struct arena *a, unsigned i, const struct segment *s,
		 enum vfl_drop reason);

/* A server's segment to the client, with data that is not there. */
struct segment to_client(struct arena *a, const struct server_end *e,
			 struct segment s);
struct segment to_server(struct arena *a, struct segment s);

/* Time passes, and everything is swept. */
void sweep_all(struct arena *a, uint32_t ms);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* traffic.h - packets of clients and servers through a world */
#ifndef UNIT_TRAFFIC_H
#define UNIT_TRAFFIC_H

#include "frame.h"
#include "tcp.h"
#include "world.h"

extern const struct world_spec traffic_plain; /* three backends, no VLAN */

/* What the tests say about a family: IPv4, IPv6. */
struct family {
	const char *client, *vip, *server_prefix;
	unsigned mss_default;
};

extern const struct family families[2];

/* world_init() with memory of its own. */
void open_world(struct world *w, const struct world_spec *spec);

/* Open 64 flows per family, which makes neighbours wanted, and resolve them. */
void warm_up(struct world *w);

/* A client's TCP packet from `port` to the VIP. */
struct frame_spec tcp_from(const struct family *a, uint16_t port,
			   uint8_t flags);

/* Parse and process one frame; its verdict. */
enum verdict run(struct world *w, struct frame *f);

/* Run a client's packet and expect it to be sent. */
void send_client(struct world *w, struct frame *f, const struct frame_spec *s);

/* Make the server's answer to a packet that was sent to it. */
void answer(struct frame *f, const struct frame *sent, uint8_t flags,
	    uint16_t vlan);

#endif

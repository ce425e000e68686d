/* SPDX-License-Identifier: BSD-3-Clause */
/* served.h - one service whose connections end in this engine, and what happens on it */
#ifndef ENGINE_SERVED_H
#define ENGINE_SERVED_H

#include <lwip/tcp.h>

#include "content.h"
#include "way.h"

struct http;

/* Its way has the VIP as its address and the MSS rule's result as its MTU. */
struct served {
	bool on;
	uint8_t kind; /* enum serve */
	struct engine *engine;
	char name[CONFIG_NAME];
	struct address vip;
	uint16_t port, vlan, slot, mss;
	struct way way;
	const struct pkt *packet; /* that lwIP has in hands; NULL: none */
	bool refused; /* it wants a connection, and there is no room */
	struct tcp_pcb *listener;
	uint32_t revision; /* of the files it has or waits for */
	char directory[CONFIG_PATH_BYTES]; /* "" = none */
	struct content *content; /* NULL: none, or not read yet */
	content_place coming;
	struct http *connections; /* list */
};

/* What the engine's snapshot says of it. */
const struct snap_service *served_service(const struct served *s);

#endif

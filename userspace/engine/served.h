/* SPDX-License-Identifier: BSD-3-Clause */
/* served.h - one service that this engine serves, and what happens on it */
#ifndef ENGINE_SERVED_H
#define ENGINE_SERVED_H

#include <lwip/netif.h>
#include <lwip/tcp.h>

#include "content.h"
#include "engine.h"

struct http;

/* Its netif has the VIP as its address and the MSS rule's result as its MTU. */
struct served {
	bool on;
	struct engine *engine;
	char name[CONFIG_NAME];
	struct address vip;
	uint16_t port, vlan, slot, mss;
	struct netif netif;
	struct tcp_pcb *listener;
	uint32_t revision; /* of the files it has or waits for */
	char directory[CONFIG_PATH_BYTES]; /* "" = none */
	struct content *content; /* NULL: none, or not read yet */
	content_place coming;
	struct http *connections; /* list */
};

#endif

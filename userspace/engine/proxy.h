/* SPDX-License-Identifier: BSD-3-Clause */
/* proxy.h - connections that end here and go on to a backend over another one */
#ifndef ENGINE_PROXY_H
#define ENGINE_PROXY_H

#include "served.h"

/* Once, before anything else. */
void proxy_start(void);

/* lwIP has a new connection to a service of mode proxy; its first packet is s->packet. */
err_t proxy_accept(struct served *s, struct tcp_pcb *pcb);

/* Reset every connection of a service, at both ends. */
void proxy_abort_all(const struct served *s);

/* Likewise those whose slice is about to be another engine's; how many that were. */
unsigned proxy_leave(const struct engine *e);

/* A snapshot comes into force: what went through VLANs that it has not is reset. */
void proxy_configure(const struct snapshot *snap);

/* Once a millisecond: send what waited for a server's MAC. */
void proxy_turn(void);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* member.h - which set of engines has a connection of lwIP's: its flow */
#ifndef ENGINE_MEMBER_H
#define ENGINE_MEMBER_H

#include <lwip/tcp.h>

#include "engine.h"
#include "flow_table.h"

/*
 * In mirror steering the flow stores say whose a packet is, so a client's connection that ends in
 * lwIP has a flow as well: from its SYN until lwIP has forgotten it. In other steering one engine
 * has everything, and such connections have none.
 */

/* Once, before anything else. */
void member_start(void);

/* The connections of this listener to be, whose argument will be its struct served. */
void member_watch(struct tcp_pcb *listener);

/* The flow of a key, in whichever bank its slice is this engine's; the core works on that bank
 * from here on. NULL: it has ended, or is another engine's by now. */
struct flow *member_flow(struct engine *e, const struct flow_key *key);

/* A client's connection, whose slice this engine is about to give to another. */
bool member_goes(const struct tcp_pcb *pcb);

/* A client's connection lives. To be said once in TCP_PROXY_MS at least. */
void member_keep(const struct tcp_pcb *pcb);

#endif

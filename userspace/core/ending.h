/* SPDX-License-Identifier: BSD-3-Clause */
/* ending.h - flows of connections that end in the engine */
#ifndef CORE_ENDING_H
#define CORE_ENDING_H

#include "flow_table.h"
#include "process.h"

/*
 * A connection of a client with the engine itself, to `service`: a flow in state SERVED with the
 * key of the client's packets, which no flow has yet, so that other engines can see whose it is.
 * NULL: no room. Owner of the slice only, as for all of these.
 */
struct flow *ending_open(struct lb *lb, const struct flow_key *client,
			 const struct snap_service *service);

/* The engine's own end of a flow, SERVED or of connection_dial(), lives; without that for
 * TCP_PROXY_MS the flow expires. When one towards a server is closed in order, the port rests
 * while the engine's TCP still answers for it. */
void ending_keep(struct lb *lb, struct flow *f);
void ending_rest(struct lb *lb, struct flow *f);

#endif

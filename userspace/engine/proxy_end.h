/* SPDX-License-Identifier: BSD-3-Clause */
/* proxy_end.h - one of the two ends of a proxied connection */
#ifndef ENGINE_PROXY_END_H
#define ENGINE_PROXY_END_H

#include <lwip/tcp.h>

#include "pipe.h"

struct proxy;

/* Of the client, or of the server. */
struct end {
	struct proxy *proxy;
	struct tcp_pcb *pcb; /* NULL: not there yet, or done with */
	struct pipe out; /* what goes to it */
	bool shut; /* FIN sent */
};

/* Leave it to lwIP: what happens to it from here on nobody is told. */
void end_let_go(struct end *e);

/* Reset it, if it is there. */
void end_reset(struct end *e);

/* Hand TCP what it takes of what goes to this end, and the FIN behind all of it. */
void end_push(struct end *e);

#endif

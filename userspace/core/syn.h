/* SPDX-License-Identifier: BSD-3-Clause */
/* syn.h - SYNs the engine answers itself: when, how, and what follows the ACK */
#ifndef CORE_SYN_H
#define CORE_SYN_H

#include "cookie.h"
#include "flow_table.h"
#include "process.h"

/* Window scale in a SYN-ACK of ours: Linux's for a receive buffer of 6 MB. */
#define SYN_WSCALE 7

/* A SYN to a server is sent again after 1, 2 and 4 s more; 8 s later it is given up. */
#define SYN_RETRY_MS 1000
#define SYN_TRIES    4

enum syn_step {
	SYN_FORWARD, /* the packet is none of ours */
	SYN_ANSWER, /* a SYN: answer it, remember nothing */
	SYN_OPEN, /* an ACK with a good cookie: open the flow */
};

struct syn_plan {
	enum syn_step step;
	uint32_t client_isn; /* SYN_OPEN */
	struct cookie_request request; /* SYN_OPEN: of the client's SYN */
};

/*
 * What to do with a packet that found no flow, for a service. Returns the
 * reason to drop it, DROP_COUNT: none. Counts SYNs.
 */
enum vfl_drop syn_admit(struct lb *lb, const struct pkt *p,
			const struct flow_key *k, const struct snap_service *v,
			struct syn_plan *plan);

/* Turn a client's SYN into our SYN-ACK; verdict REPLY. */
void syn_answer(struct lb *lb, struct pkt *p, const struct flow_key *k,
		const struct snap_service *v);

/* Turn a client's ACK into the SYN its server gets, and fill in what has to be
 * remembered beside the flow. */
void syn_open(struct lb *lb, struct pkt *p, const struct flow_key *k,
	      const struct snap_service *v, const struct syn_plan *plan,
	      struct splice *s);

/* True when a SYN for this service is to be answered by us. Counts it. */
bool syn_flooded(struct lb *lb, const struct snap_service *v);

/* A cookie has been sent (+1), or has come back (-1). */
void syn_cookie_counted(struct lb *lb, const struct snap_service *v,
			int missing);

/* The state word of a flow of the service changes; 0: no flow. Keeps count of
 * the half-open ones. */
void syn_state_changed(struct lb *lb, uint16_t service, uint32_t from,
		       uint32_t to);

/* Once in a while, so that a flood that has ended is seen to have. */
void syn_turn(struct lb *lb);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* handshake.h - the server's half of a connection whose client we answered */
#ifndef CORE_HANDSHAKE_H
#define CORE_HANDSHAKE_H

#include "flow_table.h"
#include "process.h"
#include "segment.h"

/* The SYN the server gets, with an MSS in bytes. */
struct segment handshake_syn(const struct splice *s, uint16_t mss);

/*
 * A packet of a flow with FLOW_SPLICED before its addresses are rewritten. True:
 * it goes on to the other side, its numbers are spliced. False: dropped.
 */
bool handshake_step(struct lb *lb, struct flow *f, struct pkt *p);

/* A handshake under way: repeat what is due. True when it is given up; the
 * client has got a RST and the flow is to be removed. */
bool handshake_turn(struct lb *lb, uint8_t family, uint8_t slice,
		    struct flow *f, bool expired);

#endif

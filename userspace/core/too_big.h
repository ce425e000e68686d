/* SPDX-License-Identifier: BSD-3-Clause */
/* too_big.h - packets that do not fit: what routers say of ours, what we say */
#ifndef CORE_TOO_BIG_H
#define CORE_TOO_BIG_H

#include "connection.h"

/* Errors an engine may send: so many at once, then one per millisecond (RFC
 * 1812 4.3.2.8, RFC 4443 2.4 f; the figures are Linux's). */
#define TOO_BIG_BURST 50u

/*
 * An ICMP error about a packet of `f`, not translated yet: when it is a
 * fragmentation-needed or packet-too-big that can be true, remember the path
 * MTU towards the end of the flow on the side it came from. Not believed: an
 * MTU that the quoted packet would have fitted, or that is not below ours.
 */
void too_big_heard(struct lb *lb, const struct pkt *p, const struct flow *f);

/* The learned path MTUs of both ends for the MSS of a planned connection, when
 * its profile asks for that. */
void too_big_plan(const struct lb *lb, const struct address *client,
		  struct connection_plan *plan);

/* The sender allows that the packet is cut. */
bool too_big_may_split(const struct pkt *p);

/*
 * A packet, not rewritten yet, is longer than the `mtu` of where it goes: make
 * it the ICMP error to its sender (RFC 1191 4, RFC 4443 3.2) that quotes it as
 * it came, verdict ANSWER; or DROP when nobody is to be told. Either way the
 * packet counts as dropped for p->reason.
 */
void too_big_answer(struct lb *lb, struct pkt *p, uint16_t mtu);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* too_big.h - packets that do not fit: what routers say of ours */
#ifndef CORE_TOO_BIG_H
#define CORE_TOO_BIG_H

#include "process.h"

/*
 * An ICMP error about a packet of `f`, not translated yet: when it is a
 * fragmentation-needed or packet-too-big that can be true, remember the path
 * MTU towards the end of the flow on the side it came from. Not believed: an
 * MTU that the quoted packet would have fitted, or that is not below ours.
 */
void too_big_heard(struct lb *lb, const struct pkt *p, const struct flow *f);

#endif

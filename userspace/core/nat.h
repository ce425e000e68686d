/* SPDX-License-Identifier: BSD-3-Clause */
/* nat.h - rewrite a packet of a flow for the other side */
#ifndef CORE_NAT_H
#define CORE_NAT_H

#include <stdint.h>

#include "flow_table.h"
#include "packet.h"

/* Set ip_delta and l4_delta from the addresses and ports of both sides. */
void nat_prepare(struct flow *f, uint8_t family);

/*
 * Addresses, ports, TTL or hop limit (must be above 1) and checksums of a TCP
 * or UDP packet of `f`, towards the other side. Incremental (RFC 1624), so a
 * payload that was damaged on the way stays detectable by the receiver.
 */
void nat_rewrite(struct pkt *p, const struct flow *f);

/*
 * Ethernet header for the egress side: makes room for or removes the VLAN tag
 * (0 = untagged) and moves p->frame accordingly. `mac` has the first byte of
 * the destination lowest, as the neighbour table keeps it.
 */
void nat_link(struct pkt *p, uint64_t mac, const uint8_t source[6],
	      uint16_t vlan);

#endif

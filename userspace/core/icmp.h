/* SPDX-License-Identifier: BSD-3-Clause */
/* icmp.h - ICMP and ICMPv6: what is ours, and errors about flows */
#ifndef CORE_ICMP_H
#define CORE_ICMP_H

#include "flow_table.h"
#include "packet.h"

/* The ICMP part of pkt_parse(): `bytes` bytes at p->l4. RFC 792, 4443. */
void icmp_parse(struct pkt *p, const struct toeplitz *hash, unsigned bytes);

/* Key of the flow an error (PKT_ICMP_ERROR) is about; false when it quotes no
 * TCP or UDP packet. */
bool icmp_key(const struct pkt *p, struct flow_key *key);

/* What a fragmentation-needed or packet-too-big says. */
struct icmp_too_big {
	uint32_t mtu; /* bytes; 0: the router says none (before RFC 1191) */
	uint32_t quoted_bytes; /* length of the packet it is about */
};

/* False when the error (PKT_ICMP_ERROR) is another one. */
bool icmp_too_big(const struct pkt *p, struct icmp_too_big *said);

/*
 * Turn a packet that is longer than `mtu` (68 or more) into the error to its
 * sender, in its place: p->l3 stays, addresses are swapped, the quote is as
 * long as RFC 1812 4.3.2.3 and RFC 4443 2.4 c allow. The link header is the
 * caller's.
 */
void icmp_make_too_big(struct pkt *p, uint16_t mtu);

/*
 * Translate an error about a packet of `f` for the other end of the flow: it
 * comes from our address on that side and quotes the packet as that end has
 * sent it, down to 8 bytes of its transport header (RFC 5508 4.2, 7915 4.2).
 * `s` is what lies beside a flow of FLOW_SPLICED, or NULL.
 */
void icmp_rewrite(struct pkt *p, const struct flow *f, const struct splice *s);

#endif

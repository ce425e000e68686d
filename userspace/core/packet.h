/* SPDX-License-Identifier: BSD-3-Clause */
/* packet.h - one frame on its way through an engine, and parsing it */
#ifndef CORE_PACKET_H
#define CORE_PACKET_H

#include <stdbool.h>
#include <stdint.h>

#include "counters.h"

enum verdict {
	VERDICT_NONE, /* parsed: a packet of a flow, go on */
	VERDICT_TX, /* rewritten: send frame/len on out_side */
	VERDICT_DROP, /* reason says why */
	VERDICT_PUNT, /* ARP, ND, ICMP echo: for the engine's own neighbour code */
	VERDICT_REPLY, /* became our answer: send frame/len on the side it came in on */
	VERDICT_NEIGH, /* rewritten, but the MAC of neighbour `neigh` is not known yet */
	VERDICT_SPLIT, /* as TX, after it was cut for an MTU of `split` */
	VERDICT_ANSWER, /* dropped for `reason`; became our ICMP error, to be sent on out_side */
	VERDICT_STEER, /* a fragment whose flow is known now: its slice is hash & 255 */
	VERDICT_LOCAL, /* of a connection that ends here: for the engine's own TCP */
	VERDICT_WAIT, /* a fragment whose first one is not here yet */
};

#define PKT_HASHED	(1 << 0) /* hash is valid (NIC or ring) before parsing */
#define PKT_IP_CKSUM_OK (1 << 1) /* NIC checked the IPv4 header */
#define PKT_L4_CKSUM_OK (1 << 2)
#define PKT_ICMP_ERROR \
	(1 << 3) /* 4-tuple is that of the inner packet, swapped */

#define PKT_FRAGMENT (1 << 4) /* part of a datagram */
#define PKT_LATER    (1 << 5) /* and not its first: no ports in it */
#define PKT_TRACKED  (1 << 6) /* hash and ports of a fragment are its flow's */

/* Bytes that must be writable in front of `frame`: a VLAN tag and what options of a SYN take
 * more than those they replace. */
#define PKT_HEADROOM 16

struct pkt {
	uint8_t *frame; /* Ethernet header; moved by process when the header grows or shrinks */
	void *owner; /* the caller's buffer; untouched */
	uint32_t hash;
	uint16_t len; /* bytes of frame, Ethernet padding cut off by the parser */
	uint16_t vlan; /* VID, 0 = untagged; in: tag stripped by the NIC; out of parse: either */
	uint16_t l3, l4; /* offsets from frame */
	uint8_t side; /* enum side it came in on */
	uint8_t flags; /* PKT_* */
	uint8_t family; /* 4 or 6 */
	uint8_t protocol;
	uint8_t tcp_flags;
	uint8_t slice; /* hash & 255 */
	uint8_t verdict; /* enum verdict */
	uint8_t reason; /* enum vfl_drop */
	uint8_t out_side;
	uint16_t neigh; /* index into the fabric's neighbour table */
	uint16_t split; /* VERDICT_SPLIT: bytes of IP packet the link takes */
	uint32_t ports; /* PKT_TRACKED: of the flow, as in the L4 header */
};

struct toeplitz;

/*
 * Parse one frame: fills vlan, l3, l4, family, protocol, tcp_flags, hash, slice, cuts padding and
 * sets verdict NONE, PUNT or DROP with a reason. Reads only frame[0..len); never writes it.
 * A fragment's hash and slice are those of its addresses and identification (fragment.h).
 * RFC 791, 8200, 9293, 768, 792, 4443; IEEE 802.1Q (one tag).
 */
void pkt_parse(struct pkt *p, const struct toeplitz *hash);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* fabric_ring.h - the rings between engines as they lie in the fabric */
#ifndef VFLEET_FABRIC_RING_H
#define VFLEET_FABRIC_RING_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>

/* Ring between two engines: one producer, one consumer, slots of ring_slot_bytes. */
struct fab_ring {
	alignas(64) _Atomic uint32_t
		head; /* w: producer, free running; r: consumer, supervisor */
	alignas(64) _Atomic uint32_t
		tail; /* w: consumer, free running; r: producer, supervisor */
};

enum slot_kind { SLOT_PACKET, SLOT_FENCE };

#define SLOT_HEADROOM \
	32 /* bytes before the frame, for a VLAN tag and an MSS option */

struct fab_slot {
	uint16_t len; /* frame bytes (SLOT_PACKET) */
	uint8_t kind; /* enum slot_kind */
	uint8_t slice; /* slice of the packet */
	uint8_t side; /* enum side it came in on */
	uint8_t receiver; /* engine that took it from its port */
	uint16_t vlan; /* VID when the NIC stripped the tag, else 0 */
	uint32_t seq; /* receiver's sent[slice] */
	uint32_t hash; /* Toeplitz, so that the owner need not compute it again */
	uint32_t epoch; /* SLOT_FENCE: everything sent before this epoch is in front of it */
	uint16_t hops; /* times it went through a ring; bounded */
	uint16_t flags; /* PKT_L4_CKSUM_OK, PKT_TRACKED */
	uint32_t ports; /* of the flow, with PKT_TRACKED */
	uint8_t frame[]; /* SLOT_HEADROOM, then the frame */
};

#endif

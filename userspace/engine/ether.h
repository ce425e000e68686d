/* SPDX-License-Identifier: BSD-3-Clause */
/* ether.h - write the Ethernet header of a frame the engine makes */
#ifndef ENGINE_ETHER_H
#define ENGINE_ETHER_H

#include <stdint.h>
#include <string.h>

#include "buf.h"

#define ETHER_MAC 6
#define ETHER_MIN 60 /* bytes without FCS */

extern const uint8_t ether_broadcast[ETHER_MAC];

static inline uint8_t *put16(uint8_t *at, uint16_t value)
{
	at[0] = value >> 8;
	at[1] = value;
	return at + 2;
}

static inline uint16_t get16(const uint8_t *at)
{
	return at[0] << 8 | at[1];
}

/*
 * Start an empty packet with addresses, a tag when `vlan` is not 0, and the
 * type. Sets l3; returns where the payload begins.
 */
static inline uint8_t *ether_start(struct buf *b, const uint8_t *to,
				   const uint8_t *from, uint16_t vlan,
				   uint16_t type)
{
	uint8_t *at = b->pkt.frame;

	memcpy(at, to, ETHER_MAC);
	memcpy(at + ETHER_MAC, from, ETHER_MAC);
	at += 2 * ETHER_MAC;
	if (vlan)
		at = put16(put16(at, 0x8100), vlan);
	at = put16(at, type);
	b->pkt.l3 = at - b->pkt.frame;
	return at;
}

/* The payload ends at `end`: set the length, pad to the shortest frame. */
static inline void ether_finish(struct buf *b, uint8_t *end)
{
	b->pkt.len = end - b->pkt.frame;
	if (b->pkt.len < ETHER_MIN) {
		memset(end, 0, ETHER_MIN - b->pkt.len);
		b->pkt.len = ETHER_MIN;
	}
	b->originated = true;
}

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* frame.h - make frames for tests, and check what became of them */
#ifndef UNIT_FRAME_H
#define UNIT_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "packet.h"

#define FRAME_ROOM     2048 /* headroom, frame, tail */
#define FRAME_HEADROOM 64

/* One frame to be made. Fields left 0 take a default that makes it valid. */
struct frame_spec {
	const char *source, *destination; /* the family follows from these */
	uint16_t source_port, destination_port;
	uint16_t vlan; /* 0 = untagged */
	uint8_t protocol; /* default TCP */
	uint8_t tcp_flags; /* default ACK */
	uint8_t ttl; /* default 64 */
	const void *options; /* TCP, padded by the caller to 4 bytes */
	uint8_t options_bytes;
	uint16_t payload_bytes;
	bool no_checksum; /* UDP with checksum 0 */
};

/* A packet with its own memory. */
struct frame {
	struct pkt pkt;
	uint8_t room[FRAME_ROOM];
};

/* Build into f->room with FRAME_HEADROOM in front; f->pkt is ready to parse. */
void frame_make(struct frame *f, uint8_t side, const struct frame_spec *spec);

/* A parsed packet as people read it: "10.0.0.1:5 > 10.0.0.2:80". */
const char *frame_text(const struct pkt *p, char *buf, size_t bytes);

/* IP header and TCP, UDP or ICMP checksums are right (UDP over IPv4 may have
 * none). Computed word by word, not with the code under test. */
bool frame_checksums_ok(const struct pkt *p);

/* Set the L4 checksum of a frame that was changed by hand. */
void frame_set_l4_checksum(struct pkt *p);

/* Value of the MSS option of a TCP segment, 0 when it has none. */
uint16_t frame_mss(const struct pkt *p);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* segment.h - TCP segments without data: read their options, write them whole */
#ifndef CORE_SEGMENT_H
#define CORE_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "packet.h"

#define TCP_HEADER		20
#define TCP_OPTION_END		0
#define TCP_OPTION_NOP		1
#define TCP_OPTION_MSS		2
#define TCP_OPTION_WSCALE	3
#define TCP_OPTION_SACK_OK	4
#define TCP_OPTION_SACK		5
#define TCP_OPTION_STAMPS	8
#define TCP_OPTION_STAMPS_BYTES 10

#define TCP_WSCALE_MAX		14 /* RFC 7323 2.3 */
#define TCP_NO_WSCALE		15

/* RFC 9293 3.1, 7323, 2018. Numbers in host order. */
struct tcp_options {
	uint16_t mss; /* bytes; 0: none */
	uint8_t wscale; /* TCP_NO_WSCALE: none */
	bool sack; /* SACK permitted */
	bool stamps;
	uint32_t stamp, echo;
};

struct segment {
	uint32_t seq, ack;
	uint16_t window;
	uint8_t flags;
	struct tcp_options options;
};

/*
 * Place of the first option at or behind `at` of a header of `end` bytes, no
 * padding, and how long it is, all of it inside the header; 0: there is none.
 */
unsigned tcp_option_next(const uint8_t *tcp, unsigned at, unsigned end,
			 unsigned *bytes);

/* Numbers and options of a parsed TCP packet. */
void segment_read(const struct pkt *p, struct segment *s);

/*
 * Make the packet this segment, from addrs[0] to addrs[1] (as they lie in the
 * IP header) and ports (as in the TCP header), checksums included. Family and
 * l3 of the packet stay; room it lacks it takes from the headroom, PKT_HEADROOM
 * bytes at most when the old packet was a segment of its own. The Ethernet
 * header is lost.
 */
void segment_write(struct pkt *p, const uint64_t *addrs, uint32_t ports,
		   const struct segment *s);

/* Longest that segment_write() makes, IP header included. */
#define SEGMENT_BYTES 80

#endif

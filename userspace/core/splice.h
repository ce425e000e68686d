/* SPDX-License-Identifier: BSD-3-Clause */
/* splice.h - a connection whose halves began with different numbers */
#ifndef CORE_SPLICE_H
#define CORE_SPLICE_H

#include <stdint.h>

#include "packet.h"

#define SPLICE_SACK	 (1 << 0) /* the client permits SACK */
#define SPLICE_STAMPS	 (1 << 1) /* the client sends time stamps */
#define SPLICE_NO_SACK	 (1 << 2) /* the client does, the server does not */
#define SPLICE_NO_STAMPS (1 << 3) /* likewise */

/*
 * Beside a flow whose client was answered by the engine. Numbers are in host
 * order. Writer: the owner of the flow's slice; nobody else reads it.
 */
struct splice {
	/* Added to the server's numbers on their way to the client, taken off
	 * what the client acknowledges or echoes; once the server has answered. */
	uint32_t seq, stamp;
	int8_t shift[2]; /* of windows that come in on a side; above 0: left */
	uint8_t flags; /* SPLICE_* */
	/* The handshake: constant but for tries and due_ms. */
	uint8_t tries; /* SYNs sent to the server */
	uint32_t our_isn, our_stamp; /* the cookie */
	uint32_t client_isn, client_stamp; /* of the SYN the server gets */
	uint32_t due_ms; /* when that SYN is sent again */
	uint16_t window; /* the client's, as it said in its ACK */
	uint16_t mss; /* bytes, the client's, rounded down */
	uint8_t wscale; /* the client's; TCP_NO_WSCALE: none */
	uint8_t reserved[3];
};

#define SPLICE_BYTES 40

_Static_assert(sizeof(struct splice) == SPLICE_BYTES, "one per flow");

/*
 * Numbers of a TCP packet that goes on to the other side: sequence number,
 * acknowledgement, window, SACK blocks, time stamps. The checksum changes by
 * the difference (RFC 1624). Options that are broken are left as they are.
 */
void splice_rewrite(const struct splice *s, struct pkt *p);

/*
 * The sequence number in the first eight bytes of a TCP header that an ICMP
 * error quotes: a segment that left towards `side`. Returns what that adds to
 * a checksum over it.
 */
uint32_t splice_quote(const struct splice *s, uint8_t *tcp, unsigned side);

#endif

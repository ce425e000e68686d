/* SPDX-License-Identifier: BSD-3-Clause */
/* tcp.h - connection tracking by flags, timeouts, and the MSS option */
#ifndef CORE_TCP_H
#define CORE_TCP_H

#include <stdbool.h>
#include <stdint.h>

#include "packet.h"
#include "snapshot.h"

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_PSH 0x08
#define TCP_ACK 0x10
#define TCP_URG 0x20

/*
 * Timeouts no profile names, in milliseconds; the others are in config.h.
 *
 * RESET: RST seen, 10 s as CLOSE of Linux conntrack and IPVS; never longer
 *   than the close timeout of the profile.
 * UDP_NEW: not answered yet, 30 s as conntrack; never longer than the
 *   profile's UDP timeout.
 * PROXY_CLOSE: the engine's own end is closed; its TCP keeps it for twice two
 *   MSL of a second.
 * PROXY, SERVED: their TCP says every other second that they live. What it closes by
 *   itself it forgets sooner.
 */
#define TCP_RESET_MS	   10000u
#define TCP_PROXY_MS	   30000u
#define TCP_PROXY_CLOSE_MS 4000u
#define UDP_NEW_MS	   30000u

/* What a flow is doing; 0 must stay FREE: it is what zeroed memory says. */
enum flow_state {
	FLOW_FREE,
	FLOW_SYN_SENT,
	FLOW_SYN_RECV,
	FLOW_ESTABLISHED,
	FLOW_FIN_WAIT, /* one side has sent a FIN */
	FLOW_LAST_ACK, /* both have */
	FLOW_TIME_WAIT,
	FLOW_CLOSED, /* reset */
	FLOW_UDP_NEW, /* no answer yet */
	FLOW_UDP,
	FLOW_SYN_PROXY, /* we have answered the client, not yet the server us */
	FLOW_PROXY, /* of the engine itself with a server; TCP is elsewhere */
	FLOW_SERVED, /* of a client with the engine itself; likewise */
	FLOW_STATES
};

extern const char *const flow_state_names[FLOW_STATES];

/* By a flow's state word: it ends in an engine, whose TCP no other engine has. */
static inline bool flow_ends(uint32_t word)
{
	uint8_t state = (uint8_t)word;

	return state == FLOW_PROXY || state == FLOW_SERVED;
}

/* Flags of one side's FIN in a flow's state word, by enum side. */
#define FLOW_FIN(side) (1u << (16 + (side)))

/* In the state word: the flow has a struct splice. */
#define FLOW_SPLICED (1u << 18)

/*
 * Next state word after a packet with `flags` that came in on `side`: state in
 * bits 0-7, FIN bits above, everything else is passed through. RFC 9293 3.3.2
 * as a middle box sees it; protocol UDP goes through flow_udp_next().
 */
uint32_t tcp_next(uint32_t word, unsigned side, uint8_t flags);
uint32_t udp_next(uint32_t word, unsigned side);

/* Idle timeout of a state in ms; `service` may be NULL: defaults. */
uint32_t flow_timeout_ms(enum flow_state state,
			 const struct snap_service *service);

/* Combinations a host may send, as Linux conntrack lists them; PSH, ECE and
 * CWR may come with any. One bit for each value of the low six flags. */
#define TCP_FLAGS_BIT(flags) (1ull << (flags) | 1ull << ((flags) | TCP_PSH))
#define TCP_FLAGS_VALID                                                        \
	(TCP_FLAGS_BIT(TCP_SYN) | TCP_FLAGS_BIT(TCP_SYN | TCP_URG) |           \
	 TCP_FLAGS_BIT(TCP_SYN | TCP_ACK) | TCP_FLAGS_BIT(TCP_RST) |           \
	 TCP_FLAGS_BIT(TCP_RST | TCP_ACK) | TCP_FLAGS_BIT(TCP_FIN | TCP_ACK) | \
	 TCP_FLAGS_BIT(TCP_FIN | TCP_ACK | TCP_URG) | TCP_FLAGS_BIT(TCP_ACK) | \
	 TCP_FLAGS_BIT(TCP_ACK | TCP_URG))

static inline bool tcp_flags_valid(uint8_t flags)
{
	return TCP_FLAGS_VALID >> (flags & 0x3f) & 1;
}

/*
 * Lower each MSS option of a SYN to `mss` (strictly), or insert one when there
 * is none, the header has room for it (data offset 14 at most) and the IP packet
 * still has `mtu` bytes at most; checksums stay right. No other option is touched.
 * RFC 9293 3.1, 3.7.1. Inserting moves the headers 4 bytes down into the headroom.
 * A packet with broken options must be dropped; it may have been changed. *said is
 * what the sender's (last) option had, 0 when there is none.
 */
enum mss_change tcp_clamp_mss(struct pkt *p, uint16_t mss, uint16_t mtu,
			      uint16_t *said);

#endif

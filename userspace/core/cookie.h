/* SPDX-License-Identifier: BSD-3-Clause */
/* cookie.h - a connection request in a sequence number: SYN cookies */
#ifndef CORE_COOKIE_H
#define CORE_COOKIE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What the SYN-ACK says so that the client's ACK tells it again:
 *
 *   sequence number   bits 0-3   index of the MSS in the table, rounded down
 *                     bits 4-7   minute it was made in, modulo 16
 *                     bits 8-31  authentication
 *   time stamp value  bits 0-3   the client's window scale, 15 = none
 *   (if the client    bit  4     the client permits SACK
 *   sent one)         bit  5     0
 *                     bits 6-31  authentication
 *
 * The authentication is SipHash-2-4 over addresses, ports, VLAN, the client's
 * sequence number and everything above. Pure: the caller gives keys and time.
 */
#define COOKIE_MSSES	   16
#define COOKIE_NO_WSCALE   15
#define COOKIE_AGE_MINUTES 1 /* older than that is expired: 60 to 120 s */
#define COOKIE_EPOCH_SHIFT 4 /* a key serves 16 minutes */

/* The two live keys; that of epoch e is [e & 1]. */
struct cookie_keys {
	uint64_t keys[2][2];
};

static inline uint32_t cookie_epoch(uint32_t minute)
{
	return minute >> COOKIE_EPOCH_SHIFT;
}

/* Who connects to whom, as the client's packets have it. */
struct cookie_peer {
	uint64_t addrs[4]; /* source, destination; IPv4: the first word only */
	uint32_t ports; /* as in the header */
	uint16_t vlan;
	uint8_t family; /* 4 or 6 */
	uint32_t isn; /* the client's initial sequence number, host order */
};

/* What the connection will need. */
struct cookie_request {
	uint16_t mss; /* bytes */
	uint8_t wscale; /* COOKIE_NO_WSCALE: none */
	bool sack, stamps; /* without stamps: no wscale, no sack */
};

struct cookie {
	uint32_t seq, stamp; /* host order; stamp only with stamps */
};

enum cookie_fault { COOKIE_OK, COOKIE_INVALID, COOKIE_EXPIRED };

/* The greatest MSS of the table that is not above `mss`; 0: there is none. */
uint16_t cookie_mss(uint16_t mss);

/* A cookie for the request of a peer; cookie_mss(request->mss) must not be 0. */
struct cookie cookie_make(const struct cookie_keys *keys, uint32_t minute,
			  const struct cookie_peer *peer,
			  const struct cookie_request *request);

/*
 * Whether a cookie that came back was made by us within the last minutes, and
 * for what request. request->stamps is set by the caller: the ACK echoes one.
 * Takes the same time whatever part of the authentication is wrong.
 */
enum cookie_fault cookie_check(const struct cookie_keys *keys, uint32_t minute,
			       const struct cookie_peer *peer,
			       const struct cookie *cookie,
			       struct cookie_request *request);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* cookie.c - a connection request in a sequence number: SYN cookies */
#include "cookie.h"

#include "siphash.h"

#define SEQ_INFO   0xffu
#define STAMP_INFO 0x3fu
#define STAMP_SACK (1u << 4)
#define MINUTES	   16

/*
 * Frequent values first of all: Ethernet and what tunnels leave of it, IPv6's
 * and IPv4's defaults, jumbo frames. 64 is the least: below, a connection moves
 * more headers than data.
 */
static const uint16_t mss_table[COOKIE_MSSES] = {
	64,   216,  536,  748,	1000, 1220, 1300, 1360,
	1400, 1420, 1440, 1452, 1460, 4036, 8940, 8960,
};

static unsigned mss_index(uint16_t mss)
{
	unsigned i = COOKIE_MSSES - 1;

	while (i && mss_table[i] > mss)
		i--;
	return i;
}

uint16_t cookie_mss(uint16_t mss)
{
	return mss < mss_table[0] ? 0 : mss_table[mss_index(mss)];
}

static uint64_t authenticate(const struct cookie_keys *keys, uint32_t minute,
			     const struct cookie_peer *peer, uint32_t seq_info,
			     uint32_t stamp_info, bool stamps)
{
	unsigned n = peer->family == 4 ? 1 : 4;
	uint64_t words[6];

	for (unsigned i = 0; i < n; i++)
		words[i] = peer->addrs[i];
	words[n] = (uint64_t)peer->ports << 32 | peer->isn;
	words[n + 1] = (uint64_t)minute << 32 | peer->vlan << 16 |
		       stamps << 15 | stamp_info << 8 | seq_info;
	return siphash(keys->keys[cookie_epoch(minute) & 1], words, n + 2);
}

static struct cookie compose(uint64_t mac, uint32_t seq_info,
			     uint32_t stamp_info)
{
	return (struct cookie){
		.seq = ((uint32_t)mac & ~SEQ_INFO) | seq_info,
		.stamp = ((uint32_t)(mac >> 32) & ~STAMP_INFO) | stamp_info,
	};
}

struct cookie cookie_make(const struct cookie_keys *keys, uint32_t minute,
			  const struct cookie_peer *peer,
			  const struct cookie_request *request)
{
	uint32_t seq_info = mss_index(request->mss) | minute % MINUTES << 4;
	uint32_t stamp_info = 0;

	if (request->stamps)
		stamp_info = request->wscale | (request->sack ? STAMP_SACK : 0);
	return compose(authenticate(keys, minute, peer, seq_info, stamp_info,
				    request->stamps),
		       seq_info, stamp_info);
}

enum cookie_fault cookie_check(const struct cookie_keys *keys, uint32_t minute,
			       const struct cookie_peer *peer,
			       const struct cookie *cookie,
			       struct cookie_request *request)
{
	uint32_t seq_info = cookie->seq & SEQ_INFO, stamp_info = 0, wrong;
	uint32_t age = (minute - (seq_info >> 4)) % MINUTES;
	struct cookie right;

	if (request->stamps)
		stamp_info = cookie->stamp & STAMP_INFO;
	if (age > COOKIE_AGE_MINUTES)
		return COOKIE_EXPIRED;
	right = compose(authenticate(keys, minute - age, peer, seq_info,
				     stamp_info, request->stamps),
			seq_info, stamp_info);
	wrong = right.seq ^ cookie->seq;
	if (request->stamps)
		wrong |= right.stamp ^ cookie->stamp;
	if (wrong)
		return COOKIE_INVALID;
	request->mss = mss_table[seq_info & 15];
	request->wscale = request->stamps ? stamp_info & 15 : COOKIE_NO_WSCALE;
	request->sack = stamp_info & STAMP_SACK;
	return COOKIE_OK;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* split.c - cut an IPv4 packet for a link that takes less: RFC 791 3.2 */
#include <netinet/ip.h>
#include <string.h>

#include "csum.h"
#include "split.h"

static void put16(uint8_t *at, uint16_t value)
{
	at[0] = value >> 8;
	at[1] = value;
}

/* Options that only the first fragment has become empty ones. */
static void blank_options(uint8_t *ip, unsigned header)
{
	unsigned at = sizeof(struct ip), bytes;

	while (at < header && ip[at] != IPOPT_EOL) {
		bytes = ip[at] == IPOPT_NOP || at + 1 == header ? 1 :
								  ip[at + 1];
		if (bytes == 0 || at + bytes > header)
			bytes = header - at;
		if (!IPOPT_COPIED(ip[at]))
			memset(ip + at, IPOPT_NOP, bytes);
		at += bytes;
	}
}

bool split_next(const struct pkt *whole, unsigned *at, struct pkt *piece)
{
	unsigned header = whole->l4 - whole->l3, left = whole->len - whole->l4;
	unsigned bytes = (whole->split - header) & ~7u;
	uint8_t *ip = piece->frame + whole->l3;
	uint16_t field, check;

	if (*at >= left)
		return false;
	left -= *at;
	if (bytes > left)
		bytes = left;
	memcpy(piece->frame, whole->frame, whole->l4);
	memcpy(ip + header, whole->frame + whole->l4 + *at, bytes);
	if (*at)
		blank_options(ip, header);
	field = (ip[6] << 8 | ip[7]) + *at / 8;
	put16(ip + 6, field | (bytes < left ? IP_MF : 0));
	put16(ip + 2, header + bytes);
	memset(ip + 10, 0, 2);
	check = ~csum_fold(csum_sum(ip, header));
	memcpy(ip + 10, &check, 2);
	piece->l3 = whole->l3;
	piece->l4 = whole->l4;
	piece->len = whole->l4 + bytes;
	*at += bytes;
	return true;
}

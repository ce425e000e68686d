/* SPDX-License-Identifier: BSD-3-Clause */
/* nat.c - what rewriting changes in the checksums of a flow */
#include "csum.h"
#include "nat.h"

void nat_prepare(struct flow *f, uint8_t family)
{
	const uint8_t *addrs = (const uint8_t *)&f->addrs;
	size_t bytes = family == 4 ? 8 : 32;
	uint16_t ip = csum_fold(
		csum_change(csum_fold(csum_sum(addrs, bytes)),
			    csum_fold(csum_sum(addrs + bytes, bytes))));

	f->ip_delta = ip;
	f->l4_delta =
		csum_fold(ip + csum_change(csum_fold(f->ports[SIDE_CLIENT]),
					   csum_fold(f->ports[SIDE_SERVER])));
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* fragments.h - datagrams in pieces, as the fabric keeps them */
#ifndef VFLEET_FRAGMENTS_H
#define VFLEET_FRAGMENTS_H

#include <stdint.h>

#define FAB_DATAGRAMS	   64 /* in pieces at once, per slice; power of two */
#define FAB_DATAGRAM_SPANS 8 /* runs of bytes with gaps between them */

/*
 * A datagram whose first fragment has been seen. Writer and reader: the owner of
 * the slice that addresses and identification hash to. Forgotten when the owner
 * dies.
 */
struct fab_datagram {
	uint64_t addresses[4]; /* key: source, destination; IPv4 in the first */
	uint32_t id; /* key; as in the header */
	uint32_t what; /* key: VLAN, side, family, protocol; 0 = unused */
	uint32_t hash, ports; /* of the flow */
	uint32_t since_ms;
	uint16_t end; /* bytes of the whole, 0 = not known yet */
	uint8_t refused; /* an overlap was seen: nothing of it goes on */
	uint8_t n_spans;
	struct fab_span {
		uint16_t from, to; /* bytes; `to` is behind the last */
	} spans[FAB_DATAGRAM_SPANS]; /* ascending, never touching */
};

#endif

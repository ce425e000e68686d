/* SPDX-License-Identifier: BSD-3-Clause */
/* snat.h - source ports that bring the answer back to the same slice */
#ifndef CORE_SNAT_H
#define CORE_SNAT_H

#include <stdbool.h>
#include <stdint.h>

#include "flow_table.h"
#include "snapshot.h"
#include "toeplitz.h"

#define SNAT_SPAN     256 /* ports that select one slice */
#define SNAT_PORT_MIN 1024 /* below: well-known ports, not for clients */

/*
 * What a destination port adds to the slice is a linear map over GF(2) from 16
 * to 8 bits. `first[want]` is one port that adds `want`; the ports that add
 * nothing, `span`, lead from it to all others. Per family, since the port
 * stands at another place of the hash input. 2 KB, constant after init.
 */
struct snat_ports {
	struct snat_family {
		uint16_t first[SNAT_SPAN], span[SNAT_SPAN]; /* host order */
	} families[2]; /* IPv4, IPv6 */
};

/* False when the key is so poor that some slice has no port. */
bool snat_ports_init(struct snat_ports *ports, const struct toeplitz *hash);

struct snat_request {
	const struct snapshot *snap;
	const struct snat_ports *ports;
	const struct toeplitz *hash;
	const struct snap_backend *backend;
	uint16_t server_port; /* host order */
	uint32_t turn; /* of the shard; where the search starts */
};

/* A search under way; the request must stay. */
struct snat_search {
	const struct snat_request *request;
	uint64_t usable; /* SNAT addresses of the right kind, by index */
	uint32_t addresses; /* how many those are */
	uint32_t turn, left; /* next candidate, and how many may follow */
	uint32_t base; /* hash of the reply with port 0 from `address` */
	uint32_t address; /* place of the address in `key` among the usable */
};

/*
 * Choose SNAT address and port towards a backend: candidates, one after the
 * other, are keys of answers that hash to the slice. The first that is not in
 * the store is the choice: the flow index is the allocator. Consecutive turns
 * walk through all ports of all addresses, so a port rests as long as it can
 * before it is used again.
 *
 * snat_start(): key->family, protocol and slice are set by the caller.
 * snat_next(): the next candidate in the key; false when there is none left.
 */
void snat_start(struct snat_search *search, const struct snat_request *request,
		struct flow_key *key);
bool snat_next(struct snat_search *search, struct flow_key *key);

/* Go on from a candidate to the first that is free; false when none is. */
bool snat_settle(struct snat_search *search, const struct flow_store *flows,
		 struct flow_key *key);

/* The same, free in another set's store as well, which others write. */
bool snat_settle_beside(struct snat_search *search,
			const struct flow_store *flows,
			const struct flow_store *other, uint32_t now_ms,
			struct flow_key *key);

#endif

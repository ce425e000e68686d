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
	const struct flow_store *flows;
	const struct snap_backend *backend;
	uint16_t server_port; /* host order */
	uint32_t turn; /* of the shard; where the search starts */
};

/*
 * Choose SNAT address and port towards a backend. In: reply->family, protocol
 * and slice. Out: the whole key of the answers, which hashes to that slice and
 * is not in the store: the flow index is the allocator. False when the search
 * ended without a free port. Consecutive turns walk through all ports, so a
 * port rests as long as it can before it is used again.
 */
bool snat_choose(const struct snat_request *request, struct flow_key *reply);

#endif

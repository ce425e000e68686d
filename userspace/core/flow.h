/* SPDX-License-Identifier: BSD-3-Clause */
/* flow.h - the flow store: 256 shards in the fabric, one writer each, both directions found */
#ifndef CORE_FLOW_H
#define CORE_FLOW_H

#include <stddef.h>
#include <stdint.h>

#include "address.h"

/*
 * Boundary with engine and supervisor. Layout of shards, index and records is the business of
 * flow.c alone. A record becomes visible by one store of its state word; the index is a cache
 * that flow_shard_recover() can rebuild from the records, so a killed owner costs no flow.
 */
struct flow_store;

struct flow_limits {
	uint32_t flows4,
		flows6; /* capacity over all slices; rounded up per slice */
};

/* Bytes a store with these limits needs (64-byte aligned start). */
size_t flow_store_bytes(const struct flow_limits *limits);

/* Lay out an empty store in zeroed memory. */
void flow_store_format(struct flow_store *store,
		       const struct flow_limits *limits);

/* Rebuild free list and index of a slice whose owner died. Only the new owner calls it. */
void flow_shard_recover(struct flow_store *store, uint8_t slice);

/* Live flows of a slice / of all. Any process may ask; the figure may be a moment old. */
uint32_t flow_count(const struct flow_store *store, uint8_t slice);
uint32_t flow_count_all(const struct flow_store *store);

/* Those of all that end in an engine: no other one can go on with them. */
uint32_t flow_count_ends(const struct flow_store *store);

/* How full the store is, per cent: of the fuller one of IPv4 and IPv6. */
uint32_t flow_fill_pct(const struct flow_store *store);

/* One flow as people see it. */
struct flow_view {
	struct address client, vip;
	struct address snat, server; /* family 0: it ends in the engine */
	uint16_t client_port, vip_port, snat_port, server_port; /* host order */
	uint16_t client_vlan, server_vlan;
	uint8_t protocol, slice;
	uint16_t service_slot, backend_slot;
	const char *state; /* "syn-sent", "established", "udp", ... */
	uint32_t idle_ms, timeout_ms;
};

/* Call `see` for each live flow (any process; a snapshot without locks: a flow that changes
 * meanwhile is skipped). Stops when `see` returns false. */
void flow_walk(const struct flow_store *store, uint32_t now_ms,
	       _Bool (*see)(const struct flow_view *view, void *arg),
	       void *arg);

#endif

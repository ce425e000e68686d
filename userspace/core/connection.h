/* SPDX-License-Identifier: BSD-3-Clause */
/* connection.h - open a flow for a first packet, close it, keep the books */
#ifndef CORE_CONNECTION_H
#define CORE_CONNECTION_H

#include "flow_table.h"
#include "process.h"

/*
 * Flow for a packet that has none: service, backend, next hops, SNAT port,
 * record. NULL with verdict DROP and a reason when it may not or cannot have
 * one. `key` is the packet's own.
 */
struct flow *connection_open(struct lb *lb, struct pkt *p,
			     const struct flow_key *key);

/* Remove a flow and count it out. */
void connection_close(struct lb *lb, uint8_t family, uint8_t slice,
		      struct flow *f);

/* The checksum of the TCP or UDP packet is right, or the NIC says so. */
bool connection_checksum_ok(const struct pkt *p);

#endif

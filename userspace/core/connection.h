/* SPDX-License-Identifier: BSD-3-Clause */
/* connection.h - open a flow for a first packet, close it, keep the books */
#ifndef CORE_CONNECTION_H
#define CORE_CONNECTION_H

#include "flow_table.h"
#include "process.h"
#include "syn.h"

/*
 * A new flow is opened in two steps, so that the memory the second one needs
 * is fetched while others are planned. A plan touches no flow and changes no
 * shard but its turn; it is thrown away when another packet of the vector has
 * opened the flow meanwhile.
 */
struct connection_plan {
	const struct snap_service *service;
	struct flow_key key; /* of the packet */
	struct flow_key reply; /* first candidate for the answers */
	struct snat_request request;
	struct snap_backend anybody; /* the backend of MODE_OUTBOUND */
	struct snat_search search;
	uint16_t neigh[FAB_SIDES];
	uint16_t path_mtu[FAB_SIDES]; /* towards client, backend; 0 = not known */
	struct mss_result mss[FAB_SIDES]; /* of SYNs leaving on that side */
	struct syn_plan syn;
	enum vfl_drop fault; /* DROP_COUNT: none */
};

/*
 * Look at a packet that found no flow: may it open one, and to where? Until
 * connection_plan_end() the backend is counted as if it had the connection, so
 * that those of one vector are spread as well.
 */
void connection_plan(struct lb *lb, const struct pkt *p,
		     struct connection_plan *plan);
void connection_plan_end(struct lb *lb, const struct connection_plan *plan);

/*
 * Carry a plan out for its packet, whose flow is not in the store. NULL with
 * verdict DROP and the reason when there is a fault, no port or no room; with
 * verdict REPLY when the packet has become our answer to it; with LOCAL when its
 * server is in this engine. Has done the MSS of the SYN.
 */
struct flow *connection_open(struct lb *lb, struct pkt *p,
			     struct connection_plan *plan);

/*
 * A connection of the engine's own, to `backend` of `service`, on behalf of the client whose
 * packets have the key `client`: a flow in state PROXY that is found from the server's side only,
 * with a SNAT address and port that no other flow has. *reply is the key of the server's packets;
 * *mss bounds what may be sent to it. DROP_COUNT when done, else the reason why not. Owner of
 * the slice only.
 */
enum vfl_drop connection_dial(struct lb *lb, const struct flow_key *client,
			      const struct snap_service *service,
			      const struct snap_backend *backend,
			      struct flow_key *reply, uint16_t *mss);

/* Remove a flow and count it out. */
void connection_close(struct lb *lb, uint8_t family, uint8_t slice,
		      struct flow *f);

/* Service of a flow as configured now; NULL when it is gone. */
const struct snap_service *connection_service(const struct lb *lb,
					      const struct flow *f);

/* The checksum of the TCP or UDP packet is right, or the NIC says so. */
bool connection_checksum_ok(const struct pkt *p);

/* What a packet says about its flow. */
void connection_key(const struct pkt *p, struct flow_key *k);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* world.h - a small fleet in memory: configuration, flow store, one engine */
#ifndef UNIT_WORLD_H
#define UNIT_WORLD_H

#include "config.h"
#include "fabric.h"
#include "process.h"

/*
 * What world_init() sets up; V is 4 or 6 and stands for both families:
 *
 *   client side  10.0.0.0/16 (fd00::/64), default route via 10.0.0.1 (fd00::1)
 *   VIP          10.0.0.100 (fd00::100), TCP port 80 and UDP port 53
 *   server side  10.1.0.0/16 (fd01::/64); backends 10.1.1.1 .. (fd01::1:1 ..),
 *                TCP port 8080, UDP port 5353
 *   SNAT         10.1.2.1 .. (fd01::2:1 ..)
 */
struct world_spec {
	unsigned backends, snats; /* per service / per family */
	uint32_t flows4, flows6; /* capacity of the store */
	uint16_t client_vlan, server_vlan; /* 0 = untagged */
	uint16_t client_mss, server_mss; /* of those VLANs; 0 = none */
	uint16_t client_mtu, server_mtu; /* of the ports; 0 = 1500 */
};

struct world {
	struct config config;
	struct snapshot *snap;
	struct flow_store *store; /* world_init() allocates; or the caller's */
	size_t store_bytes;
	struct fab_neigh *neighbours;
	struct fab_path *paths;
	struct fab_datagram *datagrams;
	struct fab_load *loads; /* [FAB_ENGINES] */
	_Atomic uint64_t counters[CNT_COUNT];
	struct toeplitz hash;
	struct snat_ports ports;
	struct fab_syn syn;
	struct lb lb;
};

#define WORLD_MAC_BYTE 0x0a /* first byte of every neighbour's MAC */

/* Abort with a sentence when the configuration does not compile. A store the
 * caller has put into w->store (zeroed, flow_store_bytes()) is used. */
void world_init(struct world *w, const struct world_spec *spec);
void world_free(struct world *w);

/* Give every neighbour somebody has asked for a MAC address. */
void world_resolve(struct world *w);

/* Compile w->config again after a change and put it into force. */
void world_reload(struct world *w);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* snapshot.h - the configuration compiled for the packet path: immutable, position independent */
#ifndef CORE_SNAPSHOT_H
#define CORE_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "address.h"
#include "config.h"
#include "mss.h"

/*
 * One block of memory, written once by snapshot_build() (the supervisor's process), then only
 * read (engines, supervisor). Offsets count bytes from the start of the block.
 */
struct snap_side {
	uint16_t mtu;
};

/* A VLAN the fleet knows on a side; untagged traffic is always known and not listed. */
struct snap_vlan {
	uint8_t side;
	uint16_t id, mtu; /* mtu: effective, min of port and VLAN */
};

enum snap_address_kind { ADDRESS_VIP, ADDRESS_SNAT };

/* An address of ours: answered by ARP/ND and echo, accepted as destination. */
struct snap_address {
	struct address address;
	uint16_t vlan;
	uint16_t slot; /* index of fabric receivers[] */
	uint8_t side;
	uint8_t kind; /* enum snap_address_kind */
};

struct snap_route {
	struct prefix prefix;
	struct address
		via; /* family 0: on link, the destination is the neighbour */
	uint8_t side;
	uint16_t vlan;
};

struct snap_service {
	char name[CONFIG_NAME];
	struct address vip;
	uint16_t port, vlan; /* host order */
	uint8_t protocol, mode, scheduler;
	bool path_mtu; /* lowers the MSS of new connections */
	uint16_t slot;
	uint16_t first_backend, n_backends;
	struct mss_result mss_client; /* into the SYN-ACK the client gets */
	struct mss_result
		mss_server; /* into the SYN the server gets: the lowest of its backends;
					 each backend's own value is in snap_backend.mss */
	uint32_t tcp_syn_ms, tcp_established_ms, tcp_close_ms, udp_ms;
	uint8_t syn; /* enum syn_mode; TCP only */
	uint8_t serve; /* enum serve */
	uint32_t directory; /* offset of its path; 0 = none */
	uint32_t syn_half_open, syn_rate; /* when `cookie` sees a flood */
	uint32_t table_offset; /* scheduler's table: uint16_t [table_entries] of backend indexes */
	uint32_t table_entries; /* 0: no backend is up */
};

struct snap_backend {
	char name[CONFIG_BACKEND_NAME];
	struct address address;
	uint16_t port, vlan, weight, slot, service;
	struct mss_result mss; /* the server side rule for this backend's VLAN */
	bool usable; /* takes new connections: up, not drained, weight > 0 */
};

struct snap_snat {
	struct address address;
	uint16_t vlan, slot;
};

struct snapshot {
	uint32_t generation;
	uint32_t bytes; /* used */
	uint32_t revision; /* of the configuration's file */
	struct snap_side sides[2];
	uint16_t n_vlans, n_addresses, n_routes, n_services, n_backends,
		n_snats;
	uint32_t vlans, addresses, routes, services, backends,
		snats; /* offsets of the arrays */
	uint32_t service_hash; /* offset: uint16_t [service_hash_size], open addressing */
	uint32_t service_hash_size; /* power of two */
	uint32_t address_hash, address_hash_size; /* likewise for addresses */
	uint16_t outbound
		[2]; /* IPv4, IPv6: index of the service of nat.outbound, plus 1 */
};

#define snap_array(snap, field, type) \
	((const type *)((const char *)(snap) + (snap)->field))

/* Bytes snapshot_build() needs at most for this configuration, whoever of the backends is up. */
size_t snapshot_bytes(const struct config *config);

/* No configuration needs more. */
#define SNAPSHOT_BYTES_MAX (4u << 20)

/*
 * Compile. `block` has `bytes` room, 64-byte aligned. Returns false with a sentence in err when
 * the configuration cannot work (an MSS below the floor, no route to a backend, ...).
 */
bool snapshot_build(const struct config *config, uint32_t generation,
		    void *block, size_t bytes, char *err, size_t err_bytes);

/* What the MSS rule goes by for a service on a side, in a VLAN of that side. */
struct mss_input snapshot_mss_input(const struct config *c,
				    const struct config_service *s,
				    uint8_t side, uint16_t vlan);

/* Service for a destination, or NULL. Port in host order; a service on port 0 takes what no
 * service of the same address has. */
const struct snap_service *snapshot_service(const struct snapshot *s,
					    const struct address *vip,
					    uint16_t vlan, uint8_t protocol,
					    uint16_t port);

/* Service of whatever comes through the link of nat.outbound, or NULL. */
const struct snap_service *snapshot_outbound(const struct snapshot *s,
					     uint8_t family);

/* Address of ours, or NULL. */
const struct snap_address *snapshot_address(const struct snapshot *s,
					    const struct address *a,
					    uint8_t side, uint16_t vlan);

/*
 * Longest prefix match towards `to` on a side and VLAN; NULL: no route.
 * The neighbour to ask is route->via, or `to` itself when via.family is 0.
 */
const struct snap_route *snapshot_route(const struct snapshot *s, uint8_t side,
					uint16_t vlan,
					const struct address *to);

/* MTU in bytes of a VLAN (0 = untagged) on a side; 0 when the VLAN is not configured there. */
uint16_t snapshot_mtu(const struct snapshot *s, uint8_t side, uint16_t vlan);

#endif

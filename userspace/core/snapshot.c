// SPDX-License-Identifier: BSD-3-Clause
/* snapshot.c - look things up in the compiled configuration */
#include "snapshot.h"

#include "snapshot_hash.h"

static const struct snap_service *find_service(const struct snapshot *s,
					       const struct address *vip,
					       uint16_t vlan, uint8_t protocol,
					       uint16_t port)
{
	const struct snap_service *services =
		snap_array(s, services, struct snap_service);
	const uint16_t *table = snap_array(s, service_hash, uint16_t);
	uint32_t mask = s->service_hash_size - 1;
	uint32_t at = snap_service_hash(vip, vlan, protocol, port) & mask;

	for (; table[at] != SNAP_HASH_EMPTY; at = (at + 1) & mask) {
		const struct snap_service *v = &services[table[at]];

		if (v->port == port && v->vlan == vlan &&
		    v->protocol == protocol && address_equal(&v->vip, vip))
			return v;
	}
	return NULL;
}

const struct snap_service *snapshot_service(const struct snapshot *s,
					    const struct address *vip,
					    uint16_t vlan, uint8_t protocol,
					    uint16_t port)
{
	const struct snap_service *exact =
		find_service(s, vip, vlan, protocol, port);

	return exact ? exact : find_service(s, vip, vlan, protocol, 0);
}

const struct snap_service *snapshot_outbound(const struct snapshot *s,
					     uint8_t family)
{
	uint16_t index = s->outbound[family == 6];

	return index ? &snap_array(s, services,
				   struct snap_service)[index - 1] :
		       NULL;
}

const struct snap_address *snapshot_address(const struct snapshot *s,
					    const struct address *a,
					    uint8_t side, uint16_t vlan)
{
	const struct snap_address *addresses =
		snap_array(s, addresses, struct snap_address);
	const uint16_t *table = snap_array(s, address_hash, uint16_t);
	uint32_t mask = s->address_hash_size - 1;
	uint32_t at = snap_address_hash(a, side, vlan) & mask;

	for (; table[at] != SNAP_HASH_EMPTY; at = (at + 1) & mask) {
		const struct snap_address *v = &addresses[table[at]];

		if (v->side == side && v->vlan == vlan &&
		    address_equal(&v->address, a))
			return v;
	}
	return NULL;
}

/* The routes are sorted, longest prefix first: the first match is the best. */
const struct snap_route *snapshot_route(const struct snapshot *s, uint8_t side,
					uint16_t vlan, const struct address *to)
{
	const struct snap_route *routes =
		snap_array(s, routes, struct snap_route);

	for (unsigned i = 0; i < s->n_routes; i++) {
		const struct snap_route *r = &routes[i];

		if (r->side == side && r->vlan == vlan &&
		    prefix_contains(&r->prefix, to))
			return r;
	}
	return NULL;
}

uint16_t snapshot_mtu(const struct snapshot *s, uint8_t side, uint16_t vlan)
{
	const struct snap_vlan *vlans = snap_array(s, vlans, struct snap_vlan);

	if (!vlan)
		return s->sides[side].mtu;
	for (unsigned i = 0; i < s->n_vlans; i++) {
		if (vlans[i].side == side && vlans[i].id == vlan)
			return vlans[i].mtu;
	}
	return 0;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* snat.c - choose the SNAT port so that the answer hits the same slice */
#include <endian.h>
#include <string.h>

#include "snat.h"

#define PORTS 65536
/* Bound of one search: a SYN flood towards a backend without free ports must
 * not stop the engine. Complete for four SNAT addresses and fewer. */
#define PROBES_MAX (4 * SNAT_SPAN)

/* Where the destination port stands in the hash input. */
static unsigned port_at(unsigned family)
{
	return family == 4 ? 10 : 34;
}

/* What destination port `port` adds to the hash. */
static uint32_t port_part(const struct toeplitz *hash, uint8_t family,
			  uint16_t port)
{
	uint16_t wire = htobe16(port);

	return toeplitz_part(hash, port_at(family), &wire, 2);
}

static bool init_family(struct snat_family *f, const struct toeplitz *hash,
			uint8_t family)
{
	bool seen[SNAT_SPAN] = { false };
	unsigned n_span = 0, n_first = 0;

	for (uint32_t port = 0; port < PORTS; port++) {
		uint8_t adds = port_part(hash, family, port);

		if (adds == 0 && n_span < SNAT_SPAN)
			f->span[n_span++] = port;
		if (!seen[adds]) {
			seen[adds] = true;
			f->first[adds] = port;
			n_first++;
		}
	}
	/* Rank 8 gives exactly 2^8 ports that add nothing. */
	return n_first == SNAT_SPAN && n_span == SNAT_SPAN;
}

bool snat_ports_init(struct snat_ports *ports, const struct toeplitz *hash)
{
	return init_family(&ports->families[0], hash, 4) &&
	       init_family(&ports->families[1], hash, 6);
}

_Static_assert(CONFIG_SNATS <= 64, "SNAT addresses are bits of a word");

void snat_start(struct snat_search *search, const struct snat_request *r,
		struct flow_key *key)
{
	const struct snap_snat *snats =
		snap_array(r->snap, snats, struct snap_snat);
	uint32_t all;

	*search = (struct snat_search){ .request = r, .turn = r->turn };
	for (unsigned i = 0; i < r->snap->n_snats; i++)
		if (snats[i].address.family == key->family &&
		    snats[i].vlan == r->backend->vlan)
			search->usable |= 1ull << i;
	search->addresses = __builtin_popcountll(search->usable);
	search->address = search->addresses; /* none set yet */
	all = search->addresses * SNAT_SPAN;
	search->left = all < PROBES_MAX ? all : PROBES_MAX;
	key->side = SIDE_SERVER;
	key->vlan = r->backend->vlan;
}

/* Put usable address number `which` into the key and hash it with port 0. */
static void set_address(struct snat_search *search, struct flow_key *k,
			uint32_t which)
{
	const struct snat_request *r = search->request;
	const struct snap_snat *snats =
		snap_array(r->snap, snats, struct snap_snat);
	unsigned bytes = k->family == 4 ? 4 : 16;
	uint16_t ports[2] = { htobe16(r->server_port), 0 };
	uint64_t usable = search->usable;

	for (uint32_t i = 0; i < which; i++)
		usable &= usable - 1;
	memcpy(k->addrs, r->backend->address.bytes, bytes);
	memcpy((uint8_t *)k->addrs + bytes,
	       snats[__builtin_ctzll(usable)].address.bytes, bytes);
	search->address = which;
	search->base = k->family == 4 ? toeplitz_v4(r->hash, k->addrs, ports) :
					toeplitz_v6(r->hash, k->addrs, ports);
}

bool snat_next(struct snat_search *search, struct flow_key *k)
{
	const struct snat_request *r = search->request;
	const struct snat_family *f = &r->ports->families[k->family == 6];

	while (search->left) {
		uint32_t turn = search->turn++;
		uint32_t which = turn / SNAT_SPAN % search->addresses;
		uint16_t wire[2] = { htobe16(r->server_port) }, port;

		search->left--;
		if (which != search->address)
			set_address(search, k, which);
		port = f->first[(search->base ^ k->slice) & 255] ^
		       f->span[turn % SNAT_SPAN];
		if (port < SNAT_PORT_MIN)
			continue;
		wire[1] = htobe16(port);
		memcpy(&k->ports, wire, 4);
		k->hash = search->base ^ port_part(r->hash, k->family, port);
		return true;
	}
	return false;
}

bool snat_settle(struct snat_search *search, const struct flow_store *flows,
		 struct flow_key *key)
{
	while (flow_find(flows, key))
		if (!snat_next(search, key))
			return false;
	return true;
}

bool snat_settle_beside(struct snat_search *search,
			const struct flow_store *flows,
			const struct flow_store *other, uint32_t now_ms,
			struct flow_key *key)
{
	while (flow_find(flows, key) ||
	       flow_peek(other, key, now_ms) != SIGHT_NONE)
		if (!snat_next(search, key))
			return false;
	return true;
}

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

/* Fill in addresses; what they and the server's port give as a hash. */
static uint32_t set_addresses(struct flow_key *k, const struct snat_request *r,
			      const struct snap_snat *snat)
{
	unsigned bytes = k->family == 4 ? 4 : 16;
	uint16_t ports[2] = { htobe16(r->server_port), 0 };

	memcpy(k->addrs, r->backend->address.bytes, bytes);
	memcpy((uint8_t *)k->addrs + bytes, snat->address.bytes, bytes);
	return k->family == 4 ? toeplitz_v4(r->hash, k->addrs, ports) :
				toeplitz_v6(r->hash, k->addrs, ports);
}

/* Try one port; true when the key it makes is free. */
static bool try_port(const struct snat_request *r, struct flow_key *k,
		     uint32_t base, unsigned step)
{
	const struct snat_family *f = &r->ports->families[k->family == 6];
	uint16_t port = f->first[(base ^ k->slice) & 255] ^ f->span[step];
	uint16_t wire[2] = { htobe16(r->server_port), htobe16(port) };

	if (port < SNAT_PORT_MIN)
		return false;
	memcpy(&k->ports, wire, 4);
	k->hash = base ^ port_part(r->hash, k->family, port);
	return !flow_find(r->flows, k);
}

bool snat_choose(const struct snat_request *r, struct flow_key *k)
{
	const struct snap_snat *snats =
		snap_array(r->snap, snats, struct snap_snat);
	uint32_t n = r->snap->n_snats, probes = n * SNAT_SPAN;

	if (probes > PROBES_MAX)
		probes = PROBES_MAX;
	k->side = SIDE_SERVER;
	k->vlan = r->backend->vlan;
	/* Addresses alternate fastest, ports after a round of them. */
	for (uint32_t i = 0; i < probes; i++) {
		uint32_t turn = r->turn + i;
		const struct snap_snat *snat = &snats[turn % n];
		uint32_t base;

		if (snat->address.family != k->family ||
		    snat->vlan != r->backend->vlan)
			continue;
		base = set_addresses(k, r, snat);
		if (try_port(r, k, base, turn / n % SNAT_SPAN))
			return true;
	}
	return false;
}

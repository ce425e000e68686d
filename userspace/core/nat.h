/* SPDX-License-Identifier: BSD-3-Clause */
/* nat.h - rewrite a packet of a flow for the other side */
#ifndef CORE_NAT_H
#define CORE_NAT_H

#include <endian.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <stdint.h>

#include "csum.h"
#include "flow_table.h"
#include "packet.h"

/* Set ip_delta and l4_delta from the addresses and ports of both sides. */
void nat_prepare(struct flow *f, uint8_t family);

/* TTL is the high byte of its word: one less adds ~0x0100 to the sum. */
#define NAT_TTL_DELTA htobe16(0xfeff)

/* A delta is for client -> server; the way back is its ones' complement. */
static inline uint16_t nat_delta(uint16_t delta, unsigned side)
{
	return delta ^ (side == SIDE_CLIENT ? 0 : 0xffff);
}

static inline void nat_adjust_l4(uint8_t *l4, uint8_t protocol, uint16_t delta)
{
	uint8_t *at = l4 + (protocol == IPPROTO_TCP ? 16 : 6);
	uint16_t check;

	memcpy(&check, at, 2);
	/* RFC 768: 0 says that the sender computed none. Over IPv6 that is an
	 * error (RFC 8200 8.1), which the receiver then sees as it was. */
	if (protocol == IPPROTO_UDP && check == 0)
		return;
	check = csum_adjust(check, delta);
	if (protocol == IPPROTO_UDP && check == 0)
		check = 0xffff;
	memcpy(at, &check, 2);
}

static inline void nat_rewrite4(uint8_t *l3, const struct flow *f,
				unsigned side)
{
	uint64_t addrs = f->addrs.v4[!side];
	uint16_t check;

	addrs = addrs << 32 | addrs >> 32;
	memcpy(l3 + 12, &addrs, 8);
	memcpy(&check, l3 + 10, 2);
	check = csum_adjust(check,
			    nat_delta(f->ip_delta, side) + NAT_TTL_DELTA);
	memcpy(l3 + 10, &check, 2);
	l3[8]--;
}

static inline void nat_rewrite6(uint8_t *l3, const struct flow *f,
				unsigned side)
{
	const uint64_t *addrs = f->addrs.v6[!side];

	memcpy(l3 + 8, addrs + 2, 16);
	memcpy(l3 + 24, addrs, 16);
	l3[7]--;
}

/* The same for a later fragment, which has neither ports nor checksum. */
static inline void nat_rewrite_later(struct pkt *p, const struct flow *f)
{
	if (p->family == 4)
		nat_rewrite4(p->frame + p->l3, f, p->side);
	else
		nat_rewrite6(p->frame + p->l3, f, p->side);
}

/*
 * Addresses, ports, TTL or hop limit (must be above 1) and checksums of a TCP
 * or UDP packet of `f`, towards the other side. Incremental (RFC 1624), so a
 * payload that was damaged on the way stays detectable by the receiver.
 */
static inline void nat_rewrite(struct pkt *p, const struct flow *f)
{
	uint8_t *l3 = p->frame + p->l3, *l4 = p->frame + p->l4;
	uint32_t ports = f->ports[!p->side];

	if (p->family == 4)
		nat_rewrite4(l3, f, p->side);
	else
		nat_rewrite6(l3, f, p->side);
	ports = ports << 16 | ports >> 16;
	memcpy(l4, &ports, 4);
	nat_adjust_l4(l4, p->protocol, nat_delta(f->l4_delta, p->side));
}

/*
 * Ethernet header for the egress side: makes room for or removes the VLAN tag
 * (0 = untagged) and moves p->frame accordingly. `mac` has the first byte of
 * the destination lowest, as the neighbour table keeps it.
 */
static inline void nat_link(struct pkt *p, uint64_t mac,
			    const uint8_t source[6], uint16_t vlan)
{
	unsigned header = vlan ? ETHER_HDR_LEN + 4 : ETHER_HDR_LEN;
	int shift = (int)p->l3 - (int)header;
	uint16_t type = htobe16(p->family == 4 ? ETHERTYPE_IP : ETHERTYPE_IPV6);
	uint16_t tag[2] = { htobe16(ETHERTYPE_VLAN), htobe16(vlan) };
	uint8_t *at = p->frame + shift;

	if (shift) {
		p->frame = at;
		p->len -= shift;
		p->l3 -= shift;
		p->l4 -= shift;
	}
	p->vlan = vlan;
	mac = htole64(mac);
	memcpy(at, &mac, 6);
	memcpy(at + 6, source, 6);
	if (vlan)
		memcpy(at + 12, tag, 4);
	memcpy(at + header - 2, &type, 2);
}

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* nat.c - rewrite a packet of a flow for the other side */
#include <endian.h>
#include <net/ethernet.h>
#include <netinet/in.h>

#include "csum.h"
#include "nat.h"

/* TTL is the high byte of its word: one less adds ~0x0100 to the sum. */
#define TTL_DELTA htobe16(0xfeff)

void nat_prepare(struct flow *f, uint8_t family)
{
	const uint8_t *addrs = (const uint8_t *)&f->addrs;
	size_t bytes = family == 4 ? 8 : 32;
	uint16_t ip = csum_fold(
		csum_change(csum_fold(csum_sum(addrs, bytes)),
			    csum_fold(csum_sum(addrs + bytes, bytes))));

	f->ip_delta = ip;
	f->l4_delta =
		csum_fold(ip + csum_change(csum_fold(f->ports[SIDE_CLIENT]),
					   csum_fold(f->ports[SIDE_SERVER])));
}

/* A delta is for client -> server; the way back is its ones' complement. */
static inline uint16_t delta_for(uint16_t delta, unsigned side)
{
	return side == SIDE_CLIENT ? delta : ~delta;
}

static void adjust_l4(uint8_t *l4, uint8_t protocol, bool may_be_zero,
		      uint16_t delta)
{
	uint8_t *at = l4 + (protocol == IPPROTO_TCP ? 16 : 6);
	uint16_t check;

	memcpy(&check, at, 2);
	if (protocol == IPPROTO_UDP) {
		/* RFC 768: 0 says that the sender computed none. */
		if (check == 0 && may_be_zero)
			return;
		check = csum_adjust(check, delta);
		if (check == 0)
			check = 0xffff;
	} else {
		check = csum_adjust(check, delta);
	}
	memcpy(at, &check, 2);
}

static void rewrite4(uint8_t *l3, const struct flow *f, unsigned side)
{
	uint64_t addrs = f->addrs.v4[!side];
	uint16_t check;

	addrs = addrs << 32 | addrs >> 32;
	memcpy(l3 + 12, &addrs, 8);
	memcpy(&check, l3 + 10, 2);
	check = csum_adjust(check, delta_for(f->ip_delta, side) + TTL_DELTA);
	memcpy(l3 + 10, &check, 2);
	l3[8]--;
}

static void rewrite6(uint8_t *l3, const struct flow *f, unsigned side)
{
	const uint64_t *addrs = f->addrs.v6[!side];

	memcpy(l3 + 8, addrs + 2, 16);
	memcpy(l3 + 24, addrs, 16);
	l3[7]--;
}

void nat_rewrite(struct pkt *p, const struct flow *f)
{
	uint8_t *l3 = p->frame + p->l3, *l4 = p->frame + p->l4;
	uint32_t ports = f->ports[!p->side];

	if (p->family == 4)
		rewrite4(l3, f, p->side);
	else
		rewrite6(l3, f, p->side);
	ports = ports << 16 | ports >> 16;
	memcpy(l4, &ports, 4);
	adjust_l4(l4, p->protocol, p->family == 4,
		  delta_for(f->l4_delta, p->side));
}

void nat_link(struct pkt *p, uint64_t mac, const uint8_t source[6],
	      uint16_t vlan)
{
	unsigned header = vlan ? ETHER_HDR_LEN + 4 : ETHER_HDR_LEN;
	int shift = (int)p->l3 - (int)header;
	uint16_t type = htobe16(p->family == 4 ? ETHERTYPE_IP : ETHERTYPE_IPV6);
	uint16_t tag[2] = { htobe16(ETHERTYPE_VLAN), htobe16(vlan) };
	uint8_t *at;

	p->frame += shift;
	p->len -= shift;
	p->l3 -= shift;
	p->l4 -= shift;
	p->vlan = vlan;
	at = p->frame;
	mac = htole64(mac);
	memcpy(at, &mac, 6);
	memcpy(at + 6, source, 6);
	if (vlan)
		memcpy(at + 12, tag, 4);
	memcpy(at + header - 2, &type, 2);
}

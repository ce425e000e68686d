/* SPDX-License-Identifier: BSD-3-Clause */
/* nd.c - IPv6 neighbours: RFC 4861 */
#include "nd.h"

#include <net/ethernet.h>
#include <netinet/icmp6.h>
#include <netinet/ip6.h>

#include "csum.h"
#include "engine.h"
#include "ether.h"
#include "loop.h"

#define HOP_LIMIT    255 /* proof that it comes from the link: RFC 4861 7.1 */
#define OPTION_BYTES 8
#define ND_BYTES     24 /* header, flags, target */

static const uint8_t all_nodes[16] = { 0xff, 2, [15] = 1 };

bool nd_is(const struct buf *b)
{
	uint8_t type = b->pkt.frame[b->pkt.l4];

	return type == ND_NEIGHBOR_SOLICIT || type == ND_NEIGHBOR_ADVERT;
}

/* Multicast MAC of an IPv6 group: RFC 2464 7. */
static void group_mac(uint8_t mac[ETHER_MAC], const uint8_t group[16])
{
	mac[0] = mac[1] = 0x33;
	memcpy(mac + 2, group + 12, 4);
}

/* Send a message about `target` from `us`, with where we are reached as its one option. */
static void send_nd(struct engine *e, const struct snap_address *us,
		    const uint8_t *to_mac, const uint8_t *to, uint8_t type,
		    uint8_t flags, const uint8_t *target)
{
	const struct port *port = &e->ports[us->side];
	struct buf *b = buf_alloc(e->pool);
	uint8_t *ip, *icmp;
	uint16_t sum;

	if (!b)
		return;
	ip = ether_start(b, to_mac, port->mac, us->vlan, ETHERTYPE_IPV6);
	icmp = ip + sizeof(struct ip6_hdr);
	memset(ip, 0, sizeof(struct ip6_hdr) + ND_BYTES + OPTION_BYTES);
	ip[0] = 0x60;
	put16(ip + 4, ND_BYTES + OPTION_BYTES);
	ip[6] = IPPROTO_ICMPV6;
	ip[7] = HOP_LIMIT;
	memcpy(ip + 8, us->address.bytes, 16);
	memcpy(ip + 24, to, 16);
	icmp[0] = type;
	icmp[4] = flags;
	memcpy(icmp + 8, target, 16);
	icmp[ND_BYTES] = type == ND_NEIGHBOR_SOLICIT ? ND_OPT_SOURCE_LINKADDR :
						       ND_OPT_TARGET_LINKADDR;
	icmp[ND_BYTES + 1] = 1;
	memcpy(icmp + ND_BYTES + 2, port->reached, ETHER_MAC);
	sum = ~csum_fold(csum_pseudo(ip + 8, 32, IPPROTO_ICMPV6,
				     ND_BYTES + OPTION_BYTES) +
			 csum_sum(icmp, ND_BYTES + OPTION_BYTES));
	memcpy(icmp + 2, &sum, 2);
	ether_finish(b, icmp + ND_BYTES + OPTION_BYTES);
	loop_send(e, us->side, b);
}

/* The link-layer address option of this type, or NULL; the message is `bytes`
 * long. *valid is false when the options are malformed (RFC 4861 6.1). */
static const uint8_t *find_mac(const uint8_t *icmp, unsigned bytes,
			       uint8_t type, bool *valid)
{
	const uint8_t *found = NULL;
	unsigned at = ND_BYTES;

	*valid = true;
	while (at < bytes) {
		unsigned length = at + 1 < bytes ? icmp[at + 1] * 8 : 0;

		if (!length || at + length > bytes) {
			*valid = false;
			return NULL;
		}
		if (icmp[at] == type && length == OPTION_BYTES &&
		    !(icmp[at + 2] & 1))
			found = icmp + at + 2;
		at += length;
	}
	return found;
}

static void solicited(struct engine *e, const struct buf *b,
		      const struct address *source, const uint8_t *mac,
		      const struct address *target)
{
	static const uint8_t all_nodes_mac[ETHER_MAC] = {
		0x33, 0x33, 0, 0, 0, 1
	};
	static const struct address unspecified = { .family = 6 };
	const struct snap_address *us =
		neighbour_mine(e, target, b->pkt.side, b->pkt.vlan);
	bool probe = address_equal(source, &unspecified);

	if (mac && !probe)
		neighbour_heard(e, b->pkt.side, b->pkt.vlan, source, mac,
				us != NULL);
	if (!us)
		return;
	/* Duplicate address detection has no address to answer to. */
	if (probe)
		send_nd(e, us, all_nodes_mac, all_nodes, ND_NEIGHBOR_ADVERT,
			0x20, target->bytes);
	else
		send_nd(e, us, mac ? mac : b->pkt.frame + ETHER_MAC,
			source->bytes, ND_NEIGHBOR_ADVERT, 0x60, target->bytes);
}

void nd_receive(struct engine *e, const struct buf *b)
{
	const uint8_t *ip = b->pkt.frame + b->pkt.l3;
	const uint8_t *icmp = b->pkt.frame + b->pkt.l4, *mac;
	struct address source = { .family = 6 }, target = { .family = 6 };
	unsigned bytes = b->pkt.len - b->pkt.l4;
	bool solicit = icmp[0] == ND_NEIGHBOR_SOLICIT, valid;

	if (bytes < ND_BYTES || icmp[1] != 0 || ip[7] != HOP_LIMIT ||
	    !csum_ok(csum_pseudo(ip + 8, 32, IPPROTO_ICMPV6, bytes), icmp,
		     bytes))
		return;
	memcpy(source.bytes, ip + 8, 16);
	memcpy(target.bytes, icmp + 8, 16);
	mac = find_mac(icmp, bytes,
		       solicit ? ND_OPT_SOURCE_LINKADDR :
				 ND_OPT_TARGET_LINKADDR,
		       &valid);
	if (!valid)
		return;
	if (solicit)
		solicited(e, b, &source, mac, &target);
	else if (mac)
		neighbour_heard(e, b->pkt.side, b->pkt.vlan, &target, mac,
				false);
}

void nd_ask(struct engine *e, const struct snap_address *us,
	    const struct address *target)
{
	uint8_t group[16] = { 0xff, 2, [11] = 1, [12] = 0xff };
	uint8_t mac[ETHER_MAC];

	memcpy(group + 13, target->bytes + 13, 3);
	group_mac(mac, group);
	send_nd(e, us, mac, group, ND_NEIGHBOR_SOLICIT, 0, target->bytes);
}

void nd_announce(struct engine *e, const struct snap_address *us)
{
	uint8_t mac[ETHER_MAC];

	group_mac(mac, all_nodes);
	send_nd(e, us, mac, all_nodes, ND_NEIGHBOR_ADVERT, 0x20,
		us->address.bytes);
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* packet.c - parse one frame: lengths, checks, hash */
#include <endian.h>
#include <net/ethernet.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>

#include "config.h"
#include "csum.h"
#include "fragment.h"
#include "icmp.h"
#include "packet.h"
#include "tcp.h"
#include "toeplitz.h"

#define ETHER_HEADER 14
#define VLAN_TAG     4
#define ARP_BYTES    28 /* RFC 826 over Ethernet and IPv4 */
#define IP4_FRAGMENT 0x3fff /* more fragments, or an offset */
#define IP6_FRAGMENT 0xfff9 /* likewise, in the fragment header */

static uint16_t read16(const uint8_t *at)
{
	return at[0] << 8 | at[1];
}

static void drop(struct pkt *p, enum vfl_drop reason)
{
	p->verdict = VERDICT_DROP;
	p->reason = reason;
}

/* Loopback, multicast, broadcast or no address at all never starts a packet. */
static bool source4_valid(const uint8_t *a)
{
	return a[0] != 0 && a[0] != 127 && a[0] < 224;
}

static bool source6_valid(const uint8_t *a)
{
	uint64_t high, low;

	memcpy(&high, a, 8);
	memcpy(&low, a + 8, 8);
	return a[0] != 0xff && (high || (low && low != htobe64(1)));
}

/* The family is a constant where this is inlined, here and below. */
static inline void finish(struct pkt *p, const struct toeplitz *hash,
			  unsigned family)
{
	const uint8_t *l3 = p->frame + p->l3, *l4 = p->frame + p->l4;

	if (!(p->flags & PKT_HASHED))
		p->hash = family == 4 ? toeplitz_v4(hash, l3 + 12, l4) :
					toeplitz_v6(hash, l3 + 8, l4);
	p->slice = p->hash & 255;
	p->verdict = VERDICT_NONE;
}

/* TCP, UDP or ICMP of `bytes` bytes at p->l4. */
static inline void parse_l4(struct pkt *p, const struct toeplitz *hash,
			    unsigned bytes, unsigned family)
{
	const uint8_t *l4 = p->frame + p->l4;

	if (p->protocol == IPPROTO_TCP) {
		unsigned header;

		if (bytes < sizeof(struct tcphdr))
			return drop(p, DROP_tcp_header);
		header = (l4[12] >> 4) * 4;
		if (header < sizeof(struct tcphdr) || header > bytes)
			return drop(p, DROP_tcp_header);
		p->tcp_flags = l4[13];
		if (!tcp_flags_valid(p->tcp_flags))
			return drop(p, DROP_tcp_flags);
		return finish(p, hash, family);
	}
	p->tcp_flags = 0;
	if (p->protocol == IPPROTO_UDP) {
		if (bytes < sizeof(struct udphdr) ||
		    read16(l4 + 4) < sizeof(struct udphdr) ||
		    read16(l4 + 4) > bytes)
			return drop(p, DROP_udp_header);
		return finish(p, hash, family);
	}
	if (p->protocol == (family == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6))
		return icmp_parse(p, hash, bytes);
	drop(p, DROP_ip_protocol);
}

static void parse_ip4(struct pkt *p, const struct toeplitz *hash)
{
	const uint8_t *l3 = p->frame + p->l3;
	unsigned room = p->len - p->l3, header, total;

	if (room < sizeof(struct ip))
		return drop(p, DROP_short_frame);
	header = (l3[0] & 15) * 4;
	total = read16(l3 + 2);
	if (l3[0] >> 4 != 4 || header < sizeof(struct ip) || total < header ||
	    total > room)
		return drop(p, DROP_ip4_header);
	if (!(p->flags & PKT_IP_CKSUM_OK) && !csum_ip4_ok(l3, header))
		return drop(p, DROP_ip4_checksum);
	if (!source4_valid(l3 + 12))
		return drop(p, DROP_ip_source);
	p->family = 4;
	p->protocol = l3[9];
	p->len = p->l3 + total;
	p->l4 = p->l3 + header;
	if (read16(l3 + 6) & IP4_FRAGMENT)
		return fragment_parse(p, hash, total - header);
	parse_l4(p, hash, total - header, 4);
}

static bool ip6_extension(uint8_t next)
{
	return next == IPPROTO_HOPOPTS || next == IPPROTO_ROUTING ||
	       next == IPPROTO_DSTOPTS || next == IPPROTO_AH ||
	       next == IPPROTO_ESP || next == IPPROTO_MH;
}

/* The unspecified address may only speak for duplicate address detection
 * (RFC 4862 5.4.2), which is ICMPv6. */
static bool ip6_source_valid(const uint8_t *l3)
{
	static const uint8_t unspecified[16];

	return source6_valid(l3 + 8) ||
	       (l3[6] == IPPROTO_ICMPV6 && !memcmp(l3 + 8, unspecified, 16));
}

/* What is behind the IPv6 header is a fragment header and `bytes` more. */
static void parse_fragment6(struct pkt *p, const struct toeplitz *hash,
			    unsigned bytes)
{
	const uint8_t *header = p->frame + p->l4;

	if (bytes < sizeof(struct ip6_frag))
		return drop(p, DROP_ip6_header);
	p->protocol = header[0];
	p->l4 += sizeof(struct ip6_frag);
	bytes -= sizeof(struct ip6_frag);
	/* RFC 6946: the first and the last one is no fragment at all. */
	if (read16(header + 2) & IP6_FRAGMENT)
		return fragment_parse(p, hash, bytes);
	parse_l4(p, hash, bytes, 6);
}

static void parse_ip6(struct pkt *p, const struct toeplitz *hash)
{
	const uint8_t *l3 = p->frame + p->l3;
	unsigned room = p->len - p->l3, payload;

	if (room < sizeof(struct ip6_hdr))
		return drop(p, DROP_short_frame);
	payload = read16(l3 + 4);
	if (l3[0] >> 4 != 6 || payload > room - sizeof(struct ip6_hdr))
		return drop(p, DROP_ip6_header);
	if (ip6_extension(l3[6]))
		return drop(p, DROP_ip6_extension);
	if (!ip6_source_valid(l3))
		return drop(p, DROP_ip_source);
	p->family = 6;
	p->protocol = l3[6];
	p->len = p->l3 + sizeof(struct ip6_hdr) + payload;
	p->l4 = p->l3 + sizeof(struct ip6_hdr);
	if (p->protocol == IPPROTO_FRAGMENT)
		return parse_fragment6(p, hash, payload);
	parse_l4(p, hash, payload, 6);
}

/* ARP is for the engine; here only that it is all there. */
static void parse_arp(struct pkt *p)
{
	if (p->len < p->l3 + ARP_BYTES)
		return drop(p, DROP_short_frame);
	p->family = 0;
	p->protocol = 0;
	p->tcp_flags = 0;
	p->slice = 0;
	p->verdict = VERDICT_PUNT;
}

void pkt_parse(struct pkt *p, const struct toeplitz *hash)
{
	uint16_t type;

	if (p->len < ETHER_HEADER)
		return drop(p, DROP_short_frame);
	type = read16(p->frame + 12);
	p->l3 = ETHER_HEADER;
	/* One tag: either the NIC took it off or it is still in the frame. */
	if (type == ETHERTYPE_VLAN && p->vlan == 0) {
		if (p->len < ETHER_HEADER + VLAN_TAG)
			return drop(p, DROP_short_frame);
		p->vlan = read16(p->frame + 14) & 0xfff;
		/* Reserved (IEEE 802.1Q), and a name of ours for what has no tag. */
		if (p->vlan == CONFIG_LINK_VLAN)
			return drop(p, DROP_vlan_unknown);
		type = read16(p->frame + 16);
		p->l3 = ETHER_HEADER + VLAN_TAG;
	}
	if (type == ETHERTYPE_IP)
		return parse_ip4(p, hash);
	if (type == ETHERTYPE_IPV6)
		return parse_ip6(p, hash);
	if (type == ETHERTYPE_ARP)
		return parse_arp(p);
	drop(p, DROP_ethertype);
}

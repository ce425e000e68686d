/* SPDX-License-Identifier: BSD-3-Clause */
/* icmp.c - ICMP and ICMPv6: what is ours, and errors about flows */
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>

#include "csum.h"
#include "icmp.h"
#include "toeplitz.h"

#define ICMP_HEADER 8
#define QUOTED_L4 \
	8 /* bytes of the quoted transport header that must be there */
#define IP4_OFFSET 0x1fff
#define IP6_OFFSET 0xfff8
#define TTL	   64
/* Longest errors: what every host can take. */
#define ERROR4_BYTES 576
#define ERROR6_BYTES 1280

static void drop(struct pkt *p, enum vfl_drop reason)
{
	p->verdict = VERDICT_DROP;
	p->reason = reason;
}

static bool is_error(uint8_t family, uint8_t type)
{
	if (family == 4)
		return type == ICMP_DEST_UNREACH ||
		       type == ICMP_TIME_EXCEEDED || type == ICMP_PARAMETERPROB;
	return type >= ICMP6_DST_UNREACH && type <= ICMP6_PARAM_PROB;
}

/* Echo requests and neighbour discovery: the engine answers them itself. */
static bool is_for_engine(uint8_t family, uint8_t type)
{
	if (family == 4)
		return type == ICMP_ECHO;
	return type == ICMP6_ECHO_REQUEST ||
	       (type >= ND_ROUTER_SOLICIT && type <= ND_REDIRECT);
}

/* The IP packet an error quotes. */
struct quote {
	uint8_t *ip, *addrs, *l4;
	uint8_t protocol;
};

/* False when the quote is no TCP or UDP packet with its ports. */
static bool quote_find(const struct pkt *p, struct quote *q)
{
	uint8_t *ip = p->frame + p->l4 + ICMP_HEADER;
	unsigned room = p->len - p->l4 - ICMP_HEADER, header;

	q->ip = ip;
	if (p->family == 4) {
		if (room < sizeof(struct ip))
			return false;
		header = (ip[0] & 15) * 4;
		if (ip[0] >> 4 != 4 || header < sizeof(struct ip) ||
		    ((ip[6] << 8 | ip[7]) & IP4_OFFSET))
			return false;
		q->protocol = ip[9];
		q->addrs = ip + 12;
	} else {
		header = sizeof(struct ip6_hdr);
		if (room < header || ip[0] >> 4 != 6)
			return false;
		q->protocol = ip[6];
		q->addrs = ip + 8;
		/* The first fragment has the ports. */
		if (q->protocol == IPPROTO_FRAGMENT) {
			const uint8_t *fragment = ip + header;

			header += sizeof(struct ip6_frag);
			if (room < header ||
			    ((fragment[2] << 8 | fragment[3]) & IP6_OFFSET))
				return false;
			q->protocol = fragment[0];
		}
	}
	q->l4 = ip + header;
	return room >= header + QUOTED_L4 &&
	       (q->protocol == IPPROTO_TCP || q->protocol == IPPROTO_UDP);
}

/* Source and destination, each of half of `bytes`, the other way round. */
static void swap_copy(void *to, const void *from, unsigned bytes)
{
	memcpy(to, (const uint8_t *)from + bytes / 2, bytes / 2);
	memcpy((uint8_t *)to + bytes / 2, from, bytes / 2);
}

static unsigned addrs_bytes(const struct pkt *p)
{
	return p->family == 4 ? 8 : 32;
}

/* We sent the quoted packet, so its flow's key on this side is the reverse. */
static void quote_key(const struct pkt *p, const struct quote *q,
		      struct flow_key *k)
{
	swap_copy(k->addrs, q->addrs, addrs_bytes(p));
	swap_copy(&k->ports, q->l4, 4);
	k->family = p->family;
	k->protocol = q->protocol;
	k->side = p->side;
	k->vlan = p->vlan;
	k->hash = p->hash;
	k->slice = p->slice;
}

/* Addresses of the packet itself as they lie in its header. */
static uint8_t *outer_addrs(const struct pkt *p)
{
	return p->frame + p->l3 + (p->family == 4 ? 12 : 8);
}

static uint64_t pseudo_of(const struct pkt *p, unsigned bytes)
{
	return p->family == 4 ?
		       0 :
		       csum_pseudo(outer_addrs(p), 32, IPPROTO_ICMPV6, bytes);
}

static void parse_error(struct pkt *p, const struct toeplitz *hash)
{
	struct flow_key k;
	struct quote q;

	if (!quote_find(p, &q))
		return drop(p, DROP_icmp_header);
	quote_key(p, &q, &k);
	/* A NIC hashes ICMP without ports: that is not the flow's hash. */
	p->hash = p->family == 4 ? toeplitz_v4(hash, k.addrs, &k.ports) :
				   toeplitz_v6(hash, k.addrs, &k.ports);
	p->slice = p->hash & 255;
	p->flags |= PKT_ICMP_ERROR;
	p->verdict = VERDICT_NONE;
}

void icmp_parse(struct pkt *p, const struct toeplitz *hash, unsigned bytes)
{
	const uint8_t *icmp = p->frame + p->l4;

	p->slice = 0;
	if (bytes < ICMP_HEADER)
		return drop(p, DROP_icmp_header);
	if (!(p->flags & PKT_L4_CKSUM_OK) &&
	    !csum_ok(pseudo_of(p, bytes), icmp, bytes))
		return drop(p, DROP_l4_checksum);
	if (is_error(p->family, icmp[0]))
		return parse_error(p, hash);
	if (!is_for_engine(p->family, icmp[0]))
		return drop(p, DROP_icmp_header);
	p->verdict = VERDICT_PUNT;
}

bool icmp_key(const struct pkt *p, struct flow_key *key)
{
	struct quote q;

	if (!quote_find(p, &q))
		return false;
	quote_key(p, &q, key);
	return true;
}

bool icmp_too_big(const struct pkt *p, struct icmp_too_big *said)
{
	const uint8_t *icmp = p->frame + p->l4, *quoted = icmp + ICMP_HEADER;

	if (p->family == 4) {
		if (icmp[0] != ICMP_DEST_UNREACH || icmp[1] != ICMP_FRAG_NEEDED)
			return false;
		said->mtu = icmp[6] << 8 | icmp[7];
		said->quoted_bytes = quoted[2] << 8 | quoted[3];
		return true;
	}
	if (icmp[0] != ICMP6_PACKET_TOO_BIG)
		return false;
	said->mtu = (uint32_t)icmp[4] << 24 | icmp[5] << 16 | icmp[6] << 8 |
		    icmp[7];
	said->quoted_bytes =
		sizeof(struct ip6_hdr) + (quoted[4] << 8 | quoted[5]);
	return true;
}

/* The quoted packet's own checksum: UDP's lies within the 8 bytes that are
 * always there, TCP's only in a longer quote. */
static void quote_adjust(const struct pkt *p, const struct quote *q,
			 uint32_t delta)
{
	uint8_t *at = q->l4 + (q->protocol == IPPROTO_TCP ? 16 : 6);
	uint16_t check;

	if (at + 2 > p->frame + p->len)
		return;
	memcpy(&check, at, 2);
	if (q->protocol == IPPROTO_UDP && check == 0)
		return;
	check = csum_adjust(check, delta);
	memcpy(at, &check, 2);
}

/*
 * The quote is what left towards this side; make it what came in on the other.
 * Its sums change by the opposite of what the flow's packets of the other side
 * change by.
 */
static void quote_rewrite(const struct pkt *p, const struct quote *q,
			  const struct flow *f, const struct splice *s)
{
	unsigned out = !p->side;
	uint16_t flip = out == SIDE_CLIENT ? 0xffff : 0, check;
	uint32_t delta = f->l4_delta ^ flip;

	if (s)
		delta += splice_quote(s, q->l4, p->side);

	memcpy(q->addrs, (const uint8_t *)&f->addrs + out * addrs_bytes(p),
	       addrs_bytes(p));
	memcpy(q->l4, &f->ports[out], 4);
	if (p->family == 4) {
		memcpy(&check, q->ip + 10, 2);
		check = csum_adjust(check, f->ip_delta ^ flip);
		memcpy(q->ip + 10, &check, 2);
	}
	quote_adjust(p, q, delta);
}

static void store_check(uint8_t *at, uint64_t pseudo, const uint8_t *data,
			unsigned bytes)
{
	uint16_t check;

	memset(at, 0, 2);
	check = ~csum_fold(pseudo + csum_sum(data, bytes));
	memcpy(at, &check, 2);
}

void icmp_rewrite(struct pkt *p, const struct flow *f, const struct splice *s)
{
	uint8_t *l3 = p->frame + p->l3, *icmp = p->frame + p->l4;
	unsigned bytes = p->len - p->l4;
	struct quote q;

	if (!quote_find(p, &q))
		return;
	quote_rewrite(p, &q, f, s);
	swap_copy(outer_addrs(p),
		  (const uint8_t *)&f->addrs + !p->side * addrs_bytes(p),
		  addrs_bytes(p));
	l3[p->family == 4 ? 8 : 7]--;
	if (p->family == 4)
		store_check(l3 + 10, 0, l3, p->l4 - p->l3);
	store_check(icmp + 2, pseudo_of(p, bytes), icmp, bytes);
}

/* Quote `bytes` of the packet behind room for `headers` bytes; returns the length
 * of the error. */
static unsigned quote_move(struct pkt *p, unsigned headers, unsigned limit)
{
	unsigned room = p->len - p->l3;

	if (room > limit)
		room = limit;
	memmove(p->frame + p->l3 + headers, p->frame + p->l3, room - headers);
	p->len = p->l3 + room;
	return room;
}

static void make_too_big4(struct pkt *p, uint16_t mtu)
{
	uint8_t *ip = p->frame + p->l3, *icmp = ip + sizeof(struct ip);
	unsigned bytes =
		quote_move(p, sizeof(struct ip) + ICMP_HEADER, ERROR4_BYTES);
	uint8_t head[] = { 0x45,       IPTOS_PREC_INTERNETCONTROL,
			   bytes >> 8, bytes,
			   0,	       0,
			   0,	       0,
			   TTL,	       IPPROTO_ICMP };

	swap_copy(ip + 12, icmp + ICMP_HEADER + 12, 8);
	memcpy(ip, head, sizeof(head));
	store_check(ip + 10, 0, ip, sizeof(struct ip));
	memcpy(icmp,
	       (uint8_t[]){ ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, 0, 0, 0, 0,
			    mtu >> 8, mtu },
	       ICMP_HEADER);
}

static void make_too_big6(struct pkt *p, uint16_t mtu)
{
	uint8_t *ip = p->frame + p->l3, *icmp = ip + sizeof(struct ip6_hdr);
	unsigned bytes = quote_move(p, sizeof(struct ip6_hdr) + ICMP_HEADER,
				    ERROR6_BYTES) -
			 sizeof(struct ip6_hdr);
	uint8_t head[] = {
		0x60, 0, 0, 0, bytes >> 8, bytes, IPPROTO_ICMPV6, TTL
	};

	swap_copy(ip + 8, icmp + ICMP_HEADER + 8, 32);
	memcpy(ip, head, sizeof(head));
	memcpy(icmp,
	       (uint8_t[]){ ICMP6_PACKET_TOO_BIG, 0, 0, 0, 0, 0, mtu >> 8,
			    mtu },
	       ICMP_HEADER);
}

void icmp_make_too_big(struct pkt *p, uint16_t mtu)
{
	unsigned bytes;

	if (p->family == 4)
		make_too_big4(p, mtu);
	else
		make_too_big6(p, mtu);
	p->l4 = p->l3 +
		(p->family == 4 ? sizeof(struct ip) : sizeof(struct ip6_hdr));
	bytes = p->len - p->l4;
	store_check(p->frame + p->l4 + 2, pseudo_of(p, bytes), p->frame + p->l4,
		    bytes);
}

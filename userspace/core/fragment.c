/* SPDX-License-Identifier: BSD-3-Clause */
/* fragment.c - fragments of IP packets: to which flow they belong */
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>

#include "fragment.h"
#include "tally.h"
#include "tcp.h"

#define WAYS	    8 /* places a datagram may take */
#define IP4_MORE    0x2000
#define IP4_OFFSET  0x1fff
#define IP6_MORE    0x0001
#define IP6_OFFSET  0xfff8
#define PACKET_MAX  65535
#define IP4_FIELD   6 /* flags and offset, in the header */
#define IP4_ID	    4
#define IP6_FIELD   2 /* likewise, in the fragment header */
#define IP6_ID	    4
#define PORTS_BYTES 4

static void drop(struct pkt *p, enum vfl_drop reason)
{
	p->verdict = VERDICT_DROP;
	p->reason = reason;
}

static uint16_t read16(const uint8_t *at)
{
	return at[0] << 8 | at[1];
}

/* What a fragment says of itself. */
struct piece {
	uint32_t id, from, to; /* bytes of the datagram's payload */
	bool more;
};

static struct piece read_piece(const struct pkt *p, unsigned bytes)
{
	const uint8_t *l3 = p->frame + p->l3;
	const uint8_t *extension = p->frame + p->l4 - sizeof(struct ip6_frag);
	struct piece f = { 0 };
	uint16_t word;

	if (p->family == 4) {
		word = read16(l3 + IP4_FIELD);
		f.from = (word & IP4_OFFSET) * 8;
		f.more = word & IP4_MORE;
		memcpy(&f.id, l3 + IP4_ID, 2);
	} else {
		word = read16(extension + IP6_FIELD);
		f.from = word & IP6_OFFSET;
		f.more = word & IP6_MORE;
		memcpy(&f.id, extension + IP6_ID, 4);
	}
	f.to = f.from + bytes;
	return f;
}

/* DROP_COUNT: ports and lengths are there, and it opens no TCP connection: an
 * option put into a SYN would move what the next fragments contain. */
static enum vfl_drop first_fault(struct pkt *p, unsigned bytes)
{
	const uint8_t *l4 = p->frame + p->l4;
	unsigned header;

	if (p->protocol == IPPROTO_UDP)
		return bytes < sizeof(struct udphdr) ||
				       read16(l4 + 4) <= bytes ?
			       DROP_udp_header :
			       DROP_COUNT;
	if (bytes < sizeof(struct tcphdr))
		return DROP_tcp_header;
	header = (l4[12] >> 4) * 4;
	if (header < sizeof(struct tcphdr) || header > bytes)
		return DROP_tcp_header;
	p->tcp_flags = l4[13];
	if (!tcp_flags_valid(p->tcp_flags))
		return DROP_tcp_flags;
	return p->tcp_flags & TCP_SYN ? DROP_ip_fragment : DROP_COUNT;
}

static enum vfl_drop fault(struct pkt *p, const struct piece *f, unsigned bytes)
{
	unsigned header = p->family == 4 ? p->l4 - p->l3 : 0;

	if ((p->protocol != IPPROTO_TCP && p->protocol != IPPROTO_UDP) ||
	    !bytes || (f->more && bytes % 8) || f->to + header > PACKET_MAX)
		return DROP_ip_fragment;
	return f->from ? DROP_COUNT : first_fault(p, bytes);
}

static const void *addresses(const struct pkt *p)
{
	return p->frame + p->l3 + (p->family == 4 ? 12 : 8);
}

static uint32_t flow_hash(const struct toeplitz *hash, const struct pkt *p,
			  const void *ports)
{
	return p->family == 4 ? toeplitz_v4(hash, addresses(p), ports) :
				toeplitz_v6(hash, addresses(p), ports);
}

void fragment_parse(struct pkt *p, const struct toeplitz *hash, unsigned bytes)
{
	struct piece f = read_piece(p, bytes);
	enum vfl_drop reason;

	p->tcp_flags = 0;
	reason = fault(p, &f, bytes);
	if (reason != DROP_COUNT)
		return drop(p, reason);
	p->flags |= PKT_FRAGMENT | (f.from ? PKT_LATER : 0);
	/* A NIC hashes fragments as it likes. */
	if (!(p->flags & PKT_TRACKED))
		p->hash = flow_hash(hash, p, &f.id);
	p->slice = p->hash & 255;
	p->verdict = VERDICT_NONE;
}

static struct fab_datagram make_key(const struct pkt *p, const struct piece *f)
{
	struct fab_datagram k = { .id = f->id };

	memcpy(k.addresses, addresses(p), p->family == 4 ? 8 : 32);
	k.what = (uint32_t)p->vlan << 16 | p->protocol << 8 | p->family << 1 |
		 p->side;
	return k;
}

static bool is_old(const struct lb *lb, const struct fab_datagram *d,
		   uint8_t family)
{
	int32_t age_ms = lb->now_ms - d->since_ms;

	return !d->what ||
	       age_ms >= (int32_t)(family == 4 ? FRAGMENT_MS4 : FRAGMENT_MS6);
}

static bool is_same(const struct fab_datagram *d, const struct fab_datagram *k)
{
	return d->what == k->what && d->id == k->id &&
	       !memcmp(d->addresses, k->addresses, sizeof(k->addresses));
}

/* The datagram of a key or NULL; *place is where a new one goes. */
static struct fab_datagram *find(const struct lb *lb, const struct pkt *p,
				 const struct fab_datagram *k,
				 struct fab_datagram **place)
{
	struct fab_datagram *d = lb->datagrams + p->slice * FAB_DATAGRAMS;
	int32_t age_ms, oldest_ms = INT32_MIN;

	d += p->hash / FAB_SLICES % (FAB_DATAGRAMS / WAYS) * WAYS;
	*place = d;
	for (unsigned i = 0; i < WAYS; i++, d++) {
		if (is_old(lb, d, p->family)) {
			*place = d;
			oldest_ms = INT32_MAX;
			continue;
		}
		if (is_same(d, k))
			return d;
		age_ms = lb->now_ms - d->since_ms;
		if (age_ms > oldest_ms) {
			*place = d;
			oldest_ms = age_ms;
		}
	}
	return NULL;
}

/* Span number `at` of the datagram grows; what it touches then becomes one. */
static void join(struct fab_datagram *d, unsigned at)
{
	struct fab_span *s = &d->spans[at];

	if (at + 1 == d->n_spans || s[1].from != s->to)
		return;
	s->to = s[1].to;
	d->n_spans--;
	memmove(s + 1, s + 2, (d->n_spans - at - 1) * sizeof(*s));
}

/*
 * Add the bytes of a fragment. False when some are there already, when it does
 * not agree with the end, or when the gaps are too many to keep.
 */
static bool add_span(struct fab_datagram *d, const struct piece *f)
{
	struct fab_span *s = d->spans;
	unsigned at = 0;

	while (at < d->n_spans && s[at].from < f->from)
		at++;
	if ((at && s[at - 1].to > f->from) ||
	    (at < d->n_spans && s[at].from < f->to) ||
	    (d->end && (f->to > d->end || !f->more)) ||
	    (!f->more && d->n_spans && s[d->n_spans - 1].to > f->to))
		return false;
	if (!f->more)
		d->end = f->to;
	if (at && s[at - 1].to == f->from) {
		s[at - 1].to = f->to;
		join(d, at - 1);
		return true;
	}
	if (d->n_spans == FAB_DATAGRAM_SPANS)
		return false;
	memmove(s + at + 1, s + at, (d->n_spans - at) * sizeof(*s));
	s[at] = (struct fab_span){ f->from, f->to };
	d->n_spans++;
	join(d, at);
	return true;
}

/* It came before: a copy that the network made, not an attack. */
static bool is_copy(const struct fab_datagram *d, const struct piece *f)
{
	for (unsigned i = 0; i < d->n_spans; i++)
		if (d->spans[i].from <= f->from && f->to <= d->spans[i].to)
			return true;
	return false;
}

static bool is_whole(const struct fab_datagram *d)
{
	return d->end && d->n_spans == 1 && d->spans[0].from == 0 &&
	       d->spans[0].to == d->end;
}

/* The first fragment: what it says is all there is to know of the others. */
static struct fab_datagram *start(struct lb *lb, const struct pkt *p,
				  const struct fab_datagram *k,
				  struct fab_datagram *place)
{
	if (!is_old(lb, place, p->family) && !is_same(place, k))
		tally_add(&lb->counters[CNT_fragments_evicted], 1);
	*place = *k;
	memcpy(&place->ports, p->frame + p->l4, PORTS_BYTES);
	place->hash = flow_hash(lb->hash, p, &place->ports);
	place->since_ms = lb->now_ms;
	return place;
}

void fragment_track(struct lb *lb, struct pkt *p)
{
	struct piece f = read_piece(p, p->len - p->l4);
	struct fab_datagram k = make_key(p, &f), *place, *d;

	d = find(lb, p, &k, &place);
	if (d && !f.from && lb->now_ms - d->since_ms >= FRAGMENT_AGAIN_MS)
		d = start(lb, p, &k, d);
	else if (!d && !f.from)
		d = start(lb, p, &k, place);
	if (!d) {
		p->verdict = VERDICT_WAIT;
		return;
	}
	/* RFC 5722: then nothing of the datagram may be put together. */
	if (d->refused || !add_span(d, &f)) {
		d->refused |= !is_copy(d, &f);
		return drop(p, DROP_fragment_overlap);
	}
	p->hash = d->hash;
	p->ports = d->ports;
	p->flags |= PKT_TRACKED;
	p->verdict = VERDICT_STEER;
	if (is_whole(d))
		d->what = 0;
}

void fragment_forget(struct fab_datagram *datagrams, uint8_t slice)
{
	memset(datagrams + slice * FAB_DATAGRAMS, 0,
	       FAB_DATAGRAMS * sizeof(*datagrams));
}

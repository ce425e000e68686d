/* SPDX-License-Identifier: BSD-3-Clause */
/* frame.c - make frames for tests, and check what became of them */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "frame.h"

static void put16(uint8_t *at, uint16_t v)
{
	at[0] = v >> 8;
	at[1] = v;
}

static uint16_t get16(const uint8_t *at)
{
	return at[0] << 8 | at[1];
}

/* RFC 1071 as plainly as it can be written. */
static uint32_t sum16(const uint8_t *at, unsigned bytes, uint32_t sum)
{
	for (unsigned i = 0; i < bytes; i++)
		sum += i & 1 ? at[i] : at[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static uint16_t l4_sum(const struct pkt *p)
{
	const uint8_t *l3 = p->frame + p->l3, *l4 = p->frame + p->l4;
	unsigned bytes = p->len - p->l4;
	uint32_t sum = 0;

	if (p->protocol == IPPROTO_UDP)
		bytes = get16(l4 + 4);
	if (p->protocol != IPPROTO_ICMP)
		sum = p->family == 4 ? sum16(l3 + 12, 8, sum) :
				       sum16(l3 + 8, 32, sum);
	if (p->protocol != IPPROTO_ICMP)
		sum += p->protocol + bytes;
	return sum16(l4, bytes, sum);
}

static uint8_t *l4_check(const struct pkt *p)
{
	unsigned at = p->protocol == IPPROTO_TCP ? 16 :
		      p->protocol == IPPROTO_UDP ? 6 :
						   2;

	return p->frame + p->l4 + at;
}

void frame_set_l4_checksum(struct pkt *p)
{
	uint16_t check;

	put16(l4_check(p), 0);
	check = ~l4_sum(p);
	if (check == 0 && p->protocol == IPPROTO_UDP)
		check = 0xffff;
	put16(l4_check(p), check);
}

bool frame_checksums_ok(const struct pkt *p)
{
	const uint8_t *l3 = p->frame + p->l3;

	if (p->family == 4 && sum16(l3, p->l4 - p->l3, 0) != 0xffff)
		return false;
	if (p->family == 4 && p->protocol == IPPROTO_UDP &&
	    get16(l4_check(p)) == 0)
		return true;
	return l4_sum(p) == 0xffff;
}

static unsigned put_link(uint8_t *at, const struct frame_spec *s, unsigned type)
{
	static const uint8_t macs[12] = { 0x02, 0, 0, 0, 0, 0x01,
					  0x02, 0, 0, 0, 0, 0x99 };

	memcpy(at, macs, 12);
	if (!s->vlan) {
		put16(at + 12, type);
		return 14;
	}
	put16(at + 12, 0x8100);
	put16(at + 14, s->vlan);
	put16(at + 16, type);
	return 18;
}

static void put_ip4(uint8_t *at, const struct frame_spec *s, unsigned l4_bytes)
{
	at[0] = 0x45;
	put16(at + 2, 20 + l4_bytes);
	at[6] = 0x40; /* do not fragment */
	at[8] = s->ttl ? s->ttl : 64;
	at[9] = s->protocol ? s->protocol : IPPROTO_TCP;
	inet_pton(AF_INET, s->source, at + 12);
	inet_pton(AF_INET, s->destination, at + 16);
	put16(at + 10, ~sum16(at, 20, 0));
}

static void put_ip6(uint8_t *at, const struct frame_spec *s, unsigned l4_bytes)
{
	at[0] = 0x60;
	put16(at + 4, l4_bytes);
	at[6] = s->protocol ? s->protocol : IPPROTO_TCP;
	at[7] = s->ttl ? s->ttl : 64;
	inet_pton(AF_INET6, s->source, at + 8);
	inet_pton(AF_INET6, s->destination, at + 24);
}

/* Transport header; returns its length. */
static unsigned put_l4(uint8_t *at, const struct frame_spec *s)
{
	unsigned header = 8;

	put16(at, s->source_port);
	put16(at + 2, s->destination_port);
	if (s->protocol == IPPROTO_UDP) {
		put16(at + 4, header + s->payload_bytes);
		return header;
	}
	header = 20 + s->options_bytes;
	put16(at + 4, 0x1234); /* a sequence number that is not 0 */
	at[12] = header / 4 << 4;
	at[13] = s->tcp_flags ? s->tcp_flags : 0x10;
	put16(at + 14, 0x7210); /* window */
	if (s->options_bytes)
		memcpy(at + 20, s->options, s->options_bytes);
	return header;
}

void frame_make(struct frame *f, uint8_t side, const struct frame_spec *s)
{
	bool six = strchr(s->source, ':');
	uint8_t *at = f->room + FRAME_HEADROOM, *l3, *l4;
	unsigned header, ip = six ? 40 : 20;

	memset(f, 0, sizeof(*f));
	f->pkt.frame = at;
	f->pkt.side = side;
	f->pkt.family = six ? 6 : 4;
	f->pkt.protocol = s->protocol ? s->protocol : IPPROTO_TCP;
	f->pkt.l3 = put_link(at, s, six ? 0x86dd : 0x0800);
	f->pkt.l4 = f->pkt.l3 + ip;
	l3 = at + f->pkt.l3;
	l4 = at + f->pkt.l4;
	header = put_l4(l4, s);
	for (unsigned i = 0; i < s->payload_bytes; i++)
		l4[header + i] = 'a' + i % 26;
	if (six)
		put_ip6(l3, s, header + s->payload_bytes);
	else
		put_ip4(l3, s, header + s->payload_bytes);
	f->pkt.len = f->pkt.l4 + header + s->payload_bytes;
	if (!s->no_checksum)
		frame_set_l4_checksum(&f->pkt);
}

static void end_text(const struct pkt *p, unsigned which, char *buf,
		     size_t bytes)
{
	const uint8_t *l3 = p->frame + p->l3, *l4 = p->frame + p->l4;
	char address[INET6_ADDRSTRLEN];

	if (p->family == 4)
		inet_ntop(AF_INET, l3 + 12 + 4 * which, address,
			  sizeof(address));
	else
		inet_ntop(AF_INET6, l3 + 8 + 16 * which, address,
			  sizeof(address));
	snprintf(buf, bytes, p->family == 4 ? "%s:%u" : "[%s]:%u", address,
		 get16(l4 + 2 * which));
}

const char *frame_text(const struct pkt *p, char *buf, size_t bytes)
{
	char from[64], to[64];

	end_text(p, 0, from, sizeof(from));
	end_text(p, 1, to, sizeof(to));
	snprintf(buf, bytes, "%s > %s", from, to);
	return buf;
}

uint16_t frame_mss(const struct pkt *p)
{
	const uint8_t *tcp = p->frame + p->l4;
	unsigned end = (tcp[12] >> 4) * 4;

	for (unsigned at = 20; at < end && tcp[at];
	     at += tcp[at] == 1 ? 1 : tcp[at + 1])
		if (tcp[at] == 2)
			return get16(tcp + at + 2);
	return 0;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* segment.c - TCP segments without data: read their options, write them whole */
#include "segment.h"

#include <netinet/in.h>

#include "csum.h"

#define TTL 64

static uint32_t get32(const uint8_t *at)
{
	uint32_t v;

	memcpy(&v, at, 4);
	return be32toh(v);
}

static uint8_t *put16(uint8_t *at, uint16_t v)
{
	v = htobe16(v);
	memcpy(at, &v, 2);
	return at + 2;
}

static uint8_t *put32(uint8_t *at, uint32_t v)
{
	v = htobe32(v);
	memcpy(at, &v, 4);
	return at + 4;
}

unsigned tcp_option_next(const uint8_t *tcp, unsigned at, unsigned end,
			 unsigned *bytes)
{
	while (at < end && tcp[at] == TCP_OPTION_NOP)
		at++;
	if (at + 1 >= end || tcp[at] == TCP_OPTION_END)
		return 0;
	*bytes = tcp[at + 1];
	return *bytes < 2 || at + *bytes > end ? 0 : at;
}

static void read_option(const uint8_t *at, unsigned bytes,
			struct tcp_options *o)
{
	if (at[0] == TCP_OPTION_MSS && bytes == 4) {
		o->mss = at[2] << 8 | at[3];
		/* 0 stands for no option, which would let more through. */
		if (!o->mss)
			o->mss = 1;
	} else if (at[0] == TCP_OPTION_WSCALE && bytes == 3) {
		o->wscale = at[2] < TCP_WSCALE_MAX ? at[2] : TCP_WSCALE_MAX;
	} else if (at[0] == TCP_OPTION_SACK_OK && bytes == 2) {
		o->sack = true;
	} else if (at[0] == TCP_OPTION_STAMPS &&
		   bytes == TCP_OPTION_STAMPS_BYTES) {
		o->stamps = true;
		o->stamp = get32(at + 2);
		o->echo = get32(at + 6);
	}
}

void segment_read(const struct pkt *p, struct segment *s)
{
	const uint8_t *tcp = p->frame + p->l4;
	unsigned end = (tcp[12] >> 4) * 4, at = TCP_HEADER, bytes;

	*s = (struct segment){
		.seq = get32(tcp + 4),
		.ack = get32(tcp + 8),
		.window = tcp[14] << 8 | tcp[15],
		.flags = p->tcp_flags,
		.options.wscale = TCP_NO_WSCALE,
	};
	while ((at = tcp_option_next(tcp, at, end, &bytes))) {
		read_option(tcp + at, bytes, &s->options);
		at += bytes;
	}
}

static unsigned options_bytes(const struct tcp_options *o)
{
	return (o->mss ? 4 : 0) +
	       (o->stamps ? 12 :
		o->sack	  ? 4 :
			    0) +
	       (o->wscale != TCP_NO_WSCALE ? 4 : 0);
}

/* In the order in which Linux has them. */
static void put_options(uint8_t *at, const struct tcp_options *o)
{
	if (o->mss) {
		at = put16(at, TCP_OPTION_MSS << 8 | 4);
		at = put16(at, o->mss);
	}
	if (o->stamps || o->sack)
		at = put16(at, o->sack ? TCP_OPTION_SACK_OK << 8 | 2 :
					 TCP_OPTION_NOP << 8 | TCP_OPTION_NOP);
	if (o->stamps) {
		at = put16(at,
			   TCP_OPTION_STAMPS << 8 | TCP_OPTION_STAMPS_BYTES);
		at = put32(at, o->stamp);
		at = put32(at, o->echo);
	} else if (o->sack) {
		at = put16(at, TCP_OPTION_NOP << 8 | TCP_OPTION_NOP);
	}
	if (o->wscale != TCP_NO_WSCALE)
		put32(at, TCP_OPTION_NOP << 24 | TCP_OPTION_WSCALE << 16 |
				  3 << 8 | o->wscale);
}

static void put_ip4(uint8_t *l3, const uint64_t *addrs, unsigned bytes)
{
	uint16_t check;

	put16(l3, 0x4500);
	put16(l3 + 2, bytes);
	put32(l3 + 4, 0x4000); /* no identification, do not fragment */
	l3[8] = TTL;
	l3[9] = IPPROTO_TCP;
	memset(l3 + 10, 0, 2);
	memcpy(l3 + 12, addrs, 8);
	check = ~csum_fold(csum_sum(l3, 20));
	memcpy(l3 + 10, &check, 2);
}

static void put_ip6(uint8_t *l3, const uint64_t *addrs, unsigned bytes)
{
	put32(l3, 0x60000000);
	put16(l3 + 4, bytes - 40);
	l3[6] = IPPROTO_TCP;
	l3[7] = TTL;
	memcpy(l3 + 8, addrs, 32);
}

static void put_tcp(uint8_t *tcp, uint32_t ports, unsigned bytes,
		    const struct segment *s, uint64_t pseudo)
{
	uint16_t check;

	memcpy(tcp, &ports, 4);
	put32(tcp + 4, s->seq);
	put32(tcp + 8, s->ack);
	tcp[12] = bytes / 4 << 4;
	tcp[13] = s->flags;
	put16(tcp + 14, s->window);
	memset(tcp + 16, 0, 4);
	put_options(tcp + TCP_HEADER, &s->options);
	check = ~csum_fold(pseudo + csum_sum(tcp, bytes));
	memcpy(tcp + 16, &check, 2);
}

void segment_write(struct pkt *p, const uint64_t *addrs, uint32_t ports,
		   const struct segment *s)
{
	unsigned ip = p->family == 4 ? 20 : 40,
		 address = p->family == 4 ? 8 : 32;
	unsigned tcp = TCP_HEADER + options_bytes(&s->options);
	unsigned room = p->len - p->l3;
	uint8_t *l3;

	if (ip + tcp > room)
		p->frame -= ip + tcp - room;
	p->l4 = p->l3 + ip;
	p->len = p->l4 + tcp;
	l3 = p->frame + p->l3;
	if (p->family == 4)
		put_ip4(l3, addrs, ip + tcp);
	else
		put_ip6(l3, addrs, ip + tcp);
	put_tcp(l3 + ip, ports, tcp, s,
		csum_pseudo(addrs, address, IPPROTO_TCP, tcp));
	p->protocol = IPPROTO_TCP;
	p->tcp_flags = s->flags;
	p->flags |= PKT_IP_CKSUM_OK | PKT_L4_CKSUM_OK;
}

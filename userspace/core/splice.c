/* SPDX-License-Identifier: BSD-3-Clause */
/* splice.c - a connection whose halves began with different numbers */
#include "splice.h"

#include <endian.h>
#include <string.h>

#include "csum.h"
#include "fabric.h"
#include "segment.h"
#include "tcp.h"

/* A TCP header under change: what its checksum has to make up for. */
struct edit {
	uint8_t *tcp;
	uint32_t delta;
};

/* Bytes at an odd offset lie in the other halves of their words. */
static void changed16(struct edit *e, unsigned at, uint16_t old, uint16_t new)
{
	if (at & 1) {
		old = __builtin_bswap16(old);
		new = __builtin_bswap16(new);
	}
	e->delta += csum_change(old, new);
}

static void put16(struct edit *e, unsigned at, uint16_t new)
{
	uint16_t old;

	memcpy(&old, e->tcp + at, 2);
	memcpy(e->tcp + at, &new, 2);
	changed16(e, at, old, new);
}

static void add32(struct edit *e, unsigned at, uint32_t by)
{
	uint16_t old[2], new[2];
	uint32_t value;

	memcpy(&value, e->tcp + at, 4);
	memcpy(old, &value, 4);
	value = htobe32(be32toh(value) + by);
	memcpy(new, &value, 4);
	memcpy(e->tcp + at, &value, 4);
	changed16(e, at, old[0], new[0]);
	changed16(e, at + 2, old[1], new[1]);
}

static void blank(struct edit *e, unsigned at, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++) {
		uint16_t old = e->tcp[at + i], new = TCP_OPTION_NOP;

		/* One byte is the first half of a word, as csum_sum() has it. */
		changed16(e, at + i, htole16(old), htole16(new));
		e->tcp[at + i] = new;
	}
}

static void shift_window(struct edit *e, int shift)
{
	uint16_t window;
	uint32_t shifted;

	memcpy(&window, e->tcp + 14, 2);
	shifted = be16toh(window);
	shifted = shift > 0 ? shifted << shift : shifted >> -shift;
	put16(e, 14, htobe16(shifted > UINT16_MAX ? UINT16_MAX : shifted));
}

static void edit_sack(const struct splice *s, struct edit *e, unsigned at,
		      unsigned bytes)
{
	if (s->flags & SPLICE_NO_SACK)
		return blank(e, at, bytes);
	for (unsigned edge = 2; edge + 4 <= bytes; edge += 4)
		add32(e, at + edge, -s->seq);
}

/* An option of a segment of the client. */
static void edit_client(const struct splice *s, struct edit *e, unsigned at,
			unsigned bytes)
{
	uint8_t kind = e->tcp[at];

	if (kind == TCP_OPTION_SACK)
		return edit_sack(s, e, at, bytes);
	if (kind != TCP_OPTION_STAMPS || bytes != TCP_OPTION_STAMPS_BYTES)
		return;
	if (s->flags & SPLICE_NO_STAMPS)
		return blank(e, at, bytes);
	if (e->tcp[13] & TCP_ACK)
		add32(e, at + 6, -s->stamp);
}

static void edit_options(const struct splice *s, struct edit *e, unsigned side)
{
	unsigned end = (e->tcp[12] >> 4) * 4, at = TCP_HEADER, bytes;

	while ((at = tcp_option_next(e->tcp, at, end, &bytes))) {
		if (side == SIDE_CLIENT)
			edit_client(s, e, at, bytes);
		else if (e->tcp[at] == TCP_OPTION_STAMPS &&
			 bytes == TCP_OPTION_STAMPS_BYTES)
			add32(e, at + 2, s->stamp);
		at += bytes;
	}
}

void splice_rewrite(const struct splice *s, struct pkt *p)
{
	struct edit e = { p->frame + p->l4, 0 };
	uint16_t check;

	if (p->side == SIDE_SERVER)
		add32(&e, 4, s->seq);
	else if (p->tcp_flags & TCP_ACK)
		add32(&e, 8, -s->seq);
	if (s->shift[p->side])
		shift_window(&e, s->shift[p->side]);
	if (e.tcp[12] >> 4 > TCP_HEADER / 4)
		edit_options(s, &e, p->side);
	memcpy(&check, e.tcp + 16, 2);
	check = csum_adjust(check, e.delta);
	memcpy(e.tcp + 16, &check, 2);
}

uint32_t splice_quote(const struct splice *s, uint8_t *tcp, unsigned side)
{
	struct edit e = { tcp, 0 };

	if (side == SIDE_CLIENT)
		add32(&e, 4, -s->seq);
	return e.delta;
}

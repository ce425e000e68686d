// SPDX-License-Identifier: BSD-3-Clause
/* pipe.c - bytes on their way from one TCP connection to another */
#include "pipe.h"

#include <string.h>

/* Place of the byte that is `ahead` behind the oldest one. */
static uint32_t place(const struct pipe *p, uint32_t ahead)
{
	uint32_t at = p->first + ahead;

	return at < PIPE_BYTES ? at : at - PIPE_BYTES;
}

/* How many of `n` bytes from a place on are before the end of the memory. */
static uint32_t in_one_piece(uint32_t at, uint32_t n)
{
	return n < PIPE_BYTES - at ? n : PIPE_BYTES - at;
}

void pipe_put(struct pipe *p, const void *data, uint32_t n)
{
	uint32_t at = place(p, p->bytes), whole = in_one_piece(at, n);

	memcpy(p->room + at, data, whole);
	memcpy(p->room, (const uint8_t *)data + whole, n - whole);
	p->bytes += n;
}

uint32_t pipe_next(const struct pipe *p, const uint8_t **data)
{
	uint32_t at = place(p, p->passed);

	*data = p->room + at;
	return in_one_piece(at, p->bytes - p->passed);
}

void pipe_pass(struct pipe *p, uint32_t n)
{
	p->passed += n;
}

void pipe_acknowledge(struct pipe *p, uint32_t n)
{
	p->first = place(p, n);
	p->bytes -= n;
	p->passed -= n;
	if (!p->bytes)
		p->first = 0;
}

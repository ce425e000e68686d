/* SPDX-License-Identifier: BSD-3-Clause */
/* pipe.h - bytes on their way from one TCP connection to another */
#ifndef ENGINE_PIPE_H
#define ENGINE_PIPE_H

#include <stdbool.h>
#include <stdint.h>

/* What one direction of a proxied connection holds at most: whole pages, and not less than the
 * receive window, so that whatever may come has a place. */
#define PIPE_BYTES 36864u

/*
 * A ring over memory of the owner's. Bytes are put in, then passed on, and keep their place until
 * they are acknowledged: TCP sends them from there, and again if need be. An empty pipe begins at
 * the start of its memory again, so that a quiet connection touches little of it.
 */
struct pipe {
	uint8_t *room; /* [PIPE_BYTES] */
	uint32_t first; /* where the oldest byte is */
	uint32_t bytes; /* held */
	uint32_t passed; /* of these, passed on and not acknowledged */
	bool ended; /* no more will be put in */
};

static inline uint32_t pipe_room(const struct pipe *p)
{
	return PIPE_BYTES - p->bytes;
}

/* True when all that came was passed on, and no more will come. */
static inline bool pipe_finished(const struct pipe *p)
{
	return p->ended && p->bytes == p->passed;
}

/* Put in `n` bytes, at most pipe_room(). */
void pipe_put(struct pipe *p, const void *data, uint32_t n);

/* The bytes to be passed on next that lie in one piece; 0 when there are none. */
uint32_t pipe_next(const struct pipe *p, const uint8_t **data);

/* So many of pipe_next() are passed on. */
void pipe_pass(struct pipe *p, uint32_t n);

/* So many of the passed ones, the oldest, are needed no more. */
void pipe_acknowledge(struct pipe *p, uint32_t n);

#endif

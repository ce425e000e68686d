/* SPDX-License-Identifier: BSD-3-Clause */
/* pieces.c - fragments that wait for their first one, packets to be cut */
#include "pieces.h"

#include "engine.h"
#include "fragment.h"
#include "loop.h"
#include "split.h"

/* Room for a packet in the batch is the caller's care: it took one out. */
void pieces_steer(struct engine *e, struct buf *b, struct batch *own)
{
	struct pkt *p = &b->pkt;

	e->pieces.fresh |= !(p->flags & PKT_LATER);
	p->slice = p->hash & 255;
	p->verdict = VERDICT_NONE;
	/* From here on it is as if this engine had just received it. */
	loop_take_in(e, b, own);
}

void pieces_wait(struct engine *e, struct buf *b)
{
	if (e->pieces.queue.n >= PIECES_WAITING)
		return engine_drop(e, b, DROP_fragment_room);
	b->since_ms = e->lb.now_ms;
	buf_push(&e->pieces.queue, b);
	engine_count(e, CNT_fragments_waited, 1);
}

void pieces_turn(struct engine *e, struct batch *own)
{
	struct pieces *w = &e->pieces;

	if (!w->fresh && w->turned_ms == e->lb.now_ms)
		return;
	w->fresh = false;
	w->turned_ms = e->lb.now_ms;
	for (uint32_t n = w->queue.n; n; n--) {
		struct buf *b = buf_pop(&w->queue);

		if (own->n < VECTOR)
			fragment_track(&e->lb, &b->pkt);
		if (b->pkt.verdict == VERDICT_STEER)
			pieces_steer(e, b, own);
		else if (b->pkt.verdict == VERDICT_DROP)
			engine_drop(e, b, b->pkt.reason);
		else if (e->lb.now_ms - b->since_ms >= PIECES_WAIT_MS)
			engine_drop(e, b, DROP_fragment_no_first);
		else
			buf_push(&w->queue, b);
	}
}

void pieces_leave(struct engine *e, uint8_t slice)
{
	struct buf_queue *q = &e->pieces.queue;

	for (uint32_t n = q->n; n; n--) {
		struct buf *b = buf_pop(q);

		if (b->pkt.slice == slice)
			steer_received(e, b,
				       NULL); /* it is not ours: handed over */
		else
			buf_push(q, b);
	}
}

/* All pieces or none. */
static bool cut(struct engine *e, const struct buf *b, struct buf_queue *pieces)
{
	struct buf *piece;
	unsigned at = 0;

	if (split_room(&b->pkt) > buf_frame_bytes(e->pool))
		return false;
	while ((piece = buf_alloc(e->pool))) {
		if (!split_next(&b->pkt, &at, &piece->pkt)) {
			buf_free(piece);
			return true;
		}
		piece->originated = pieces->n > 0;
		buf_push(pieces, piece);
	}
	return false;
}

void pieces_send(struct engine *e, struct buf *b)
{
	struct buf_queue pieces = { 0 };
	bool whole = cut(e, b, &pieces);
	uint8_t side = b->pkt.out_side;
	struct buf *piece;

	if (whole)
		engine_count(e, CNT_fragments_made, pieces.n - 1);
	while ((piece = buf_pop(&pieces))) {
		if (whole)
			loop_send(e, side, piece);
		else
			buf_free(piece);
	}
	if (whole)
		buf_free(b);
	else
		engine_drop(e, b, DROP_no_mbuf);
}

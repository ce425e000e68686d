/* SPDX-License-Identifier: BSD-3-Clause */
/* sim_mirror.c - the simulated fleet dispatches: nothing of mirror steering may run */
#include <stdlib.h>

#include "mirror.h"

void mirror_observe(struct engine *e)
{
	abort();
}

void mirror_note_rx(struct engine *e, unsigned side, unsigned found,
		    unsigned asked)
{
	abort();
}

void mirror_received(struct engine *e, struct buf *b, struct batch *own)
{
	abort();
}

unsigned mirror_take(struct engine *e, struct batch *own, unsigned budget)
{
	abort();
}

void mirror_process(struct engine *e, struct batch *own)
{
	abort();
}

void mirror_sweep(struct engine *e, uint8_t slice, unsigned budget)
{
	abort();
}

bool mirror_has_slices(const struct engine *e)
{
	abort();
}

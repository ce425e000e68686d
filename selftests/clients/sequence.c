// SPDX-License-Identifier: BSD-3-Clause
/* sequence.c - which numbers of a numbered stream came, and in which order */
#include "sequence.h"

#include <stdlib.h>
#include <string.h>

bool sequence_add(struct sequence *s, uint32_t number)
{
	uint8_t bit = 1 << (number & 7);
	size_t at = number >> 3;

	if (at >= s->room) {
		size_t room = (at + 1) * 2;
		uint8_t *seen = realloc(s->seen, room);

		if (!seen)
			return false;
		memset(seen + s->room, 0, room - s->room);
		s->seen = seen;
		s->room = room;
	}
	if (s->seen[at] & bit) {
		s->duplicated++;
		return true;
	}
	s->seen[at] |= bit;
	s->received++;
	if (number < s->next)
		s->reordered++;
	else
		s->next = number + 1;
	return true;
}

void sequence_free(struct sequence *s)
{
	free(s->seen);
	*s = (struct sequence){ 0 };
}

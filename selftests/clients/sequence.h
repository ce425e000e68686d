/* SPDX-License-Identifier: BSD-3-Clause */
/* sequence.h - which numbers of a numbered stream came, and in which order */
#ifndef CLIENTS_SEQUENCE_H
#define CLIENTS_SEQUENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sequence {
	uint8_t *seen; /* one bit per number */
	size_t room; /* bytes of it */
	uint32_t next; /* highest number seen, plus one */
	uint64_t received; /* distinct numbers */
	uint64_t reordered; /* came after a higher one, for the first time */
	uint64_t duplicated; /* came again */
};

/* Counts one number. False when there is no memory to remember it. */
bool sequence_add(struct sequence *s, uint32_t number);

void sequence_free(struct sequence *s);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* heard.h - which MSS most servers of a service advertise */
#ifndef CORE_HEARD_H
#define CORE_HEARD_H

#include <stdbool.h>

#include "fabric.h"

/* A server's SYN-ACK advertised `mss`. Engine's side, once per connection. */
void heard_note(struct fab_mss_round *r, uint16_t mss);

/* The figures of several engines together. Zero to begin with. */
struct heard_tally {
	uint32_t total; /* SYN-ACKs */
	unsigned n;
	struct {
		uint16_t mss;
		uint32_t count;
	} values[FAB_ENGINES * FAB_MSS_VALUES];
};

/* Add what one engine heard in its round; nothing while it has not begun it. */
void heard_add(struct heard_tally *t, const struct fab_mss_round *r);

/* The value that more than half of all SYN-ACKs had, of `samples` at least; 0 when
 * there are fewer or no such value, or when it is below MSS_FLOOR. */
uint16_t heard_majority(const struct heard_tally *t, uint32_t samples);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* adopt.h - an engine died: its slices and addresses go to the living */
#ifndef SUPERVISOR_ADOPT_H
#define SUPERVISOR_ADOPT_H

#include <stdbool.h>

struct adopt;
struct fleet;

struct adopt *adopt_new(void);

/* The engine in this slot died; its state is DEAD. how: a clause for the ledger. */
void adopt_engine(struct fleet *fleet, unsigned slot, const char *how);

/* Goes on with what is under way. True while there is something to do soon. */
bool adopt_step(struct fleet *fleet);

/* True while slices wait to be adopted; they may have to wait for an engine. */
bool adopt_busy(const struct fleet *fleet);

#endif

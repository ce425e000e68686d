/* SPDX-License-Identifier: BSD-3-Clause */
/* link.h - the tap of nat.outbound, in the namespace of the applications */
#ifndef SUPERVISOR_LINK_H
#define SUPERVISOR_LINK_H

#include <stddef.h>

#include "config.h"

/*
 * Makes the tap in the engine's network namespace, with the application's addresses and
 * default routes. Returns the descriptor of the engine's end, which is all that keeps the
 * tap there; or a negative errno with a sentence in err and nothing left behind.
 */
int link_open(const struct config *c, char *err, size_t err_bytes);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* echo.h - answer pings to the fleet's addresses: RFC 792, RFC 4443 */
#ifndef ENGINE_ECHO_H
#define ENGINE_ECHO_H

#include <stdbool.h>

#include "buf.h"

struct engine;

/*
 * Turn an echo request to an address of ours into its reply and send it. False
 * when it is not one: the packet stays the caller's.
 */
bool echo_answer(struct engine *e, struct buf *b);

#endif

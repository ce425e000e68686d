/* SPDX-License-Identifier: BSD-3-Clause */
/* syn_key.h - the keys of SYN cookies: drawn before they are needed */
#ifndef SUPERVISOR_SYN_KEY_H
#define SUPERVISOR_SYN_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "fabric.h"

/* Puts two random words into `key`; false when there is no randomness. */
typedef bool syn_key_draw(uint64_t key[2]);

/* From the kernel. */
bool syn_key_random(uint64_t key[2]);

/* Keys for this epoch and the next in a new fabric; -1 without randomness. */
int syn_key_begin(struct fab_syn *syn, uint32_t now_s, syn_key_draw *draw);

/*
 * To be called more often than once in ten minutes: the key of the next epoch
 * takes the place of the last one's once no cookie of that one is good any
 * more. Never touches a key in use, however long nobody has called.
 */
void syn_key_turn(struct fab_syn *syn, uint32_t now_s, syn_key_draw *draw);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* words.h - the configuration's choices as users write them */
#ifndef SUPERVISOR_WORDS_H
#define SUPERVISOR_WORDS_H

#include <stdbool.h>
#include <stdint.h>

/* By the enums of config.h. */
extern const char *const words_provider[];
extern const char *const words_steering[];
extern const char *const words_handover[];
extern const char *const words_scheduler[];
extern const char *const words_mode[];
extern const char *const words_policy[];
extern const char *const words_side[];

/* "tcp", "udp" */
const char *words_protocol(int protocol);

/* The number of "tcp" or "udp"; false: the word is neither. */
bool words_protocol_of(const char *word, uint8_t *protocol);

#endif

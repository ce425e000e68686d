/* SPDX-License-Identifier: BSD-3-Clause */
/* learn.h - MSS learning: rounds, decisions, what is in force */
#ifndef SUPERVISOR_LEARN_H
#define SUPERVISOR_LEARN_H

#include <stdint.h>

struct config_service;
struct fleet;
struct learn;

struct learn *learn_new(void);

/* Go by the configuration in force: services whose profile learns begin a round
 * unless they are in one; what others had learned is forgotten. */
void learn_restart(struct fleet *fleet);

/* Put what was learned into the configuration that a snapshot is built from. */
void learn_fill(struct fleet *fleet);

/* SYN-ACKs heard in the round of a service so far. */
uint32_t learn_heard(const struct fleet *fleet, const struct config_service *s);

#endif

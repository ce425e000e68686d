/* SPDX-License-Identifier: BSD-3-Clause */
/* clock.h - the two clocks of a test client */
#ifndef CLIENTS_CLOCK_H
#define CLIENTS_CLOCK_H

#include <stdint.h>

/* CLOCK_MONOTONIC, for durations. */
uint64_t clock_us(void);

/* CLOCK_REALTIME, to lay what a client saw beside the fleet's ledger. */
uint64_t clock_wall_ms(void);

#endif

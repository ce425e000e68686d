/* SPDX-License-Identifier: BSD-3-Clause */
/* metrics.h - Prometheus text on api.metrics */
#ifndef SUPERVISOR_METRICS_H
#define SUPERVISOR_METRICS_H

#include <stddef.h>

struct fab_event;
struct fleet;
struct metrics;

/* Listens; does nothing but count when api.metrics is off. NULL with a sentence. */
struct metrics *metrics_new(struct fleet *fleet, char *err, size_t err_bytes);

/* An entry of the ledger is closed. */
void metrics_note_event(struct fleet *fleet, const struct fab_event *event);

#endif

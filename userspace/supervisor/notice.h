/* SPDX-License-Identifier: BSD-3-Clause */
/* notice.h - what happens, once: a line of log and an event for `vfleet monitor` */
#ifndef SUPERVISOR_NOTICE_H
#define SUPERVISOR_NOTICE_H

#include <jansson.h>

struct fleet;
struct notices;

/* A line on stderr, with the time. */
__attribute__((format(printf, 1, 2))) void log_line(const char *format, ...);

/* Gets each event as JSON: {"time": seconds, "event": name, "message": sentence, ...}.
 * The reference is the caller's. */
typedef void (*notice_sink)(void *arg, const json_t *event);

/* Has `sink` called for each notice from now on; there is one sink. */
void notice_to(struct fleet *fleet, notice_sink sink, void *arg);

/*
 * Tells a change of state: name is the machine's word ("engine_ready"), the format a
 * sentence without full stop. fields (may be NULL) go into the event; takes over the
 * reference.
 */
__attribute__((format(printf, 4, 5))) void notice(struct fleet *fleet,
						  const char *name,
						  json_t *fields,
						  const char *format, ...);

struct notices *notices_new(void);

#endif

// SPDX-License-Identifier: BSD-3-Clause
/* notice.c - what happens, once: a line of log and an event for `vfleet monitor` */
#include "notice.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "fleet.h"

struct notices {
	notice_sink sink;
	void *arg;
};

struct notices *notices_new(void)
{
	return calloc(1, sizeof(struct notices));
}

static void write_line(const char *text)
{
	uint64_t now_ms = clock_wall_ms();
	time_t seconds = (time_t)(now_ms / 1000);
	struct tm tm;
	char stamp[32];

	localtime_r(&seconds, &tm);
	strftime(stamp, sizeof(stamp), "%H:%M:%S", &tm);
	fprintf(stderr, "vfleetd: %s.%03u %s\n", stamp,
		(unsigned)(now_ms % 1000), text);
}

void log_line(const char *format, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	write_line(text);
}

void notice_to(struct fleet *fleet, notice_sink sink, void *arg)
{
	fleet->notices->sink = sink;
	fleet->notices->arg = arg;
}

void notice(struct fleet *fleet, const char *name, json_t *fields,
	    const char *format, ...)
{
	char text[1024];
	json_t *event;
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	write_line(text);
	if (fleet->notices->sink) {
		event = json_pack("{s:f, s:s, s:s}", "time",
				  (double)clock_wall_ms() / 1000, "event", name,
				  "message", text);
		if (fields)
			json_object_update_missing(event, fields);
		fleet->notices->sink(fleet->notices->arg, event);
		json_decref(event);
	}
	json_decref(fields);
}

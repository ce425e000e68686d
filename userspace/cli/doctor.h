/* SPDX-License-Identifier: BSD-3-Clause */
/* doctor.h - what the checks of 'vfleet doctor' share */
#ifndef DOCTOR_H
#define DOCTOR_H

#include <stdbool.h>
#include <stddef.h>

enum verdict {
	VERDICT_OK,
	VERDICT_WARN, /* works, but slower or not all of it */
	VERDICT_BAD, /* keeps VFs or engines from working */
};

/* What a check found: two sentences. */
struct finding {
	const char *socket; /* of vfleetd, to look at */
	char detail[200];
	char mend[320]; /* "" when all is well */
};

struct check {
	const char *name;
	enum verdict (*run)(struct finding *f);
};

#define DETAIL(f, ...) doctor_say((f)->detail, sizeof((f)->detail), __VA_ARGS__)
#define MEND(f, ...)   doctor_say((f)->mend, sizeof((f)->mend), __VA_ARGS__)

/* What VFs need, and what engines need beside: each list ends with a nameless one. */
extern const struct check doctor_vf[], doctor_engine[];

/* snprintf() that is content with what fits. */
void doctor_say(char *to, size_t bytes, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The first line of a file that begins with `key`; false when there is none. */
bool doctor_line(const char *path, const char *key, char *line, size_t bytes);

/* The number that a file begins with; -1 when there is none. */
long doctor_number(const char *path);

#endif

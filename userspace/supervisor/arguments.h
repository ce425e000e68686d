/* SPDX-License-Identifier: BSD-3-Clause */
/* arguments.h - the words of a command line, put together one by one */
#ifndef SUPERVISOR_ARGUMENTS_H
#define SUPERVISOR_ARGUMENTS_H

#define ARGUMENTS_MAX  64
#define ARGUMENT_BYTES 640 /* a path and what stands before it */

struct arguments {
	char *argv[ARGUMENTS_MAX + 1]; /* into text; NULL at the end */
	unsigned n;
	char text[ARGUMENTS_MAX][ARGUMENT_BYTES];
};

/* Appends one word; what does not fit is cut, and a word too many is left out. */
__attribute__((format(printf, 2, 3))) void
arguments_add(struct arguments *a, const char *format, ...);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* grammar.h - arguments of a verb, matched against the usage string users read
 *
 * A grammar is a line of items separated by spaces:
 *
 *   vfs             this word, exactly
 *   BDF             a value; N and ID are decimal numbers
 *   on|off, ID|all  one of these
 *   [BDF]           a value that may be left out
 *   [label TEXT]    a word and its value, both may be left out
 *   [-- COMMAND...] everything behind "--"
 *
 * Bracketed items that follow each other may come in any order, each once. A value
 * in brackets behind a word is known by that word ("label"), any other by its own
 * text ("BDF", "on|off").
 */
#ifndef CLI_GRAMMAR_H
#define CLI_GRAMMAR_H

#include <stddef.h>

#define ARGS_MAX 12

struct args {
	struct {
		const char *name; /* in the grammar, not terminated */
		size_t length;
		const char *value;
	} bound[ARGS_MAX];
	size_t n;
	char **command; /* behind "--", NULL-terminated; NULL without */
};

/* Matches argv, NULL-terminated. Values point into argv. Returns 0, or -1 with a
 * sentence in err.
 */
int grammar_match(const char *grammar, char **argv, struct args *out, char *err,
		  size_t err_bytes);

/* Value of an argument, NULL if it was left out. */
const char *args_get(const struct args *args, const char *name);

#endif

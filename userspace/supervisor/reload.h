/* SPDX-License-Identifier: BSD-3-Clause */
/* reload.h - a configuration from text into force */
#ifndef SUPERVISOR_RELOAD_H
#define SUPERVISOR_RELOAD_H

#include <stdbool.h>
#include <stddef.h>

struct config;
struct fleet;

struct reload_text {
	const char *file; /* name for messages */
	const char *text;
	size_t bytes;
};

/* Reads a file for free(what->text), which is terminated. 0, or -1 with a sentence. */
int reload_read(const char *path, struct reload_text *what, char *err,
		size_t err_bytes);

/* The configuration in a text, for free(). NULL with a sentence in err. */
struct config *reload_parse(const struct reload_text *what, char *err,
			    size_t err_bytes);

/*
 * Checks a text against the running fleet and, if `apply`, puts it in force: slots and
 * the state of backends are kept, engines see it within a turn or two. 0, or -1 with a
 * sentence in err and nothing changed.
 */
int reload(struct fleet *fleet, const struct reload_text *what, bool apply,
	   char *err, size_t err_bytes);

/* Notes the text in force in the fabric. */
void reload_store_text(struct fleet *fleet, const struct reload_text *what);

#endif

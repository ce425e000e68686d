/* SPDX-License-Identifier: BSD-3-Clause */
/* reader.h - typed values out of YAML nodes, driven by tables of keys */
#ifndef CONFIG_READER_H
#define CONFIG_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <yaml.h>

#include "config_load.h"

struct reader {
	yaml_document_t *document;
	struct config *config; /* what is being filled */
	struct config_error *err;
};

struct key;

/* Reads `node` into `target`; false after reader_refuse(). */
typedef bool read_fn(struct reader *r, yaml_node_t *node, const struct key *key,
		     void *target);

/* One key of a mapping. */
struct key {
	const char *name;
	read_fn *read;
	size_t offset; /* of the value in the target of the mapping */
	bool required;
	const char *what; /* for the error: "a port number" */
	/* Numbers: the range. Texts: max is the room in bytes. Choices: max is
	 * the last one available. Lists: max is the most items. */
	long min, max;
	const char *const *choices; /* read_choice: names, NULL at the end */
	const struct key *keys; /* read_map: its keys */
	read_fn *item; /* read_list: called for each item, target
				       is that of the list */
};

/* Tables of keys end with an empty name. */
#define KEYS_END             \
	{                    \
		.name = NULL \
	}

read_fn read_u8, read_u16, read_u32; /* by type of the target, min..max */
read_fn read_text; /* char [max], visible ASCII without spaces, not empty */
read_fn read_name; /* char [CONFIG_NAME], letters, digits and . _ - */
read_fn read_address; /* struct address, of a host */
read_fn read_prefix; /* struct prefix */
read_fn read_choice; /* unsigned int or enum */
read_fn read_side; /* uint8_t, enum side */
read_fn read_map;
read_fn read_list;

/* Read a mapping into target: each key once, known, required ones present. Values
 * are read in the order of `keys`. */
bool reader_map(struct reader *r, yaml_node_t *node, const struct key *keys,
		void *target);

/* Text of a scalar or NULL for anything else (and for a scalar with a NUL). */
const char *reader_scalar(const yaml_node_t *node);

/* Decimal number of a plain scalar within min..max; says "expected WHAT
 * MIN..MAX" otherwise. */
bool reader_number(struct reader *r, yaml_node_t *node, const char *what,
		   long min, long max, long *value);

/* The value of a key of a mapping, or the mapping itself when it is not there:
 * where to point when values do not fit each other. */
yaml_node_t *reader_child(struct reader *r, yaml_node_t *map, const char *name);

/* Fill the error for `node` with a sentence; returns false. */
__attribute__((format(printf, 3, 4))) bool
reader_refuse(struct reader *r, const yaml_node_t *node, const char *format,
	      ...);

/* "expected WHAT, got ..."; returns false. */
bool reader_unexpected(struct reader *r, const yaml_node_t *node,
		       const char *what);

/* Append ".name" or "[index]" to the key in the error; undo with the length it
 * returns. The key that is left when reading fails is the one to blame. */
size_t reader_enter(struct reader *r, const char *name);
size_t reader_enter_item(struct reader *r, unsigned index);
void reader_leave(struct reader *r, size_t length);

#endif

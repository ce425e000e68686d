/* SPDX-License-Identifier: BSD-3-Clause */
/* content.h - files of a directory, read at once and then kept in memory */
#ifndef ENGINE_CONTENT_H
#define ENGINE_CONTENT_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define CONTENT_PATH  256 /* bytes of a name below the directory */
#define CONTENT_FILES 4096
#define CONTENT_BYTES (256u << 20)
#define CONTENT_ETAG  40

struct content_file {
	char name[CONTENT_PATH]; /* "/a/b.html" */
	const uint8_t *data;
	uint32_t bytes;
	const char *type; /* media type */
	char etag[CONTENT_ETAG]; /* with its quotes */
};

/* Immutable once read, but for the references to it. */
struct content {
	unsigned n,
		skipped; /* files; and those left out: limits, not readable */
	uint32_t revision; /* which reading of the directory this is */
	unsigned references; /* of the one thread that serves it */
	struct content_file *files; /* sorted by name */
};

/* Where a reading thread leaves what it read; NULL meanwhile. w: it and the loop */
typedef _Atomic(struct content *) content_place;

/* Read regular files below `directory`; names that begin with a dot and symbolic
 * links are left out. Never NULL but for want of memory: an unreadable directory has
 * no files. The caller owns one reference. */
struct content *content_read(const char *directory);

/* The same in a thread of its own, for the packet loop must not wait for a disk. What
 * is at `place` is replaced unless its revision is a later one. */
void content_read_later(const char *directory, uint32_t revision,
			content_place *place);

/* The file of a path without query; "/x/" means "/x/index.html". NULL: none. */
const struct content_file *content_find(const struct content *c,
					const char *path);

struct content *content_hold(struct content *c);

/* Give a reference back; NULL is allowed. */
void content_release(struct content *c);

#endif

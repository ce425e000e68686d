// SPDX-License-Identifier: BSD-3-Clause
/* content.c - files of a directory, read at once and then kept in memory */
#include "content.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH 16 /* directories inside each other */

static const struct {
	const char *ending, *type;
} types[] = {
	{ ".html", "text/html; charset=utf-8" },
	{ ".css", "text/css; charset=utf-8" },
	{ ".js", "text/javascript; charset=utf-8" },
	{ ".json", "application/json" },
	{ ".txt", "text/plain; charset=utf-8" },
	{ ".svg", "image/svg+xml" },
	{ ".png", "image/png" },
	{ ".jpg", "image/jpeg" },
	{ ".ico", "image/vnd.microsoft.icon" },
};

struct reading {
	struct content *content;
	size_t bytes; /* of all files so far */
};

static const char *type_of(const char *name)
{
	const char *ending = strrchr(name, '.');

	for (unsigned i = 0; ending && i < sizeof(types) / sizeof(*types); i++)
		if (!strcmp(ending, types[i].ending))
			return types[i].type;
	return "application/octet-stream";
}

static bool read_all(int fd, uint8_t *to, size_t bytes)
{
	while (bytes) {
		ssize_t got = read(fd, to, bytes);

		if (got <= 0)
			return false;
		to += got;
		bytes -= got;
	}
	return true;
}

/* Take over `fd`. False: the file is left out. */
static bool take_file(struct reading *r, int fd, const char *name)
{
	struct content *c = r->content;
	struct content_file *f = &c->files[c->n];
	struct stat st;
	uint8_t *data;
	bool ok;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || c->n == CONTENT_FILES ||
	    (uint64_t)st.st_size > CONTENT_BYTES - r->bytes) {
		close(fd);
		return false;
	}
	data = malloc(st.st_size + 1);
	ok = data && read_all(fd, data, st.st_size);
	close(fd);
	if (!ok) {
		free(data);
		return false;
	}
	r->bytes += st.st_size;
	*f = (struct content_file){ .data = data, .bytes = st.st_size };
	snprintf(f->name, sizeof(f->name), "%s", name);
	f->type = type_of(f->name);
	snprintf(f->etag, sizeof(f->etag), "\"%llx-%llx\"",
		 (unsigned long long)st.st_mtim.tv_sec * 1000000000ull +
			 st.st_mtim.tv_nsec,
		 (unsigned long long)st.st_size);
	c->n++;
	return true;
}

/* Takes over `fd`, a directory whose files are called `prefix`/... */
static void take_directory(struct reading *r, int fd, const char *prefix,
			   unsigned depth)
{
	char name[CONTENT_PATH];
	DIR *dir = fdopendir(fd);
	struct dirent *d;
	struct stat st;

	if (!dir) {
		close(fd);
		return;
	}
	while ((d = readdir(dir))) {
		int n = snprintf(name, sizeof(name), "%s/%s", prefix,
				 d->d_name);
		int entry = -1;

		if (d->d_name[0] == '.')
			continue;
		if (n < CONTENT_PATH)
			entry = openat(fd, d->d_name,
				       O_RDONLY | O_CLOEXEC | O_NOFOLLOW |
					       O_NONBLOCK);
		if (entry >= 0 && depth < DEPTH && !fstat(entry, &st) &&
		    S_ISDIR(st.st_mode))
			take_directory(r, entry, name, depth + 1);
		else if (entry < 0 || !take_file(r, entry, name))
			r->content->skipped++;
	}
	closedir(dir);
}

static int by_name(const void *a, const void *b)
{
	const struct content_file *x = a, *y = b;

	return strcmp(x->name, y->name);
}

struct content *content_read(const char *directory)
{
	struct content *c = calloc(1, sizeof(*c));
	struct reading r = { .content = c };
	int fd;

	if (!c)
		return NULL;
	c->references = 1;
	c->files = malloc(CONTENT_FILES * sizeof(*c->files));
	if (!c->files) {
		free(c);
		return NULL;
	}
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		take_directory(&r, fd, "", 0);
	qsort(c->files, c->n, sizeof(*c->files), by_name);
	return c;
}

struct later {
	content_place *place;
	uint32_t revision;
	char directory[];
};

/* Put it where the loop finds it, unless something newer is there. */
static void leave(content_place *place, struct content *c)
{
	struct content *there = atomic_load(place);

	do {
		if (there && (int32_t)(there->revision - c->revision) > 0) {
			content_release(c);
			return;
		}
	} while (!atomic_compare_exchange_weak(place, &there, c));
	content_release(there);
}

static void *read_it(void *arg)
{
	struct later *l = arg;
	struct content *c = content_read(l->directory);

	if (c) {
		c->revision = l->revision;
		leave(l->place, c);
	}
	free(l);
	return NULL;
}

void content_read_later(const char *directory, uint32_t revision,
			content_place *place)
{
	size_t bytes = strlen(directory) + 1;
	struct later *l = malloc(sizeof(*l) + bytes);
	pthread_t thread;

	if (!l)
		return;
	l->place = place;
	l->revision = revision;
	memcpy(l->directory, directory, bytes);
	if (pthread_create(&thread, NULL, read_it, l))
		free(l);
	else
		pthread_detach(thread);
}

const struct content_file *content_find(const struct content *c,
					const char *path)
{
	struct content_file key;
	size_t bytes = strlen(path);
	const char *index = bytes && path[bytes - 1] == '/' ? "index.html" : "";

	if (!c || snprintf(key.name, sizeof(key.name), "%s%s", path, index) >=
			  (int)sizeof(key.name))
		return NULL;
	return bsearch(&key, c->files, c->n, sizeof(*c->files), by_name);
}

struct content *content_hold(struct content *c)
{
	if (c)
		c->references++;
	return c;
}

void content_release(struct content *c)
{
	if (!c || --c->references)
		return;
	for (unsigned i = 0; i < c->n; i++)
		free((void *)(uintptr_t)c->files[i].data);
	free(c->files);
	free(c);
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* request.h - one HTTP request, read as its bytes come in */
#ifndef ENGINE_REQUEST_H
#define ENGINE_REQUEST_H

#include <http_parser.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "content.h"

#define REQUEST_HEAD 8192 /* bytes of request line and header fields */

/* A request that is not to be answered as it asks has a status already. */
struct request {
	http_parser parser;
	uint16_t status; /* 0, or of the error it is */
	bool begun; /* bytes of it have come */
	bool whole; /* and all of them: to be answered, then request_next() */
	bool head, close; /* HEAD; no further request after it */
	uint16_t path_bytes, tag_bytes;
	uint8_t field; /* of the header that comes in */
	char path[CONTENT_PATH]; /* decoded, without query */
	char tag[CONTENT_ETAG]; /* If-None-Match */
};

/* Once for the process, before the first request. */
void request_start(void);

/* A connection begins. */
void request_init(struct request *r);

/* Take bytes in, at most to the end of a request; returns how many it took. */
size_t request_feed(struct request *r, const void *data, size_t bytes);

/* The request was answered: the next one. */
void request_next(struct request *r);

#endif

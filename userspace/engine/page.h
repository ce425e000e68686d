/* SPDX-License-Identifier: BSD-3-Clause */
/* page.h - what is answered to a request */
#ifndef ENGINE_PAGE_H
#define ENGINE_PAGE_H

#include <stdint.h>

#include "content.h"

#define PAGE_BYTES 1024 /* of one that is made here */

struct request;
struct served;

struct page {
	uint16_t status;
	const char *type, *etag; /* NULL: none */
	const char *more; /* further header fields, "" or with their line ends */
	const struct content_file *file; /* NULL: the text below */
	uint32_t bytes; /* of the body, which an answer to HEAD does not have */
	char text[PAGE_BYTES];
};

/*
 * /vfleet/health, /vfleet/status (JSON), /vfleet/ (for people), else a file of
 * `content`; "/" is the status page when no file is. Never fails: the status says it.
 */
void page_make(struct page *p, const struct served *s,
	       const struct content *content, const struct request *r);

#endif

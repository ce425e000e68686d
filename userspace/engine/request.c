// SPDX-License-Identifier: BSD-3-Clause
/* request.c - one HTTP request, read as its bytes come in: RFC 9110, 9112 */
#include "request.h"

#include <string.h>
#include <strings.h>

#define TAG_FIELD "if-none-match"

/* What http_parser calls with the header's name, in pieces: `field` counts the bytes
 * that were those of TAG_FIELD so far. */
#define NOT_THE_TAG 255

static struct request *request_of(http_parser *p)
{
	return p->data;
}

static int on_begin(http_parser *p)
{
	request_of(p)->begun = true;
	return 0;
}

static int on_url(http_parser *p, const char *data, size_t bytes)
{
	struct request *r = request_of(p);

	if (bytes >= sizeof(r->path) - r->path_bytes) {
		r->status = HTTP_STATUS_URI_TOO_LONG;
		return 0;
	}
	memcpy(r->path + r->path_bytes, data, bytes);
	r->path_bytes += bytes;
	return 0;
}

static int on_field(http_parser *p, const char *data, size_t bytes)
{
	struct request *r = request_of(p);
	size_t left;

	if (r->tag_bytes)
		r->field = NOT_THE_TAG; /* the first one counts */
	if (r->field > sizeof(TAG_FIELD) - 1)
		return 0;
	left = sizeof(TAG_FIELD) - 1 - r->field;
	if (bytes > left || strncasecmp(TAG_FIELD + r->field, data, bytes))
		r->field = NOT_THE_TAG;
	else
		r->field += bytes;
	return 0;
}

static int on_value(http_parser *p, const char *data, size_t bytes)
{
	struct request *r = request_of(p);

	if (r->field == sizeof(TAG_FIELD) - 1 &&
	    bytes < sizeof(r->tag) - r->tag_bytes) {
		memcpy(r->tag + r->tag_bytes, data, bytes);
		r->tag_bytes += bytes;
	}
	/* A name that begins now begins at its first byte. */
	if (r->field != sizeof(TAG_FIELD) - 1)
		r->field = 0;
	return 0;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "http://host/a%20b?c" to "/a b", in place. False: not a path. */
static bool decode(char *path)
{
	char *from = path, *to = path;

	if (*from != '/') {
		from = strstr(from, "://");
		from = from ? strchr(from + 3, '/') : NULL;
		if (!from)
			return false;
	}
	for (; *from && *from != '?' && *from != '#'; from++) {
		*to = *from;
		if (*from == '%') {
			int high = digit(from[1]);
			int low = high < 0 ? -1 : digit(from[2]);

			if (low < 0 || !(high | low))
				return false;
			*to = high << 4 | low;
			from += 2;
		}
		to++;
	}
	*to = '\0';
	return true;
}

static int on_whole(http_parser *p)
{
	struct request *r = request_of(p);

	r->whole = true;
	r->head = p->method == HTTP_HEAD;
	r->close = !http_should_keep_alive(p) || p->upgrade;
	r->path[r->path_bytes] = '\0';
	r->tag[r->tag_bytes] = '\0';
	if (r->status)
		r->close = true;
	else if (p->method != HTTP_GET && p->method != HTTP_HEAD)
		r->status = HTTP_STATUS_METHOD_NOT_ALLOWED;
	else if (!decode(r->path))
		r->status = HTTP_STATUS_BAD_REQUEST;
	http_parser_pause(p, 1);
	return 0;
}

static const http_parser_settings settings = {
	.on_message_begin = on_begin,
	.on_url = on_url,
	.on_header_field = on_field,
	.on_header_value = on_value,
	.on_message_complete = on_whole,
};

void request_start(void)
{
	http_parser_set_max_header_size(REQUEST_HEAD);
}

void request_init(struct request *r)
{
	memset(r, 0, sizeof(*r));
	http_parser_init(&r->parser, HTTP_REQUEST);
	r->parser.data = r;
}

void request_next(struct request *r)
{
	r->status = r->path_bytes = r->tag_bytes = r->field = 0;
	r->begun = r->whole = false;
	http_parser_pause(&r->parser, 0);
}

/* What is no request is answered, and nothing after it is looked at. */
static void give_up(struct request *r, enum http_errno why)
{
	r->whole = r->close = true;
	r->status = why == HPE_HEADER_OVERFLOW ?
			    HTTP_STATUS_REQUEST_HEADER_FIELDS_TOO_LARGE :
			    HTTP_STATUS_BAD_REQUEST;
}

size_t request_feed(struct request *r, const void *data, size_t bytes)
{
	size_t took = http_parser_execute(&r->parser, &settings, data, bytes);
	enum http_errno why = HTTP_PARSER_ERRNO(&r->parser);

	if (why == HPE_PAUSED || why == HPE_OK)
		return took;
	give_up(r, why);
	return bytes;
}

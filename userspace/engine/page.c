// SPDX-License-Identifier: BSD-3-Clause
/* page.c - what is answered to a request */
#include "page.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "request.h"
#include "served.h"

#define PLAIN "text/plain; charset=utf-8"
#define FRESH "Cache-Control: no-store\r\n"

__attribute__((format(printf, 3, 4))) static void
set_text(struct page *p, const char *type, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	p->bytes = vsnprintf(p->text, sizeof(p->text), format, args);
	va_end(args);
	p->type = type;
}

static uint64_t counted(const struct served *s, enum vfl_counter c)
{
	return atomic_load_explicit(&s->engine->self->counters[c],
				    memory_order_relaxed) +
	       s->engine->counts[c];
}

static long open_connections(const struct served *s)
{
	return atomic_load_explicit(
		&s->engine->lb.load->services[s->slot].connections,
		memory_order_relaxed);
}

static void make_status(struct page *p, const struct served *s)
{
	p->more = FRESH;
	set_text(p, "application/json",
		 "{\"service\": \"%s\", \"engine\": %u, \"version\": \"%s\", "
		 "\"open\": %ld, \"connections\": %llu, \"requests\": %llu, "
		 "\"refused\": %llu, \"mss\": %u, \"files\": %u, "
		 "\"files_skipped\": %u}\n",
		 s->name, s->engine->id, VFLEET_VERSION, open_connections(s),
		 (unsigned long long)counted(s, CNT_service_connections),
		 (unsigned long long)counted(s, CNT_service_requests),
		 (unsigned long long)counted(s, CNT_service_refused), s->mss,
		 s->content ? s->content->n : 0,
		 s->content ? s->content->skipped : 0);
}

static void make_front(struct page *p, const struct served *s)
{
	p->more = FRESH;
	set_text(p, "text/html; charset=utf-8",
		 "<!DOCTYPE html>\n<title>vfleet</title>\n"
		 "<h1>%s</h1>\n<p>Served by packet engine %u, vfleet %s, "
		 "without the kernel's TCP.</p>\n"
		 "<p>%ld connections are open. "
		 "<a href=\"/vfleet/status\">Status</a></p>\n",
		 s->name, s->engine->id, VFLEET_VERSION, open_connections(s));
}

static void make_error(struct page *p, uint16_t status)
{
	p->status = status;
	if (status == HTTP_STATUS_METHOD_NOT_ALLOWED)
		p->more = "Allow: GET, HEAD\r\n";
	if (status == HTTP_STATUS_SERVICE_UNAVAILABLE)
		p->more = "Retry-After: 1\r\n";
	set_text(p, PLAIN, "%u %s\n", status, http_status_str(status));
}

static void make_file(struct page *p, const struct content_file *f,
		      const struct request *r)
{
	p->etag = f->etag;
	if (r->tag_bytes &&
	    (!strcmp(r->tag, f->etag) || !strcmp(r->tag, "*"))) {
		p->status = HTTP_STATUS_NOT_MODIFIED;
		return;
	}
	p->file = f;
	p->type = f->type;
	p->bytes = f->bytes;
}

void page_make(struct page *p, const struct served *s,
	       const struct content *content, const struct request *r)
{
	const struct content_file *f;

	p->status = HTTP_STATUS_OK;
	p->type = p->etag = NULL;
	p->more = "";
	p->file = NULL;
	p->bytes = 0;
	if (r->status)
		return make_error(p, r->status);
	if (!strcmp(r->path, "/vfleet/health")) {
		p->more = FRESH;
		return set_text(p, PLAIN, "ok\n");
	}
	if (!strcmp(r->path, "/vfleet/status"))
		return make_status(p, s);
	f = content_find(content, r->path);
	if (f)
		return make_file(p, f, r);
	if (s->directory[0] && !s->content)
		return make_error(p, HTTP_STATUS_SERVICE_UNAVAILABLE);
	if (!strcmp(r->path, "/vfleet/") || !strcmp(r->path, "/"))
		return make_front(p, s);
	make_error(p, HTTP_STATUS_NOT_FOUND);
}

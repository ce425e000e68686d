// SPDX-License-Identifier: BSD-3-Clause
/* test_request.c - requests, however their bytes are cut */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "request.h"

#define TAG "\"1-2\""

static const struct {
	const char *text, *path, *tag;
	unsigned status;
	bool head, close;
} cases[] = {
	{ "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "/", "", 0, false, false },
	{ "HEAD /a%20b?c=d HTTP/1.1\r\nHost: a\r\n\r\n", "/a b", "", 0, true,
	  false },
	{ "GET http://a.b/c#d HTTP/1.1\r\n\r\n", "/c", "", 0, false, false },
	{ "GET /x HTTP/1.0\r\n\r\n", "/x", "", 0, false, true },
	{ "GET /x HTTP/1.1\r\nConnection: close\r\n\r\n", "/x", "", 0, false,
	  true },
	{ "GET /x HTTP/1.1\r\nIF-none-match: " TAG "\r\n\r\n", "/x", TAG, 0,
	  false, false },
	{ "GET /x HTTP/1.1\r\nIf-None: y\r\n-Match: n\r\nIf-None-Match: " TAG
	  "\r\nZ: z\r\n\r\n",
	  "/x", TAG, 0, false, false },
	{ "GET /x HTTP/1.1\r\nIf-None-Matches: " TAG "\r\n\r\n", "/x", "", 0,
	  false, false },
	{ "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", "/", "", 405,
	  false, false },
	{ "GET /%0 HTTP/1.1\r\n\r\n", NULL, "", 400, false, false },
	{ "GET /%00 HTTP/1.1\r\n\r\n", NULL, "", 400, false, false },
	{ "G{T / HTTP/1.1\r\n\r\n", NULL, NULL, 400, false, true },
	{ "GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
	  NULL, NULL, 400, false, true },
};

/* Feed `piece` bytes at a time until the request is whole. */
static size_t feed(struct request *r, const char *text, size_t bytes,
		   size_t piece)
{
	size_t at = 0;

	while (at < bytes && !r->whole)
		at += request_feed(r, text + at,
				   bytes - at < piece ? bytes - at : piece);
	return at;
}

static void test_cases(void **state)
{
	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		size_t bytes = strlen(cases[i].text);

		for (size_t piece = 1; piece <= bytes; piece++) {
			struct request r;
			size_t took;

			request_init(&r);
			took = feed(&r, cases[i].text, bytes, piece);
			assert_true(r.whole);
			assert_int_equal(r.status, cases[i].status);
			assert_int_equal(r.close, cases[i].close);
			if (cases[i].tag) {
				assert_int_equal(took, bytes);
				assert_int_equal(r.head, cases[i].head);
				assert_string_equal(r.tag, cases[i].tag);
			}
			if (cases[i].path)
				assert_string_equal(r.path, cases[i].path);
		}
	}
}

/* All good cases one after the other on a connection: none takes of the next. */
static void test_pipeline(void **state)
{
	char text[4096] = "";
	size_t bytes, at = 0;
	struct request r;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		if (!cases[i].close)
			strcat(text, cases[i].text);
	bytes = strlen(text);
	request_init(&r);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		if (cases[i].close)
			continue;
		at += feed(&r, text + at, bytes - at, bytes);
		assert_true(r.whole);
		assert_int_equal(r.status, cases[i].status);
		assert_string_equal(r.tag, cases[i].tag);
		request_next(&r);
		assert_false(r.whole || r.begun);
	}
	assert_int_equal(at, bytes);
}

/* What is too long is said to be, and the connection ends with it. */
static void test_too_long(void **state)
{
	static char text[REQUEST_HEAD + 1000];
	struct request r;

	memset(text, 'a', sizeof(text));
	memcpy(text, "GET /", 5);
	memcpy(text + 5 + CONTENT_PATH, " HTTP/1.1\r\n\r\n", 13);
	request_init(&r);
	feed(&r, text, 5 + CONTENT_PATH + 13, 100);
	assert_true(r.whole && r.close);
	assert_int_equal(r.status, 414);

	memset(text, 'a', sizeof(text));
	memcpy(text, "GET / HTTP/1.1\r\nX: ", 19);
	request_init(&r);
	feed(&r, text, sizeof(text), 100);
	assert_true(r.whole && r.close);
	assert_int_equal(r.status, 431);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_pipeline),
		cmocka_unit_test(test_too_long),
	};

	request_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

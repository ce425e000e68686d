// SPDX-License-Identifier: BSD-3-Clause
/* support.c - configurations and snapshots for tests, out of YAML text */
#include "support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct config *support_config(const char *yaml)
{
	struct config *c = malloc(sizeof(*c));
	char text[CONFIG_ERROR_TEXT];
	struct config_error err;

	assert_non_null(c);
	if (!config_load("test.yaml", yaml, strlen(yaml), c, &err))
		fail_msg("%s", config_error_text(&err, text, sizeof(text)));
	return c;
}

struct snapshot *support_compile(const struct config *config)
{
	/* aligned_alloc() wants a multiple of the alignment */
	size_t bytes = (snapshot_bytes(config) + 63) & ~(size_t)63;
	struct snapshot *s = aligned_alloc(64, bytes);
	char err[256];

	assert_non_null(s);
	if (!snapshot_build(config, 1, s, bytes, err, sizeof(err)))
		fail_msg("%s", err);
	return s;
}

struct snapshot *support_snapshot(const char *yaml)
{
	struct config *c = support_config(yaml);
	struct snapshot *s = support_compile(c);

	free(c);
	return s;
}

struct address support_address(const char *text)
{
	struct address a;

	if (!address_parse(text, &a))
		fail_msg("%s is no address", text);
	return a;
}

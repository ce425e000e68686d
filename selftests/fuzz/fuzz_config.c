// SPDX-License-Identifier: BSD-3-Clause
/* fuzz_config.c - any bytes as configuration: refused with a sentence or sound */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config_load.h"
#include "snapshot.h"
#include "steps.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void check_error(const struct config_error *err)
{
	char text[CONFIG_ERROR_TEXT];

	expect(*err->text && err->line >= 0);
	config_error_text(err, text, sizeof(text));
	expect(!strncmp(text, "fuzz.yaml:", 10));
	for (const char *c = text; *c; c++)
		expect(*c >= ' ' && *c < 0x7f);
}

/* What was accepted compiles, or there is a sentence why not; then everything
 * is found again. */
static void check_snapshot(const struct config *c)
{
	size_t bytes = snapshot_bytes(c);
	size_t whole = (bytes + 63) & ~(size_t)63;
	struct snapshot *s = aligned_alloc(64, whole);
	char err[256] = "";

	expect(s && bytes <= SNAPSHOT_BYTES_MAX);
	if (!snapshot_build(c, 1, s, bytes, err, sizeof(err))) {
		expect(*err);
	} else {
		expect(s->bytes <= bytes);
		for (unsigned i = 0; i < c->n_services; i++) {
			const struct config_service *v = &c->services[i];
			const struct snap_service *found = snapshot_service(
				s, &v->vip, v->vlan, v->protocol, v->port);

			expect(found && !strcmp(found->name, v->name));
			expect(snapshot_address(s, &v->vip, 0, v->vlan));
		}
	}
	free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct config *c = malloc(sizeof(*c));
	struct config_error err;
	char text[128];

	expect(c);
	/* what was there before must not shine through */
	memset(c, 0x5a, sizeof(*c));
	if (config_load("fuzz.yaml", (const char *)data, bytes, c, &err)) {
		expect(config_assign_slots(c, c, text, sizeof(text)));
		check_snapshot(c);
	} else {
		check_error(&err);
	}
	free(c);
	return 0;
}

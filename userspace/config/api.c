// SPDX-License-Identifier: BSD-3-Clause
/* api.c - section api */
#include <stdlib.h>
#include <string.h>

#include "sections.h"

static bool read_socket(struct reader *r, yaml_node_t *node,
			const struct key *key, void *target)
{
	if (!read_text(r, node, key, target))
		return false;
	return *(char *)target == '/' ||
	       reader_unexpected(r, node, "a path that begins with /");
}

/* "127.0.0.1:9108" or "[::1]:9108" */
static bool is_endpoint(const char *text)
{
	const char *colon = strrchr(text, ':');
	char host[ADDRESS_TEXT];
	struct address a;
	size_t length, digits;
	bool bracketed = *text == '[';

	if (!colon)
		return false;
	length = colon - text;
	if (bracketed) {
		if (length < 2 || text[length - 1] != ']')
			return false;
		text++;
		length -= 2;
	}
	if (length >= sizeof(host))
		return false;
	memcpy(host, text, length);
	host[length] = '\0';
	digits = strspn(colon + 1, "0123456789");
	return digits && digits <= 5 && !colon[1 + digits] &&
	       atoi(colon + 1) >= 1 && atoi(colon + 1) <= 65535 &&
	       address_parse(host, &a) && bracketed == (a.family == 6);
}

static bool read_metrics(struct reader *r, yaml_node_t *node,
			 const struct key *key, void *target)
{
	if (!read_text(r, node, key, target))
		return false;
	if (!strcmp(target, "off")) {
		*(char *)target = '\0';
		return true;
	}
	return is_endpoint(target) || reader_unexpected(r, node, key->what);
}

#define CONFIG(field) offsetof(struct config, field)
#define ROOM(field)   sizeof(((struct config *)0)->field)

static const struct key api_keys[] = {
	{ "socket", read_socket, .offset = CONFIG(api_socket), .what = "a path",
	  .max = ROOM(api_socket) },
	{ "metrics", read_metrics, .offset = CONFIG(api_metrics),
	  .what = "ADDRESS:PORT, like 127.0.0.1:9108 or \"[::1]:9108\", or off",
	  .max = ROOM(api_metrics) },
	KEYS_END
};

bool read_api(struct reader *r, yaml_node_t *node, const struct key *key,
	      void *target)
{
	return reader_map(r, node, api_keys, r->config);
}

void api_defaults(struct config *c)
{
	strcpy(c->api_socket, "/run/vfleet/vfleetd.sock");
	strcpy(c->api_metrics, "127.0.0.1:9108");
}

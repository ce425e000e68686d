/* SPDX-License-Identifier: BSD-3-Clause */
/* endpoint.c - an address and a port, as people write them */
#include "endpoint.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool parse_port(const char *text, uint16_t *port)
{
	char *end;
	unsigned long value;

	if (!isdigit((unsigned char)*text))
		return false;
	value = strtoul(text, &end, 10);
	if (*end || value == 0 || value > UINT16_MAX)
		return false;
	*port = value;
	return true;
}

bool endpoint_parse(const char *text, struct endpoint *out)
{
	const char *colon = strrchr(text, ':');
	bool bracketed = *text == '[';
	size_t length = colon ? (size_t)(colon - text) : 0;
	char address[ADDRESS_TEXT];

	if (bracketed) {
		if (length < 3 || text[length - 1] != ']')
			return false;
		text++;
		length -= 2;
	}
	if (length == 0 || length >= sizeof(address))
		return false;
	memcpy(address, text, length);
	address[length] = '\0';
	return address_parse(address, &out->address) &&
	       (out->address.family == 6) == bracketed &&
	       parse_port(colon + 1, &out->port);
}

const char *endpoint_text(const struct endpoint *e, char *buf)
{
	bool v6 = e->address.family == 6;
	char text[ADDRESS_TEXT];

	snprintf(buf, ENDPOINT_TEXT, "%s%s%s:%u", v6 ? "[" : "",
		 address_text(&e->address, text), v6 ? "]" : "", e->port);
	return buf;
}

bool endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
	return a->port == b->port && address_equal(&a->address, &b->address);
}

bool endpoint_is_any(const struct endpoint *e)
{
	static const uint8_t zeros[sizeof(e->address.bytes)];

	return !memcmp(e->address.bytes, zeros, sizeof(zeros));
}

bool endpoint_overlaps(const struct endpoint *a, const struct endpoint *b)
{
	return a->port == b->port && a->address.family == b->address.family &&
	       (endpoint_is_any(a) || endpoint_is_any(b) ||
		address_equal(&a->address, &b->address));
}

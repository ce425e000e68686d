/* SPDX-License-Identifier: BSD-3-Clause */
/* endpoint.h - an address and a port, as people write them */
#ifndef CORE_ENDPOINT_H
#define CORE_ENDPOINT_H

#include <stdbool.h>
#include <stdint.h>

#include "address.h"

struct endpoint {
	struct address address;
	uint16_t port; /* host order */
};

/* "192.0.2.1:80", "[2001:db8::1]:80"; false when it is neither, or port 0. */
bool endpoint_parse(const char *text, struct endpoint *out);

/* Print into buf (at least ENDPOINT_TEXT bytes); returns buf. */
#define ENDPOINT_TEXT (ADDRESS_TEXT + 8)
const char *endpoint_text(const struct endpoint *e, char *buf);

bool endpoint_equal(const struct endpoint *a, const struct endpoint *b);

/* 0.0.0.0 or ::, which stands for every address of its family. */
bool endpoint_is_any(const struct endpoint *e);

/* True when a packet could be for both: same family and port, and the addresses are
 * the same or one is any. */
bool endpoint_overlaps(const struct endpoint *a, const struct endpoint *b);

#endif

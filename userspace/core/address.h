/* SPDX-License-Identifier: BSD-3-Clause */
/* address.h - an IPv4 or IPv6 address, and a prefix of one */
#ifndef CORE_ADDRESS_H
#define CORE_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

struct address {
	uint8_t family; /* 4 or 6; 0 = none */
	uint8_t bytes[16]; /* network order; IPv4 in the first 4, the rest zero */
};

struct prefix {
	struct address address;
	uint8_t length; /* bits */
};

/* Parse "10.0.0.1" or "fd00::1"; false when it is neither. */
bool address_parse(const char *text, struct address *out);

/* Parse "10.0.0.0/24"; host bits must be zero; "default" is not accepted. */
bool prefix_parse(const char *text, struct prefix *out);

/* Print into buf (at least ADDRESS_TEXT bytes); returns buf. */
#define ADDRESS_TEXT 48
const char *address_text(const struct address *a, char *buf);

bool address_equal(const struct address *a, const struct address *b);
bool prefix_contains(const struct prefix *p, const struct address *a);

/* A well-mixed 32-bit hash; different seeds give independent hashes. */
uint32_t address_hash(const struct address *a, uint32_t seed);

#endif

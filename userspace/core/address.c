// SPDX-License-Identifier: BSD-3-Clause
/* address.c - parse, print, compare and hash addresses */
#include "address.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

bool address_parse(const char *text, struct address *out)
{
	struct address a = { 0 };

	if (inet_pton(AF_INET, text, a.bytes) == 1)
		a.family = 4;
	else if (inet_pton(AF_INET6, text, a.bytes) == 1)
		a.family = 6;
	else
		return false;
	*out = a;
	return true;
}

/* True when all bits of `a` from bit `from` on are zero. */
static bool host_bits_zero(const struct address *a, unsigned from)
{
	unsigned bits = a->family == 4 ? 32 : 128;

	for (unsigned i = from; i < bits; i++) {
		if (a->bytes[i / 8] & (0x80 >> (i % 8)))
			return false;
	}
	return true;
}

bool prefix_parse(const char *text, struct prefix *out)
{
	const char *slash = strchr(text, '/');
	char host[ADDRESS_TEXT];
	struct prefix p;
	size_t digits;
	long length;

	if (!slash || (size_t)(slash - text) >= sizeof(host))
		return false;
	memcpy(host, text, slash - text);
	host[slash - text] = '\0';
	digits = strspn(slash + 1, "0123456789");
	if (digits < 1 || digits > 3 || slash[1 + digits])
		return false;
	length = strtol(slash + 1, NULL, 10);
	if (!address_parse(host, &p.address) ||
	    length > (p.address.family == 4 ? 32 : 128) ||
	    !host_bits_zero(&p.address, length))
		return false;
	p.length = length;
	*out = p;
	return true;
}

const char *address_text(const struct address *a, char *buf)
{
	int family = a->family == 4 ? AF_INET : AF_INET6;

	if (!a->family || !inet_ntop(family, a->bytes, buf, ADDRESS_TEXT))
		strcpy(buf, "-");
	return buf;
}

bool address_equal(const struct address *a, const struct address *b)
{
	return a->family == b->family &&
	       !memcmp(a->bytes, b->bytes, a->family == 4 ? 4 : 16);
}

bool prefix_contains(const struct prefix *p, const struct address *a)
{
	unsigned whole = p->length / 8, rest = p->length % 8;
	uint8_t mask = 0xff00 >> rest;

	if (a->family != p->address.family ||
	    memcmp(a->bytes, p->address.bytes, whole))
		return false;
	return !rest || !((a->bytes[whole] ^ p->address.bytes[whole]) & mask);
}

/* MurmurHash3's 32-bit block step and finalizer, over five words. */
static uint32_t mix(uint32_t h, uint32_t word)
{
	word *= 0xcc9e2d51;
	word = word << 15 | word >> 17;
	word *= 0x1b873593;
	h ^= word;
	h = h << 13 | h >> 19;
	return h * 5 + 0xe6546b64;
}

uint32_t address_hash(const struct address *a, uint32_t seed)
{
	uint32_t words[4] = { 0 }, h = mix(seed, a->family);

	memcpy(words, a->bytes, a->family == 4 ? 4 : 16);
	for (int i = 0; i < 4; i++)
		h = mix(h, words[i]);
	h ^= h >> 16;
	h *= 0x85ebca6b;
	h ^= h >> 13;
	h *= 0xc2b2ae35;
	return h ^ h >> 16;
}

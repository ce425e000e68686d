// SPDX-License-Identifier: BSD-3-Clause
/* reader.c - typed values out of YAML nodes, driven by tables of keys */
#include "reader.h"

#include <ctype.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fabric.h"

#define GOT_BYTES 48 /* of a wrong value that an error shows */

bool reader_refuse(struct reader *r, const yaml_node_t *node,
		   const char *format, ...)
{
	va_list args;

	r->err->line = node->start_mark.line + 1;
	va_start(args, format);
	vsnprintf(r->err->text, sizeof(r->err->text), format, args);
	va_end(args);
	return false;
}

/* The value as an error shows it: short and printable. */
static const char *got(const yaml_node_t *node, char *buf)
{
	size_t n = 0;

	if (node->type == YAML_SEQUENCE_NODE)
		return "a list";
	if (node->type == YAML_MAPPING_NODE)
		return "a mapping";
	if (!node->data.scalar.length)
		return "nothing";
	buf[n++] = '"';
	for (size_t i = 0; i < node->data.scalar.length; i++) {
		unsigned char c = node->data.scalar.value[i];

		if (n == GOT_BYTES - 5) {
			memcpy(buf + n, "...", 3);
			n += 3;
			break;
		}
		buf[n++] = c < ' ' || c >= 0x7f ? '?' : c;
	}
	buf[n++] = '"';
	buf[n] = '\0';
	return buf;
}

bool reader_unexpected(struct reader *r, const yaml_node_t *node,
		       const char *what)
{
	char buf[GOT_BYTES];

	return reader_refuse(r, node, "expected %s, got %s", what,
			     got(node, buf));
}

size_t reader_enter(struct reader *r, const char *name)
{
	size_t length = strlen(r->err->key);

	snprintf(r->err->key + length, sizeof(r->err->key) - length, "%s%s",
		 length ? "." : "", name);
	return length;
}

size_t reader_enter_item(struct reader *r, unsigned index)
{
	size_t length = strlen(r->err->key);

	snprintf(r->err->key + length, sizeof(r->err->key) - length, "[%u]",
		 index);
	return length;
}

void reader_leave(struct reader *r, size_t length)
{
	r->err->key[length] = '\0';
}

const char *reader_scalar(const yaml_node_t *node)
{
	const char *text;

	if (node->type != YAML_SCALAR_NODE)
		return NULL;
	text = (const char *)node->data.scalar.value;
	return strlen(text) == node->data.scalar.length ? text : NULL;
}

static const struct key *find_key(const struct key *keys, const char *name)
{
	for (; keys->name; keys++) {
		if (!strcmp(keys->name, name))
			return keys;
	}
	return NULL;
}

/* The first pair with this key, or NULL. */
static yaml_node_pair_t *find_pair(struct reader *r, yaml_node_t *map,
				   const char *name)
{
	yaml_node_pair_t *pair = map->data.mapping.pairs.start;

	for (; pair < map->data.mapping.pairs.top; pair++) {
		const char *text = reader_scalar(
			yaml_document_get_node(r->document, pair->key));

		if (text && !strcmp(text, name))
			return pair;
	}
	return NULL;
}

yaml_node_t *reader_child(struct reader *r, yaml_node_t *map, const char *name)
{
	yaml_node_pair_t *pair = find_pair(r, map, name);

	return pair ? yaml_document_get_node(r->document, pair->value) : map;
}

static bool unknown_key(struct reader *r, const yaml_node_t *node,
			const struct key *keys)
{
	char names[200] = "", value[GOT_BYTES];
	size_t n = 0;

	for (; keys->name && n < sizeof(names); keys++)
		n += snprintf(names + n, sizeof(names) - n, "%s%s",
			      n ? ", " : "", keys->name);
	return reader_refuse(r, node, "unknown key %s, expected one of %s",
			     got(node, value), names);
}

/* Every key known and there only once. */
static bool check_keys(struct reader *r, yaml_node_t *map,
		       const struct key *keys)
{
	yaml_node_pair_t *pair = map->data.mapping.pairs.start;

	for (; pair < map->data.mapping.pairs.top; pair++) {
		yaml_node_t *node =
			yaml_document_get_node(r->document, pair->key);
		const char *name = reader_scalar(node);

		if (!name || !find_key(keys, name))
			return unknown_key(r, node, keys);
		if (find_pair(r, map, name) != pair) {
			reader_enter(r, name);
			return reader_refuse(r, node, "the key is there twice");
		}
	}
	return true;
}

bool reader_map(struct reader *r, yaml_node_t *node, const struct key *keys,
		void *target)
{
	if (node->type != YAML_MAPPING_NODE)
		return reader_unexpected(r, node, "a mapping of keys");
	if (!check_keys(r, node, keys))
		return false;
	for (; keys->name; keys++) {
		yaml_node_pair_t *pair = find_pair(r, node, keys->name);
		size_t length = reader_enter(r, keys->name);

		if (!pair && keys->required)
			return reader_refuse(r, node, "the key is missing");
		if (pair && !keys->read(r,
					yaml_document_get_node(r->document,
							       pair->value),
					keys, (char *)target + keys->offset))
			return false;
		reader_leave(r, length);
	}
	return true;
}

bool read_map(struct reader *r, yaml_node_t *node, const struct key *key,
	      void *target)
{
	return reader_map(r, node, key->keys, target);
}

bool read_list(struct reader *r, yaml_node_t *node, const struct key *key,
	       void *target)
{
	yaml_node_item_t *item;
	unsigned index = 0;

	if (node->type != YAML_SEQUENCE_NODE)
		return reader_unexpected(r, node, "a list");
	for (item = node->data.sequence.items.start;
	     item < node->data.sequence.items.top; item++) {
		yaml_node_t *value = yaml_document_get_node(r->document, *item);
		size_t length = reader_enter_item(r, index);

		if (index++ >= key->max)
			return reader_refuse(r, value,
					     "expected at most %ld items",
					     key->max);
		if (!key->item(r, value, key, target))
			return false;
		reader_leave(r, length);
	}
	return true;
}

bool reader_number(struct reader *r, yaml_node_t *node, const char *what,
		   long min, long max, long *value)
{
	const char *text = reader_scalar(node);
	char expected[96];
	size_t digits;

	snprintf(expected, sizeof(expected), "%s %ld..%ld", what, min, max);
	if (!text)
		return reader_unexpected(r, node, expected);
	digits = strspn(text, "0123456789");
	/* A leading zero would be octal to other readers of YAML. */
	if (!digits || text[digits] || digits > 10 ||
	    (digits > 1 && text[0] == '0'))
		return reader_unexpected(r, node, expected);
	if (node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
		return reader_refuse(r, node, "expected %s without quotes",
				     expected);
	*value = strtol(text, NULL, 10);
	if (*value < min || *value > max)
		return reader_unexpected(r, node, expected);
	return true;
}

bool read_u8(struct reader *r, yaml_node_t *node, const struct key *key,
	     void *target)
{
	long value;

	if (!reader_number(r, node, key->what, key->min, key->max, &value))
		return false;
	*(uint8_t *)target = value;
	return true;
}

bool read_u16(struct reader *r, yaml_node_t *node, const struct key *key,
	      void *target)
{
	long value;

	if (!reader_number(r, node, key->what, key->min, key->max, &value))
		return false;
	*(uint16_t *)target = value;
	return true;
}

bool read_u32(struct reader *r, yaml_node_t *node, const struct key *key,
	      void *target)
{
	long value;

	if (!reader_number(r, node, key->what, key->min, key->max, &value))
		return false;
	*(uint32_t *)target = value;
	return true;
}

bool read_text(struct reader *r, yaml_node_t *node, const struct key *key,
	       void *target)
{
	const char *text = reader_scalar(node);
	size_t length = text ? strlen(text) : 0;

	if (!length)
		return reader_unexpected(r, node, key->what);
	if (length >= (size_t)key->max)
		return reader_refuse(r, node,
				     "expected %s of at most %ld bytes",
				     key->what, key->max - 1);
	for (size_t i = 0; i < length; i++) {
		if (!isgraph((unsigned char)text[i]))
			return reader_unexpected(r, node, key->what);
	}
	memcpy(target, text, length + 1);
	return true;
}

bool read_name(struct reader *r, yaml_node_t *node, const struct key *key,
	       void *target)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._-";
	const char *text = reader_scalar(node);

	if (!text || !*text || text[strspn(text, letters)] ||
	    strlen(text) >= CONFIG_NAME)
		return reader_unexpected(r, node,
					 "a name of at most 31 letters, digits "
					 "and . _ -");
	strcpy(target, text);
	return true;
}

/* Not of a host: unspecified, loopback, multicast, broadcast and reserved
 * (RFC 6890), IPv4-mapped. */
static bool is_host(const struct address *a)
{
	static const uint8_t loopback[16] = { [15] = 1 }, any[16];
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (a->family == 4)
		return a->bytes[0] != 0 && a->bytes[0] != 127 &&
		       a->bytes[0] < 224;
	return a->bytes[0] != 0xff && memcmp(a->bytes, loopback, 16) &&
	       memcmp(a->bytes, any, 16) && memcmp(a->bytes, mapped, 12);
}

bool read_address(struct reader *r, yaml_node_t *node, const struct key *key,
		  void *target)
{
	const char *text = reader_scalar(node);

	if (!text || !address_parse(text, target) || !is_host(target))
		return reader_unexpected(r, node,
					 "the IPv4 or IPv6 address of a host");
	return true;
}

bool read_prefix(struct reader *r, yaml_node_t *node, const struct key *key,
		 void *target)
{
	const char *text = reader_scalar(node);

	if (!text || !prefix_parse(text, target))
		return reader_unexpected(r, node,
					 "a prefix like 10.1.0.0/24 or "
					 "fd01::/64 with all host bits zero");
	return true;
}

/* Index of the choice; says what the choices are otherwise. */
static bool choose(struct reader *r, yaml_node_t *node, const struct key *key,
		   unsigned *value)
{
	const char *text = reader_scalar(node);
	char expected[128] = "one of ";
	size_t n = strlen(expected);

	for (unsigned i = 0; key->choices[i]; i++) {
		if (text && !strcmp(text, key->choices[i])) {
			*value = i;
			return i <= (unsigned)key->max ||
			       reader_refuse(r, node,
					     "\"%s\" is not available yet in "
					     "this version; use %s",
					     text, key->choices[0]);
		}
		if (i <= (unsigned)key->max && n < sizeof(expected))
			n += snprintf(expected + n, sizeof(expected) - n,
				      "%s%s", i ? ", " : "", key->choices[i]);
	}
	return reader_unexpected(r, node, expected);
}

bool read_choice(struct reader *r, yaml_node_t *node, const struct key *key,
		 void *target)
{
	return choose(r, node, key, target);
}

bool read_side(struct reader *r, yaml_node_t *node, const struct key *key,
	       void *target)
{
	static const char *const names[] = { "client", "server", NULL };
	const struct key sides = { .choices = names, .max = SIDE_SERVER };
	unsigned value;

	if (!choose(r, node, &sides, &value))
		return false;
	*(uint8_t *)target = value;
	return true;
}

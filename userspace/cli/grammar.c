// SPDX-License-Identifier: BSD-3-Clause
/* grammar.c - match the arguments of a verb against its usage string */
#include "grammar.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define GROUPS_MAX 16

/* A piece of the grammar, not terminated. */
struct piece {
	const char *at;
	size_t length;
};

struct matcher {
	char **argv; /* next argument */
	struct args *out;
	char *err;
	size_t err_bytes;
};

#define refuse(m, ...) (snprintf((m)->err, (m)->err_bytes, __VA_ARGS__), -1)

/* Cuts the next item off: a word or a bracket with what is in it. */
static struct piece next_item(const char **grammar)
{
	struct piece item;
	const char *end;

	*grammar += strspn(*grammar, " ");
	item.at = *grammar;
	end = *item.at == '[' ? strchr(item.at, ']') + 1 :
				item.at + strcspn(item.at, " ");
	item.length = end - item.at;
	*grammar = end;
	return item;
}

static bool is(struct piece p, const char *word)
{
	return strlen(word) == p.length && !memcmp(p.at, word, p.length);
}

static bool is_value(struct piece p)
{
	return isupper((unsigned char)*p.at);
}

static bool is_choice(struct piece p)
{
	return memchr(p.at, '|', p.length);
}

static bool is_number(const char *text)
{
	return *text && strlen(text) <= 10 &&
	       strspn(text, "0123456789") == strlen(text);
}

/* One alternative of a choice, or all of an item: a word, or a place for a value. */
static bool fits(struct piece p, const char *word)
{
	if (!is_value(p))
		return is(p, word);
	return (!is(p, "N") && !is(p, "ID")) || is_number(word);
}

static bool chosen(struct piece choice, const char *word)
{
	const char *end = choice.at + choice.length;
	struct piece p = { choice.at, 0 };

	for (; p.at < end; p.at += p.length + 1) {
		const char *bar = memchr(p.at, '|', end - p.at);

		p.length = (bar ? bar : end) - p.at;
		if (fits(p, word))
			return true;
	}
	return false;
}

/* Takes one argument as the value `what` and binds it to `name`. */
static int take(struct matcher *m, struct piece what, struct piece name)
{
	const char *arg = *m->argv;
	struct args *out = m->out;

	if (!arg)
		return refuse(m, "%.*s is missing", (int)what.length, what.at);
	if (is_choice(what) && !chosen(what, arg))
		return refuse(m, "expected %.*s, not '%s'", (int)what.length,
			      what.at, arg);
	if (!is_choice(what) && !fits(what, arg))
		return refuse(m, "%.*s is a number, not '%s'", (int)what.length,
			      what.at, arg);
	if (out->n == ARGS_MAX)
		return refuse(m, "too many arguments");
	out->bound[out->n].name = name.at;
	out->bound[out->n].length = name.length;
	out->bound[out->n++].value = arg;
	m->argv++;
	return 0;
}

/* Takes what stands in one bracket; 1: the next argument is not for it. */
static int take_group(struct matcher *m, struct piece group)
{
	struct piece first = { group.at + 1, strcspn(group.at + 1, " ]") };
	struct piece value = { first.at + first.length + 1, 0 };

	if (is_value(first) || is_choice(first))
		return take(m, first, first);
	if (!is(first, *m->argv))
		return 1;
	m->argv++;
	value.length = group.at + group.length - 1 - value.at;
	if (!is(first, "--"))
		return take(m, value, first);
	if (!*m->argv)
		return refuse(m, "COMMAND is missing");
	m->out->command = m->argv;
	while (*m->argv)
		m->argv++;
	return 0;
}

/* Takes the brackets that follow each other, in the order of the arguments. */
static int take_groups(struct matcher *m, const char **grammar)
{
	struct piece groups[GROUPS_MAX];
	size_t n = 0, i;
	int ret = 0;

	while (n < GROUPS_MAX && **grammar == '[') {
		groups[n++] = next_item(grammar);
		*grammar += strspn(*grammar, " ");
	}
	while (*m->argv && !ret) {
		for (ret = 1, i = 0; i < n && ret == 1; i++) {
			if (!groups[i].at)
				continue;
			ret = take_group(m, groups[i]);
			if (!ret)
				groups[i].at = NULL;
		}
	}
	return ret < 0 ? ret : 0;
}

static int take_word(struct matcher *m, struct piece word)
{
	if (is_value(word) || is_choice(word))
		return take(m, word, word);
	if (!*m->argv)
		return refuse(m, "'%.*s' is missing", (int)word.length,
			      word.at);
	if (!is(word, *m->argv))
		return refuse(m, "expected '%.*s', not '%s'", (int)word.length,
			      word.at, *m->argv);
	m->argv++;
	return 0;
}

int grammar_match(const char *grammar, char **argv, struct args *out, char *err,
		  size_t err_bytes)
{
	struct matcher m = { argv, out, err, err_bytes };
	int ret = 0;

	*out = (struct args){ 0 };
	while (*grammar && !ret) {
		if (*grammar == '[')
			ret = take_groups(&m, &grammar);
		else
			ret = take_word(&m, next_item(&grammar));
		grammar += strspn(grammar, " ");
	}
	if (!ret && *m.argv)
		ret = refuse(&m, "unexpected argument '%s'", *m.argv);
	return ret;
}

const char *args_get(const struct args *args, const char *name)
{
	for (size_t i = 0; i < args->n; i++) {
		struct piece p = { args->bound[i].name, args->bound[i].length };

		if (is(p, name))
			return args->bound[i].value;
	}
	return NULL;
}

// SPDX-License-Identifier: BSD-3-Clause
/* environment.c - what the runtime asks for: the CNI_ variables */
#include "environment.h"

#include <limits.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { CONTAINER = 1, NETNS = 2, IFNAME = 4, PATH = 8 };

/* Section 2 of the specification: what each verb needs. */
static const struct {
	const char *name;
	unsigned needs;
} verbs[] = {
	[VERB_ADD] = { "ADD", CONTAINER | NETNS | IFNAME },
	[VERB_DEL] = { "DEL", CONTAINER | IFNAME },
	[VERB_CHECK] = { "CHECK", CONTAINER | NETNS | IFNAME },
	[VERB_GC] = { "GC", PATH },
	[VERB_STATUS] = { "STATUS", 0 },
	[VERB_VERSION] = { "VERSION", 0 },
};

static bool is_alphanumeric(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9');
}

static bool is_container(const char *text)
{
	if (!is_alphanumeric(*text) || strlen(text) > NAME_MAX)
		return false;
	for (; *text; text++)
		if (!is_alphanumeric(*text) && !strchr("_.-", *text))
			return false;
	return true;
}

/* What the kernel takes as the name of a netdev. */
static bool is_ifname(const char *text)
{
	return *text && strlen(text) < IFNAMSIZ && strcmp(text, ".") &&
	       strcmp(text, "..") && !strpbrk(text, "/: \t\n\r\v\f");
}

static bool is_any(const char *text)
{
	return *text;
}

static const char *get(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

static int find_verb(struct environment *env, struct failure *f)
{
	const char *name = get("CNI_COMMAND");

	if (!name)
		return failure_set(
			f, FAILURE_ENVIRONMENT,
			"CNI_COMMAND is not set: container runtimes run this program, see vfleet-cni(8)");
	for (unsigned i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
		if (strcmp(name, verbs[i].name))
			continue;
		env->verb = (enum verb)i;
		return 0;
	}
	return failure_set(
		f, FAILURE_ENVIRONMENT,
		"CNI_COMMAND: %s is none of ADD, DEL, CHECK, GC, STATUS, VERSION",
		name);
}

int environment_read(struct environment *env, struct failure *f)
{
	const struct {
		unsigned bit;
		const char *name;
		bool (*good)(const char *text);
		const char **to;
	} variables[] = {
		{ CONTAINER, "CNI_CONTAINERID", is_container, &env->container },
		{ NETNS, "CNI_NETNS", is_any, &env->netns },
		{ IFNAME, "CNI_IFNAME", is_ifname, &env->ifname },
		{ PATH, "CNI_PATH", is_any, &env->path },
	};

	if (find_verb(env, f) < 0)
		return -1;
	for (unsigned i = 0; i < sizeof(variables) / sizeof(*variables); i++) {
		const char *value = get(variables[i].name);
		bool needed = verbs[env->verb].needs & variables[i].bit;

		*variables[i].to = value;
		if (needed && !value)
			return failure_set(f, FAILURE_ENVIRONMENT,
					   "%s is not set, and %s needs it",
					   variables[i].name,
					   verbs[env->verb].name);
		if (needed && !variables[i].good(value))
			return failure_set(f, FAILURE_ENVIRONMENT,
					   "%s: '%s' is not valid",
					   variables[i].name, value);
	}
	return 0;
}

// SPDX-License-Identifier: BSD-3-Clause
/* main.c - vfleet-cni: a container runtime's request, from environment and stdin */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"

#define CONFIG_BYTES_MAX (1 << 20)

static int read_config(struct command *c)
{
	char *text = malloc(CONFIG_BYTES_MAX);
	size_t n = 0;
	ssize_t got = 1;
	int ret;

	while (text && got > 0 && n < CONFIG_BYTES_MAX) {
		got = read(STDIN_FILENO, text + n, CONFIG_BYTES_MAX - n);
		n += got > 0 ? (size_t)got : 0;
	}
	if (!text || got < 0)
		ret = failure_set(&c->failure, FAILURE_IO,
				  "cannot read the configuration: %s",
				  strerror(errno));
	else
		ret = netconf_parse(&c->conf, text, n, c->env.verb,
				    &c->failure);
	free(text);
	return ret;
}

static int run(struct command *c)
{
	switch (c->env.verb) {
	case VERB_ADD:
		return command_add(c);
	case VERB_DEL:
		return command_del(c);
	case VERB_CHECK:
		return command_check(c);
	case VERB_GC:
		return command_gc(c);
	case VERB_STATUS:
		return command_status(c);
	case VERB_VERSION:
		c->answer = answer_versions(json_string_value(
			json_object_get(c->conf.json, "cniVersion")));
		return 0;
	}
	return -1;
}

static int print(json_t *answer)
{
	int err = json_dumpf(answer, stdout, JSON_INDENT(2));

	json_decref(answer);
	return err < 0 || putchar('\n') < 0 || fflush(stdout) == EOF ? -1 : 0;
}

/* A VF stays with the pod only if the runtime has read of it. */
static int answer(struct command *c)
{
	if (c->answer && print(c->answer) < 0)
		return failure_set(&c->failure, FAILURE_IO,
				   "nobody reads the answer");
	return c->keeper.socket < 0 ? 0 : keeper_stay(&c->keeper, &c->failure);
}

int main(void)
{
	struct command c = { .keeper.socket = -1 };
	bool done;

	done = environment_read(&c.env, &c.failure) == 0 &&
	       read_config(&c) == 0 && run(&c) == 0 && answer(&c) == 0;
	if (!done)
		print(answer_failure(c.conf.version, &c.failure));
	netconf_free(&c.conf);
	return done ? EXIT_SUCCESS : EXIT_FAILURE;
}

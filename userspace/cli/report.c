// SPDX-License-Identifier: BSD-3-Clause
/* report.c - results and refusals, in the voice that was asked for */
#include "cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SENTENCE_BYTES 2048

void cli_print_json(const json_t *value)
{
	json_dumpf(value, stdout, JSON_COMPACT | JSON_ENCODE_ANY);
	putchar('\n');
}

/* What is in the braces, of that length, with the argument in its place. */
static void print_argument(FILE *out, const struct cli *cli, const char *text,
			   size_t length)
{
	const char *value, *rest = memchr(text, '?', length);
	char key[32];

	snprintf(key, sizeof(key), "%.*s",
		 (int)(rest ? (size_t)(rest - text) : length), text);
	value = args_get(&cli->args, key);
	if (!rest)
		fputs(value ? value : key, out);
	else if (value)
		fprintf(out, "%s%.*s", value, (int)(text + length - rest - 1),
			rest + 1);
}

/* Writes the verb's deed with its arguments in place. */
static void print_deed(FILE *out, const struct cli *cli)
{
	const char *p = cli->verb->deed;

	while (*p) {
		size_t plain = strcspn(p, "{"), length;

		fprintf(out, "%.*s", (int)plain, p);
		p += plain;
		if (!*p)
			return;
		length = strcspn(++p, "}");
		print_argument(out, cli, p, length);
		p += length + 1;
	}
}

static void print_error(const struct cli *cli, const char *errno_name,
			const char *sentence)
{
	json_t *error;

	if (!cli->json) {
		fflush(stdout);
		fprintf(stderr, "vfleet: %s", sentence);
		if (errno_name)
			fprintf(stderr, " (%s)", errno_name);
		fputc('\n', stderr);
		return;
	}
	error = json_pack("{s:s, s:s?}", "error", sentence, "errno",
			  errno_name);
	if (error)
		cli_print_json(error);
	json_decref(error);
}

enum cli_status cli_fail(const struct cli *cli, const char *errno_name,
			 const char *sentence)
{
	char text[SENTENCE_BYTES] = "";
	FILE *out = fmemopen(text, sizeof(text) - 1, "w");

	if (out) {
		fputs("cannot ", out);
		print_deed(out, cli);
		fprintf(out, ": %s", sentence);
		fclose(out);
	}
	print_error(cli, errno_name, out ? text : sentence);
	return CLI_FAILED;
}

enum cli_status cli_fail_errno(const struct cli *cli, int err,
			       const char *sentence)
{
	return cli_fail(cli, strerrorname_np(abs(err)), sentence);
}

enum cli_status cli_usage(const struct cli *cli, const char *sentence)
{
	char text[SENTENCE_BYTES];

	if (!cli->noun)
		snprintf(text, sizeof(text), "%s%susage: vfleet help", sentence,
			 cli->json ? "; " : "\n");
	else if (!cli->verb)
		snprintf(text, sizeof(text), "%s%susage: vfleet help %s",
			 sentence, cli->json ? "; " : "\n", cli->noun->name);
	else
		snprintf(text, sizeof(text), "%s%susage: vfleet %s %s %s",
			 sentence, cli->json ? "; " : "\n", cli->noun->name,
			 cli->verb->name, cli->verb->grammar);
	print_error(cli, cli->json ? "EINVAL" : NULL, text);
	return CLI_USAGE;
}

// SPDX-License-Identifier: BSD-3-Clause
/* noun_config.c - check, apply and read back the configuration */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "client.h"
#include "table.h"

#define CONFIG_BYTES_MAX (4 << 20)

/* Reads a stream to its end. Returns the text, for free(), or NULL with errno. */
static char *read_all(FILE *in)
{
	char *text = malloc(CONFIG_BYTES_MAX + 1);
	size_t n;

	if (!text)
		return NULL;
	n = fread(text, 1, CONFIG_BYTES_MAX + 1, in);
	if (!ferror(in) && n > CONFIG_BYTES_MAX)
		errno = EFBIG;
	if (ferror(in) || n > CONFIG_BYTES_MAX) {
		free(text);
		return NULL;
	}
	text[n] = '\0';
	if (strlen(text) == n)
		return text;
	free(text);
	errno = EILSEQ;
	return NULL;
}

/* The text of a file, "-" for stdin. For free(); NULL with errno. */
static char *read_file(const char *name)
{
	FILE *in = strcmp(name, "-") ? fopen(name, "r") : stdin;
	char *text;
	int err;

	if (!in)
		return NULL;
	text = read_all(in);
	err = errno;
	if (in != stdin)
		fclose(in);
	errno = err;
	return text;
}

static const char *read_sentence(int err)
{
	if (err == EFBIG)
		return "the file is larger than 4 MiB";
	if (err == EILSEQ)
		return "the file is not text: it has NUL or is not UTF-8";
	return strerror(err);
}

/* Sends the text of the file along: vfleetd may live in another mount namespace. */
static enum cli_status send_file(struct cli *cli)
{
	const char *name = args_get(&cli->args, "FILE");
	char *text = read_file(name);
	json_t *request, *string;
	int err = errno;

	if (!text)
		return cli_fail_errno(cli, err, read_sentence(err));
	string = json_string(text);
	free(text);
	if (!string)
		return cli_fail_errno(cli, EILSEQ, read_sentence(EILSEQ));
	request = client_request(cli);
	json_object_set_new(request, "file", json_string(name));
	json_object_set_new(request, "text", string);
	return client_call(cli, request);
}

/* The YAML itself, so that "config show | config apply -" is the identity. */
static void print_yaml(const json_t *text)
{
	if (json_is_string(text))
		fputs(json_string_value(text), stdout);
	else
		table_print_any(text);
}

static void print_verdict(const json_t *result)
{
	const char *file = json_string_value(json_object_get(result, "file"));
	bool applied = json_is_true(json_object_get(result, "applied"));
	const json_t *warning;
	size_t i;

	printf("%s is %s\n", file ? file : "-",
	       applied ? "in force" : "a good configuration");
	json_array_foreach(json_object_get(result, "warnings"), i, warning)
		printf("warning: %s\n", json_string_value(warning));
}

static const struct verb verbs[] = {
	{ "show", "", "show the configuration",
	  "the configuration in force, as 'apply' accepts it", client_run,
	  print_yaml },
	{ "check", "FILE", "accept {FILE}",
	  "check a configuration and change nothing; - is stdin", send_file,
	  print_verdict },
	{ "apply", "FILE", "apply {FILE}",
	  "put a configuration in force; - is stdin", send_file,
	  print_verdict },
	{ NULL, NULL, NULL, NULL, NULL, NULL },
};

const struct noun noun_config = { "config", "configuration", verbs };

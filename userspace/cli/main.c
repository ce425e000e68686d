// SPDX-License-Identifier: BSD-3-Clause
/* main.c - the vfleet command: vfleet [-j] NOUN [VERB] [ARGUMENT]... */
#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VERB_DEFAULT   "show"
#define SOCKET_DEFAULT "/run/vfleet/vfleetd.sock"

#define WIDTH	       80 /* of help, columns */
#define USAGE_INDENT   10

static const struct noun *const nouns[] = {
	&noun_pf,    &noun_vf,	&noun_lease,   &noun_engine, &noun_service,
	&noun_scale, &noun_mss, &noun_flow,    &noun_stats,  &noun_config,
	&noun_pmtu,  &noun_nat, &noun_monitor, &noun_top,    &noun_doctor,
};

#define NOUNS (sizeof(nouns) / sizeof(nouns[0]))

static const char usage_head[] =
	"usage: vfleet [-j] [-s SOCKET] NOUN [VERB] [ARGUMENT]...\n"
	"\n"
	"  -j         print JSON, errors included\n"
	"  -s SOCKET  of vfleetd; default $VFLEET_SOCKET or " SOCKET_DEFAULT
	"\n"
	"  -V         print the version\n"
	"\n"
	"A noun without verb means 'show'. Exit status: 0 done, 1 refused or\n"
	"failed, 2 wrong usage. 'vfleet help NOUN' says more; so does vfleet(8).\n";

static const struct noun *find_noun(const char *name)
{
	for (size_t i = 0; i < NOUNS; i++) {
		if (!strcmp(nouns[i]->name, name))
			return nouns[i];
	}
	return NULL;
}

static const struct verb *find_verb(const struct noun *noun, const char *name)
{
	for (const struct verb *v = noun->verbs; v->name; v++) {
		if (!strcmp(v->name, name))
			return v;
	}
	return NULL;
}

/* Prints the items of a grammar, broken into lines of a terminal's width. */
static void print_grammar(const char *grammar, int at)
{
	while (*grammar) {
		const char *end = *grammar == '[' ?
					  strchr(grammar, ']') + 1 :
					  grammar + strcspn(grammar, " ");
		int length = end - grammar;

		if (at + 1 + length > WIDTH)
			at = printf("\n%*s", USAGE_INDENT - 1, "") - 1;
		at += printf(" %.*s", length, grammar);
		grammar = end + strspn(end, " ");
	}
	putchar('\n');
}

static void print_noun(const struct noun *noun)
{
	printf("\n%s - %s\n", noun->name, noun->help);
	for (const struct verb *v = noun->verbs; v->name; v++) {
		print_grammar(v->grammar,
			      printf("  %s %s", noun->name, v->name));
		printf("      %s\n", v->help);
	}
}

static json_t *noun_json(const struct noun *noun)
{
	json_t *verbs = json_array();

	for (const struct verb *v = noun->verbs; v->name; v++)
		json_array_append_new(
			verbs, json_pack("{s:s, s:s, s:s}", "verb", v->name,
					 "args", v->grammar, "help", v->help));
	return json_pack("{s:s, s:s, s:o}", "noun", noun->name, "help",
			 noun->help, "verbs", verbs);
}

/* Prints the usage of one noun, or of all when only is NULL. */
static void help(const struct cli *cli, const struct noun *only)
{
	json_t *all = json_array();

	if (!cli->json && !only)
		fputs(usage_head, stdout);
	for (size_t i = 0; i < NOUNS; i++) {
		if (only && nouns[i] != only)
			continue;
		if (cli->json)
			json_array_append_new(all, noun_json(nouns[i]));
		else
			print_noun(nouns[i]);
	}
	if (cli->json)
		cli_print_json(all);
	json_decref(all);
}

static enum cli_status run_help(const struct cli *cli, char **argv)
{
	const struct noun *only = argv[0] ? find_noun(argv[0]) : NULL;
	char err[256];

	if (argv[0] && !only) {
		snprintf(err, sizeof(err), "no noun '%s'", argv[0]);
		return cli_usage(cli, err);
	}
	if (argv[0] && argv[1])
		return cli_usage(cli, "help takes one noun");
	help(cli, only);
	return CLI_DONE;
}

/* Runs NOUN [VERB] [ARGUMENT]... */
static enum cli_status run(struct cli *cli, char **argv)
{
	const char *verb;
	char err[512];

	if (!*argv) {
		help(cli, NULL);
		return CLI_USAGE;
	}
	if (!strcmp(*argv, "help"))
		return run_help(cli, argv + 1);
	cli->noun = find_noun(*argv);
	if (!cli->noun) {
		snprintf(err, sizeof(err), "no noun '%s'", *argv);
		return cli_usage(cli, err);
	}
	verb = argv[1] ? *++argv : VERB_DEFAULT;
	cli->verb = find_verb(cli->noun, verb);
	if (!cli->verb) {
		snprintf(err, sizeof(err), "no verb '%s' for %s", verb,
			 cli->noun->name);
		return cli_usage(cli, err);
	}
	cli->argv = ++argv;
	if (grammar_match(cli->verb->grammar, argv, &cli->args, err,
			  sizeof(err)))
		return cli_usage(cli, err);
	return cli->verb->run(cli);
}

/* Reads the options and runs what follows them. */
static enum cli_status run_options(struct cli *cli, int argc, char **argv)
{
	char err[64];
	int opt;

	/* "+": what follows the noun belongs to it; ":": errors are ours to print */
	while ((opt = getopt(argc, argv, "+:js:Vh")) != -1) {
		switch (opt) {
		case 'j':
			cli->json = true;
			break;
		case 's':
			cli->socket = optarg;
			break;
		case 'V':
			puts("vfleet " VFLEET_VERSION);
			return CLI_DONE;
		case 'h':
			help(cli, NULL);
			return CLI_DONE;
		default:
			snprintf(err, sizeof(err),
				 opt == ':' ? "option -%c needs a value" :
					      "no option -%c",
				 optopt);
			return cli_usage(cli, err);
		}
	}
	return run(cli, argv + optind);
}

int main(int argc, char **argv)
{
	struct cli cli = { .socket = getenv("VFLEET_SOCKET") };
	enum cli_status status;

	if (!cli.socket || !*cli.socket)
		cli.socket = SOCKET_DEFAULT;
	status = run_options(&cli, argc, argv);
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "vfleet: cannot write the output: %s\n",
			strerror(errno));
		return CLI_FAILED;
	}
	return status;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* cli.h - what a noun of the command line is made of */
#ifndef CLI_H
#define CLI_H

#include <stdbool.h>

#include <jansson.h>

#include "grammar.h"

/* Exit status of the command. */
enum cli_status { CLI_DONE, CLI_FAILED, CLI_USAGE };

struct cli;

struct verb {
	const char *name;
	const char *grammar; /* of its arguments, see grammar.h */
	const char *deed; /* ends "cannot ..."; {NAME} stands for an argument,
			   * {NAME?text} for it and the text, if it was given
			   */
	const char *help; /* one line */
	enum cli_status (*run)(struct cli *cli);
	/* Text form of what vfleetd answered; NULL: any JSON, printed as it is. */
	void (*print)(const json_t *result);
};

struct noun {
	const char *name;
	const char *help;
	const struct verb *verbs; /* ends with a nameless one */
};

/* One invocation. */
struct cli {
	bool json;
	const char *socket; /* of vfleetd */
	const struct noun *noun;
	const struct verb *verb;
	char **argv; /* behind the verb, NULL-terminated */
	struct args args; /* the same, matched against verb->grammar */
};

extern const struct noun noun_pf, noun_vf, noun_lease, noun_engine,
	noun_service, noun_scale, noun_mss, noun_flow, noun_stats, noun_config,
	noun_monitor, noun_top, noun_doctor, noun_pmtu, noun_nat;

/* Prints a value as one line of JSON on stdout. */
void cli_print_json(const json_t *value);

/* Says that the verb failed: "vfleet: cannot DEED: SENTENCE (ERRNO)", as JSON under
 * -j. errno_name may be NULL. Returns CLI_FAILED.
 */
enum cli_status cli_fail(const struct cli *cli, const char *errno_name,
			 const char *sentence);

/* The same for an errno value, positive or negative. */
enum cli_status cli_fail_errno(const struct cli *cli, int err,
			       const char *sentence);

/* Says what is wrong with the words on the command line. Returns CLI_USAGE. */
enum cli_status cli_usage(const struct cli *cli, const char *sentence);

#endif

// SPDX-License-Identifier: BSD-3-Clause
/* noun_doctor.c - what on this host would keep vfleet from working, and the mend */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "doctor.h"

void doctor_say(char *to, size_t bytes, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(to, bytes, fmt, ap);
	va_end(ap);
}

bool doctor_line(const char *path, const char *key, char *line, size_t bytes)
{
	FILE *in = fopen(path, "r");
	bool found = false;

	while (in && !found && fgets(line, bytes, in))
		found = !strncmp(line, key, strlen(key));
	if (in)
		fclose(in);
	return found;
}

long doctor_number(const char *path)
{
	char line[32];

	return doctor_line(path, "", line, sizeof(line)) ?
		       strtol(line, NULL, 0) :
		       -1;
}

static json_t *finding_json(const char *name, const char *verdict,
			    const struct finding *f)
{
	return json_pack("{s:s, s:s, s:s, s:s?}", "check", name, "verdict",
			 verdict, "detail", f->detail, "mend",
			 *f->mend ? f->mend : NULL);
}

static void print_finding(const char *name, const char *verdict,
			  const struct finding *f)
{
	printf("%-4s  %-10s %s%s%s\n", verdict, name, f->detail,
	       *f->mend ? " -> " : "", f->mend);
}

/* Runs the checks of a list, and says what each found. */
static enum verdict run_checks(const struct check *c, const struct cli *cli,
			       json_t *list)
{
	static const char *const verdicts[] = { "ok", "warn", "bad" };
	enum verdict worst = VERDICT_OK;

	for (; c->name; c++) {
		struct finding f = { .socket = cli->socket };
		enum verdict v = c->run(&f);

		worst = v > worst ? v : worst;
		if (cli->json)
			json_array_append_new(
				list, finding_json(c->name, verdicts[v], &f));
		else
			print_finding(c->name, verdicts[v], &f);
	}
	return worst;
}

static enum cli_status show(struct cli *cli)
{
	json_t *list = json_array();
	enum verdict vf = run_checks(doctor_vf, cli, list),
		     engine = run_checks(doctor_engine, cli, list);

	if (cli->json)
		cli_print_json(list);
	json_decref(list);
	return vf == VERDICT_BAD || engine == VERDICT_BAD ? CLI_FAILED :
							    CLI_DONE;
}

static const struct verb verbs[] = {
	{ "show", "", "look at this host",
	  "what on this host would keep vfleet from working, and the mend",
	  show, NULL },
	{ NULL, NULL, NULL, NULL, NULL, NULL },
};

const struct noun noun_doctor = { "doctor", "is this host ready", verbs };

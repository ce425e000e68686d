// SPDX-License-Identifier: BSD-3-Clause
/* noun_top.c - the fleet at a glance, once a second */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"
#include "client.h"
#include "noun.h"
#include "table.h"

#define PERIOD_MS 1000

/* No cursor, and back; home and clear. The last sample stays on the screen, and the
 * reason why it is the last one below it.
 */
#define SCREEN_ENTER "\033[?25l"
#define SCREEN_LEAVE "\033[?25h"
#define SCREEN_CLEAR "\033[H\033[J"

struct top {
	const struct cli *cli;
	bool screen; /* stdout is a terminal */
	bool keys; /* stdin is one */
	struct termios saved; /* of stdin */
	int signals;
};

static json_t *ask(const struct top *t, const char *noun)
{
	json_t *result;

	client_ask(t->cli,
		   json_pack("{s:s, s:s, s:[]}", "noun", noun, "verb", "show",
			     "args"),
		   &result);
	return result;
}

static void print_text(const struct top *t, const json_t *sample)
{
	const json_t *scale = json_object_get(sample, "scale"), *value;
	char cell[CELL_BYTES], clock[16];
	time_t now = time(NULL);
	const char *key;
	struct tm tm;

	strftime(clock, sizeof(clock), "%H:%M:%S", localtime_r(&now, &tm));
	printf("%s%s", t->screen ? SCREEN_CLEAR : "", clock);
	json_object_foreach((json_t *)scale, key, value) {
		table_cell(value, UNIT_NONE, cell, sizeof(cell));
		printf("  %s %s", key, cell);
	}
	printf("\n\n");
	engine_print(json_object_get(sample, "engines"));
	putchar('\n');
	service_print(json_object_get(sample, "services"));
}

/* Asks for a sample and shows it. */
static enum cli_status show_sample(const struct top *t)
{
	json_t *scale = ask(t, "scale");
	json_t *engines = scale ? ask(t, "engine") : NULL;
	json_t *services = engines ? ask(t, "service") : NULL;
	json_t *sample;

	/* takes over the references; NULL if one of them is */
	sample = json_pack("{s:o, s:o, s:o}", "scale", scale, "engines",
			   engines, "services", services);
	if (!sample)
		return CLI_FAILED;
	if (t->cli->json)
		cli_print_json(sample);
	else
		print_text(t, sample);
	fflush(stdout);
	json_decref(sample);
	return CLI_DONE;
}

/* Waits for the next sample's time. True when the user wants to leave. */
static bool wait_or_leave(const struct top *t)
{
	struct pollfd fds[] = {
		{ .fd = t->signals, .events = POLLIN },
		{ .fd = t->keys ? STDIN_FILENO : -1, .events = POLLIN },
		{ .fd = STDOUT_FILENO }, /* POLLERR: nobody reads the pipe */
	};
	char key = 0;

	if (poll(fds, 3, PERIOD_MS) < 0)
		return errno != EINTR;
	if (fds[0].revents || fds[2].revents & POLLERR)
		return true;
	if (!fds[1].revents)
		return false;
	return read(STDIN_FILENO, &key, 1) <= 0 || key == 'q';
}

static void enter(struct top *t)
{
	struct termios raw;

	if (t->screen)
		fputs(SCREEN_ENTER, stdout);
	t->keys = t->screen && !tcgetattr(STDIN_FILENO, &t->saved);
	if (!t->keys)
		return;
	raw = t->saved;
	raw.c_lflag &= ~(ICANON | ECHO);
	tcsetattr(STDIN_FILENO, TCSANOW, &raw);
}

static void leave(const struct top *t)
{
	if (t->keys)
		tcsetattr(STDIN_FILENO, TCSANOW, &t->saved);
	if (t->screen)
		fputs(SCREEN_LEAVE, stdout);
	fflush(stdout);
}

static enum cli_status show(struct cli *cli)
{
	struct top t = { .cli = cli };
	enum cli_status status;
	sigset_t ends;

	t.screen = !cli->json && isatty(STDOUT_FILENO);
	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGHUP);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	t.signals = signalfd(-1, &ends, SFD_CLOEXEC);
	if (t.signals < 0)
		return cli_fail_errno(cli, errno, strerror(errno));
	enter(&t);
	do {
		status = show_sample(&t);
	} while (status == CLI_DONE && !wait_or_leave(&t));
	leave(&t);
	close(t.signals);
	return status;
}

static const struct verb verbs[] = {
	{ "show", "", "watch the fleet",
	  "engines and services, refreshed each second; q leaves", show, NULL },
	{ NULL, NULL, NULL, NULL, NULL, NULL },
};

const struct noun noun_top = { "top", "live view", verbs };

// SPDX-License-Identifier: BSD-3-Clause
/* noun_top.c - the fleet at a glance, once a second */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"
#include "client.h"
#include "noun.h"

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

/* "10:11:12  3 engines of 1..4, auto off" and what the fleet is at */
static void print_head(const json_t *scale)
{
	const char *status =
		json_string_value(json_object_get(scale, "status"));
	time_t now = time(NULL);
	char clock[16];
	struct tm tm;

	strftime(clock, sizeof(clock), "%H:%M:%S", localtime_r(&now, &tm));
	printf("%s  %lld engines of %lld..%lld, auto %s%s%s\n\n", clock,
	       json_integer_value(json_object_get(scale, "engines")),
	       json_integer_value(json_object_get(scale, "min")),
	       json_integer_value(json_object_get(scale, "max")),
	       json_is_true(json_object_get(scale, "auto")) ? "on" : "off",
	       status && *status ? ", " : "", status ? status : "");
}

/* The `n` services with most packets; a new reference. */
static json_t *busiest(const json_t *services, size_t n)
{
	json_t *rest = json_copy((json_t *)services), *out = json_array();

	while (n-- && json_array_size(rest)) {
		size_t i, best = 0;
		double most = -1;
		json_t *s;

		json_array_foreach(rest, i, s) {
			double pps =
				json_number_value(json_object_get(s, "pps"));

			if (pps > most) {
				most = pps;
				best = i;
			}
		}
		json_array_append(out, json_array_get(rest, best));
		json_array_remove(rest, best);
	}
	json_decref(rest);
	return out;
}

/* The busiest services, as many as the screen has room for. */
static void print_services(const struct top *t, json_t *services,
			   size_t lines_above)
{
	size_t n = json_array_size(services), room = n;
	struct winsize size;
	json_t *some;

	if (t->screen && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) &&
	    size.ws_row)
		room = size.ws_row > lines_above + 3 ?
			       size.ws_row - lines_above - 3 :
			       1;
	if (n <= room) {
		service_print(services);
		return;
	}
	some = busiest(services, room);
	service_print(some);
	json_decref(some);
	printf("and %zu more\n", n - room);
}

static void print_text(const struct top *t, const json_t *sample)
{
	const json_t *engines = json_object_get(sample, "engines");

	if (t->screen)
		fputs(SCREEN_CLEAR, stdout);
	print_head(json_object_get(sample, "scale"));
	engine_print(engines);
	putchar('\n');
	/* head, blank, titles, engines, blank */
	print_services(t, json_object_get(sample, "services"),
		       json_array_size(engines) + 4);
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

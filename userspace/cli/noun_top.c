// SPDX-License-Identifier: BSD-3-Clause
/* noun_top.c - the fleet at a glance, once a second */
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "cli.h"
#include "client.h"
#include "lanes.h"

#define PERIOD_MS     1000
#define EVENTS	      "20" /* as many of the newest as a screen may have room for */
#define COLUMNS_PLAIN 80

/* The terminal's second screen, without cursor; and back to what was there before. */
#define SCREEN_ENTER "\033[?1049h\033[?25l"
#define SCREEN_LEAVE "\033[?25h\033[?1049l"

/* A page is written over the last one, line by line, so that nothing flickers. */
#define PAGE_BEGIN "\033[H"
#define LINE_END   "\033[K"
#define PAGE_END   "\033[J"

enum wish { SAMPLE, LEAVE };

struct top {
	const struct cli *cli;
	bool screen; /* stdout is a terminal */
	bool keys; /* stdin is one */
	struct termios saved; /* of stdin */
	int signals;
};

/* Takes over the reference to args. */
static json_t *ask(const struct top *t, const char *noun, const char *verb,
		   json_t *args)
{
	json_t *result;

	client_ask(t->cli,
		   json_pack("{s:s, s:s, s:o}", "noun", noun, "verb", verb,
			     "args", args),
		   &result);
	return result;
}

/* {scale, engines, services, events}; NULL once a refusal was said. */
static json_t *take_sample(const struct top *t)
{
	json_t *scale = ask(t, "scale", "show", json_array());
	json_t *engines = scale ? ask(t, "engine", "show", json_array()) : NULL;
	json_t *services = engines ? ask(t, "service", "show", json_array()) :
				     NULL;
	json_t *events = services ? ask(t, "scale", "log",
					json_pack("[s, s]", "last", EVENTS)) :
				    NULL;

	/* takes over the references; NULL if one of them is */
	return json_pack("{s:o, s:o, s:o, s:o}", "scale", scale, "engines",
			 engines, "services", services, "events", events);
}

/* Size and abilities of what the page is for. */
static struct lanes_style style_of(const struct top *t)
{
	struct lanes_style style = { .columns = COLUMNS_PLAIN };
	struct winsize size;

	if (!t->screen)
		return style;
	style.blocks = !strcmp(nl_langinfo(CODESET), "UTF-8");
	style.colours = !getenv("NO_COLOR");
	style.rows = 24;
	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_row &&
	    size.ws_col) {
		style.rows = size.ws_row;
		style.columns = size.ws_col;
	}
	return style;
}

/* Lines of the page over the old ones; behind the last none begins. */
static void show_page(char *page)
{
	char *line = page, *end;

	fputs(PAGE_BEGIN, stdout);
	while ((end = strchr(line, '\n'))) {
		*end = '\0';
		printf("%s" LINE_END "%s", line, end[1] ? "\r\n" : "");
		line = end + 1;
	}
	fputs(PAGE_END, stdout);
}

static void print_sample(const struct top *t, const json_t *sample)
{
	const struct lanes_style style = style_of(t);
	size_t bytes;
	char *page;
	FILE *f;

	if (!t->screen) {
		lanes_write(stdout, &style, sample);
		putchar('\n');
		return;
	}
	f = open_memstream(&page, &bytes);
	if (!f)
		return;
	lanes_write(f, &style, sample);
	if (fclose(f) == 0)
		show_page(page);
	free(page);
}

/* Asks for a sample and shows it. */
static enum cli_status show_sample(const struct top *t)
{
	json_t *sample = take_sample(t);

	if (!sample)
		return CLI_FAILED;
	if (t->cli->json)
		cli_print_json(sample);
	else
		print_sample(t, sample);
	fflush(stdout);
	json_decref(sample);
	return CLI_DONE;
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

/* A signal came: the end, another size, or ctrl-Z. */
static enum wish take_signal(struct top *t)
{
	struct signalfd_siginfo info;

	if (read(t->signals, &info, sizeof(info)) != sizeof(info))
		return LEAVE;
	if (info.ssi_signo == SIGWINCH)
		return SAMPLE;
	if (info.ssi_signo != SIGTSTP)
		return LEAVE;
	leave(t);
	raise(SIGSTOP);
	enter(t);
	return SAMPLE;
}

/* Waits for the next sample's time, or for what the user wants before. */
static enum wish wait_or_leave(struct top *t)
{
	struct pollfd fds[] = {
		{ .fd = t->signals, .events = POLLIN },
		{ .fd = t->keys ? STDIN_FILENO : -1, .events = POLLIN },
		{ .fd = STDOUT_FILENO }, /* POLLERR: nobody reads the pipe */
	};
	char key = 0;

	if (poll(fds, 3, PERIOD_MS) < 0)
		return errno == EINTR ? SAMPLE : LEAVE;
	if (fds[2].revents & POLLERR)
		return LEAVE;
	if (fds[0].revents)
		return take_signal(t);
	if (!fds[1].revents)
		return SAMPLE;
	return read(STDIN_FILENO, &key, 1) <= 0 || key == 'q' ? LEAVE : SAMPLE;
}

static int take_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTSTP);
	sigaddset(&set, SIGWINCH);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static enum cli_status show(struct cli *cli)
{
	struct top t = { .cli = cli };
	enum cli_status status;

	setlocale(LC_CTYPE, "");
	t.screen = !cli->json && isatty(STDOUT_FILENO);
	t.signals = take_signals();
	if (t.signals < 0)
		return cli_fail_errno(cli, errno, strerror(errno));
	enter(&t);
	do {
		status = show_sample(&t);
	} while (status == CLI_DONE && wait_or_leave(&t) == SAMPLE);
	leave(&t);
	/* What was said on the second screen went with it: once more, here. */
	if (status != CLI_DONE && t.screen)
		json_decref(take_sample(&t));
	close(t.signals);
	return status;
}

static const struct verb verbs[] = {
	{ "show", "", "watch the fleet",
	  "engines, services and scale events, refreshed each second; q leaves",
	  show, NULL },
	{ NULL, NULL, NULL, NULL, NULL, NULL },
};

const struct noun noun_top = { "top", "live view", verbs };

// SPDX-License-Identifier: BSD-3-Clause
/* main.c - vfleetd: the command line, and what is made in which order */
#include <fcntl.h>
#include <getopt.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "adopt.h"
#include "api.h"
#include "config_load.h"
#include "controller.h"
#include "fleet.h"
#include "health.h"
#include "learn.h"
#include "lease.h"
#include "metrics.h"
#include "nat.h"
#include "notice.h"
#include "publish.h"
#include "pulse.h"
#include "reload.h"
#include "sampler.h"
#include "scale.h"
#include "sequence.h"
#include "standby.h"
#include "state.h"
#include "takeover.h"
#include "upgrade.h"

#define ERR_BYTES CONFIG_ERROR_TEXT

static const char usage_text[] =
	"usage: vfleetd [--config FILE] [--engine PATH] [--state-dir DIR] [--foreground]\n"
	"\n"
	"  --config FILE    configuration (/etc/vfleet/vfleet.yaml)\n"
	"  --engine PATH    the program vfleet-engine (beside this one)\n"
	"  --state-dir DIR  state file, lock, logs (/run/vfleet)\n"
	"  --foreground     stay, and log to stderr; otherwise return when it runs, and log\n"
	"                   to a file in the state directory\n"
	"\n"
	"Engines go on when vfleetd ends; the next one takes over. To end the fleet:\n"
	"vfleet engine stop all.\n";

static const struct option long_options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "engine", required_argument, NULL, 'e' },
	{ "state-dir", required_argument, NULL, 's' },
	{ "foreground", no_argument, NULL, 'f' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

/* Where the engine program is: in the build tree beside us, else where it is installed. */
static const char *find_engine(void)
{
	static char path[PATH_MAX + 64];
	char self[PATH_MAX] = "";

	if (readlink("/proc/self/exe", self, sizeof(self) - 1) > 0) {
		snprintf(path, sizeof(path), "%s/../engine/vfleet-engine",
			 dirname(self));
		if (access(path, X_OK) == 0)
			return path;
	}
	return VFLEET_LIBEXEC "/vfleet-engine";
}

/* Returns -1 to go on, or the exit status. */
static int parse_options(int argc, char **argv, struct options *options,
			 bool *foreground)
{
	int c;

	while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		switch (c) {
		case 'c':
			options->config = optarg;
			break;
		case 'e':
			options->engine = optarg;
			break;
		case 's':
			options->state_dir = optarg;
			break;
		case 'f':
			*foreground = true;
			break;
		case 'h':
			fputs(usage_text, stdout);
			return 0;
		case 'V':
			puts("vfleetd " VFLEET_VERSION);
			return 0;
		default:
			fputs(usage_text, stderr);
			return 2;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "vfleetd: '%s' is one word too many\n%s",
			argv[optind], usage_text);
		return 2;
	}
	if (!options->engine)
		options->engine = find_engine();
	return -1;
}

static int make_parts(struct fleet *fleet)
{
	for (unsigned slot = 0; slot < FAB_ENGINES; slot++)
		fleet->engines[slot] = (struct engine){
			.fleet = fleet,
			.slot = slot,
			.process = { .pidfd = -1 },
			.container = { .channel = -1,
				       .launcher = { .pidfd = -1 } },
			.fabric_fd = -1,
		};
	fleet->notices = notices_new();
	fleet->pulse = pulse_new();
	fleet->learn = learn_new();
	fleet->leases = leases_new();
	fleet->sequence = calloc(1, sizeof(*fleet->sequence));
	fleet->standby = standby_new();
	fleet->upgrade = upgrade_new();
	fleet->nat = nat_new();
	fleet->adopt = adopt_new();
	fleet->scale = scale_new();
	fleet->sampler = sampler_new();
	fleet->controller = controller_new();
	fleet->health = health_new();
	fleet->base = event_base_new();
	return fleet->notices && fleet->pulse && fleet->learn &&
			       fleet->leases && fleet->sequence &&
			       fleet->standby && fleet->upgrade && fleet->nat &&
			       fleet->adopt && fleet->scale && fleet->sampler &&
			       fleet->controller && fleet->health &&
			       fleet->base ?
		       0 :
		       -1;
}

static void log_warning(void *arg, const char *text)
{
	log_line("warning: %s", text);
}

/* A new fleet: nothing runs yet. */
static int begin_fleet(struct fleet *fleet, const struct reload_text *file,
		       char *err)
{
	char why[256];

	if (!config_assign_slots(fleet->config, NULL, why, sizeof(why)) ||
	    fleet_create_fabric(fleet, why, sizeof(why)) < 0 ||
	    !publish_check(fleet, fleet->config, why, sizeof(why))) {
		snprintf(err, ERR_BYTES, "%s: %s", file->file, why);
		return -1;
	}
	config_warnings(fleet->config, log_warning, NULL);
	reload_store_text(fleet, file);
	fleet->publish_wanted = true;
	fleet->fabric->engines_wanted = fleet->config->engines_start;
	fleet->fabric->scale_auto = fleet->config->scaling.policy !=
				    POLICY_MANUAL;
	fleet->started = true;
	log_line("fleet '%s' starts with %u engines, %llu MB of shared memory",
		 fleet->config->fleet_name, fleet->config->engines_start,
		 (unsigned long long)(fleet->fabric->size_bytes >> 20));
	return 0;
}

/* The file may have changed while no supervisor ran. */
static void apply_changes(struct fleet *fleet, const struct reload_text *file)
{
	const char *text =
		fabric_at(fleet->fabric, fleet->fabric->config_offset);
	char err[ERR_BYTES];

	if (strlen(text) == file->bytes &&
	    !memcmp(text, file->text, file->bytes))
		return;
	if (reload(fleet, file, true, err, sizeof(err)) < 0)
		log_line("the fleet keeps the configuration it has: %s", err);
}

static int open_fleet(struct fleet *fleet, const struct reload_text *file,
		      char *err)
{
	char why[256];
	int found;

	fleet->config = reload_parse(file, err, ERR_BYTES);
	if (!fleet->config ||
	    state_lock(fleet->options->state_dir, fleet->config->fleet_name,
		       err, ERR_BYTES) < 0)
		return -1;
	found = takeover_find(fleet, err, ERR_BYTES);
	if (found < 0 || (!found && begin_fleet(fleet, file, err) < 0))
		return -1;
	fleet->api = api_new(fleet, err, ERR_BYTES);
	if (!fleet->api)
		return -1;
	fleet->metrics = metrics_new(fleet, err, ERR_BYTES);
	if (!fleet->metrics)
		return -1;
	if (!found && nat_apply(fleet, fleet->config, why, sizeof(why)) < 0) {
		snprintf(err, ERR_BYTES, "%s: nat.inbound: %s", file->file,
			 why);
		return -1;
	}
	health_restart(fleet);
	learn_restart(fleet);
	if (found) {
		takeover_go_on(fleet);
		apply_changes(fleet, file);
	}
	state_save(fleet);
	return controller_start(fleet) < 0 || fleet_start_turns(fleet) < 0 ?
		       -1 :
		       0;
}

static void on_stop(evutil_socket_t number, short what, void *arg)
{
	struct fleet *fleet = arg;

	log_line("ends by signal %d; the engines go on", (int)number);
	event_base_loopbreak(fleet->base);
}

static void stop_on(struct fleet *fleet, int number)
{
	struct event *event = evsignal_new(fleet->base, number, on_stop, fleet);

	if (event)
		event_add(event, NULL);
}

/* Goes into the background: the parent stays until the child says that it runs or
 * ends, and ends with its status. Returns the descriptor to say it on, -1: forget it. */
static int go_to_background(void)
{
	int ready[2], status = 1;
	pid_t pid;
	char byte;

	if (pipe2(ready, O_CLOEXEC) < 0)
		return -1;
	pid = fork();
	if (pid < 0)
		return -1;
	if (!pid) {
		setsid();
		return ready[1];
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) == 1)
		_exit(0);
	if (waitpid(pid, &status, 0) == pid && WIFEXITED(status))
		_exit(WEXITSTATUS(status));
	_exit(1);
}

/* From here on nobody may be there to read: the log goes on in a file. */
static void log_to_file(const struct fleet *fleet)
{
	char path[512];
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC), log;

	snprintf(path, sizeof(path), "%s/%s-vfleetd.log",
		 fleet->options->state_dir, fleet->config->fleet_name);
	log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (log < 0 || null < 0)
		return;
	dup2(null, 0);
	dup2(log, 1);
	dup2(log, 2);
	close(null);
	close(log);
}

int main(int argc, char **argv)
{
	static struct fleet fleet;
	struct options options = {
		.config = "/etc/vfleet/vfleet.yaml",
		.state_dir = "/run/vfleet",
	};
	struct reload_text file;
	char err[ERR_BYTES] = "out of memory";
	bool foreground = false;
	int ready = -1;
	int status = parse_options(argc, argv, &options, &foreground);

	if (status >= 0)
		return status;
	if (!foreground)
		ready = go_to_background();
	signal(SIGPIPE, SIG_IGN);
	fleet.options = &options;
	if (reload_read(options.config, &file, err, sizeof(err)) < 0 ||
	    make_parts(&fleet) < 0 || open_fleet(&fleet, &file, err) < 0) {
		log_line("%s", err);
		return 1;
	}
	stop_on(&fleet, SIGTERM);
	stop_on(&fleet, SIGINT);
	if (ready >= 0) {
		log_to_file(&fleet);
		if (write(ready, "", 1) == 1)
			close(ready);
	}
	event_base_dispatch(fleet.base);
	api_free(fleet.api);
	return 0;
}

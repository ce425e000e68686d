// SPDX-License-Identifier: BSD-3-Clause
/* container.c - an engine in a container: from podman's command line to its process */
#include "container.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "arguments.h"
#include "fleet.h"
#include "notice.h"

#define PODMAN "/usr/bin/podman"

static struct container *container_of_slot(struct fleet *fleet, unsigned slot)
{
	return &fleet->engines[slot].container;
}

/* --- podman's command line --- */

/* The number of the IOMMU group of a PCI function; -1: it has none. */
static int iommu_group(const char *bdf)
{
	char path[PATH_MAX], target[PATH_MAX] = "";
	int group = -1;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/iommu_group",
		 bdf);
	if (readlink(path, target, sizeof(target) - 1) < 0 ||
	    sscanf(basename(target), "%d", &group) != 1)
		return -1;
	return group;
}

/* podman copies owner and mode of a device's node; the engine is nobody's user. */
static int add_group(struct arguments *a, const char *bdf, char *err,
		     size_t err_bytes)
{
	int group = iommu_group(bdf);
	char node[32];

	snprintf(node, sizeof(node), "/dev/vfio/%d", group);
	if (group < 0 || chown(node, PASSING_UID, PASSING_UID) < 0) {
		int code = group < 0 ? -ENODEV : -errno;

		snprintf(err, err_bytes,
			 "VF %s cannot go into a container: %s %s", bdf,
			 group < 0 ? "it has no IOMMU group;" : node,
			 group < 0 ? "'vfleet doctor' says how to get one" :
				     strerror(-code));
		return code;
	}
	arguments_add(a, "--device=%s", node);
	return 0;
}

static bool has_port(const struct fleet *fleet, enum provider provider)
{
	const struct config_port *ports = fleet->config->ports;

	return ports[SIDE_CLIENT].provider == provider ||
	       ports[SIDE_SERVER].provider == provider;
}

/* A raw socket is in the network namespace of its netdev, which is ours unless the
 * configuration names one, and its rings are locked memory. A VF has no netdev: its engine
 * needs no network but an empty one, no capability, and a limit for what the device may
 * reach. */
static int add_devices(const struct fleet *fleet, unsigned slot,
		       struct arguments *a, char *err, size_t err_bytes)
{
	const struct fab_engine *e = &fleet->fabric->engines[slot];
	int ret = 0;

	if (*fleet->config->netns)
		arguments_add(a, "--network=ns:%s", fleet->config->netns);
	else if (has_port(fleet, PROVIDER_PACKET))
		arguments_add(a, "--network=host");
	else
		arguments_add(a, "--network=none");
	if (has_port(fleet, PROVIDER_PACKET)) {
		arguments_add(a, "--cap-add=NET_RAW");
		arguments_add(a, "--cap-add=IPC_LOCK");
	}
	if (!has_port(fleet, PROVIDER_VF))
		return 0;
	arguments_add(a, "--ulimit=memlock=-1:-1");
	arguments_add(a, "--device=/dev/vfio/vfio");
	for (unsigned side = 0; !ret && side < FAB_SIDES; side++)
		if (fleet->config->ports[side].provider == PROVIDER_VF)
			ret = add_group(a, e->device[side], err, err_bytes);
	return ret;
}

static void add_limits(const struct fleet *fleet, struct arguments *a)
{
	const struct config_container *c = &fleet->config->container;

	arguments_add(a, "--read-only");
	arguments_add(a, "--read-only-tmpfs=false");
	arguments_add(a, "--ipc=none");
	arguments_add(a, "--cap-drop=all");
	arguments_add(a, "--security-opt=no-new-privileges");
	arguments_add(a, "--security-opt=seccomp=%s",
		      *c->seccomp ? c->seccomp :
				    VFLEET_DATA "/engine-seccomp.json");
	arguments_add(a, "--user=%u:%u", PASSING_UID, PASSING_UID);
	arguments_add(a, "--ulimit=nofile=1024:1024");
	arguments_add(a, "--ulimit=nproc=1024:1024");
	if (c->memory_mb) {
		arguments_add(a, "--memory=%um", c->memory_mb);
		arguments_add(a, "--memory-swap=%um", c->memory_mb);
	}
}

static void add_name(const struct fleet *fleet, unsigned slot,
		     struct arguments *a, const char *option)
{
	arguments_add(a, "%svfleet-%s-%u", option, fleet->config->fleet_name,
		      slot);
}

/* Three labels that no other vfleetd gives: it holds the lock of fleet and directory. */
static void add_owner(const struct fleet *fleet, unsigned slot,
		      struct arguments *a, const char *option)
{
	arguments_add(a, "%svfleet.fleet=%s", option,
		      fleet->config->fleet_name);
	arguments_add(a, "%svfleet.slot=%u", option, slot);
	arguments_add(a, "%svfleet.state=%s", option,
		      fleet->options->state_dir);
}

int container_arguments(const struct fleet *fleet, unsigned slot,
			struct arguments *a, char *err, size_t err_bytes)
{
	const struct config *c = fleet->config;
	char log[512];
	int ret;

	engine_log_path(fleet, slot, log, sizeof(log));
	arguments_add(a, PODMAN);
	arguments_add(a, "run");
	arguments_add(a, "--detach");
	arguments_add(a, "--rm");
	add_name(fleet, slot, a, "--name=");
	add_owner(fleet, slot, a, "--label=");
	arguments_add(a, "--pull=never");
	arguments_add(a, "--preserve-fds=1");
	arguments_add(a, "--sdnotify=ignore");
	arguments_add(a, "--log-driver=k8s-file");
	arguments_add(a, "--log-opt=path=%s", log);
	arguments_add(a, "--unsetenv-all");
	arguments_add(a, "--http-proxy=false");
	arguments_add(a, "--passwd=false");
	arguments_add(a, "--no-hosts");
	add_limits(fleet, a);
	ret = add_devices(fleet, slot, a, err, err_bytes);
	arguments_add(a, "%s", c->container.image);
	return ret;
}

/* --- on its way --- */

/* conmon writes a file "oom" where it works. Paths that begin elsewhere stay true. */
static const char *workplace(const struct fleet *fleet)
{
	const char *state_dir = fleet->options->state_dir;

	return *state_dir == '/' ? state_dir : NULL;
}

/* Forgets all but the launcher, which is still to be reaped. */
static void close_channel(struct container *c)
{
	if (c->heard)
		event_free(c->heard);
	c->heard = NULL;
	if (c->channel >= 0)
		close(c->channel);
	c->channel = -1;
	while (c->n_fds)
		close(c->fds[--c->n_fds]);
}

static void fail(struct fleet *fleet, unsigned slot, const char *why)
{
	close_channel(container_of_slot(fleet, slot));
	engine_not_started(fleet, slot, why);
}

/* The last line of what podman or the engine has said. */
static void last_words(const struct fleet *fleet, unsigned slot, char *text,
		       size_t bytes)
{
	char path[512], line[512] = "";
	FILE *log;

	engine_log_path(fleet, slot, path, sizeof(path));
	log = fopen(path, "re");
	while (log && fgets(line, sizeof(line), log))
		;
	if (log)
		fclose(log);
	snprintf(text, bytes, "%.*s", (int)strcspn(line, "\n"), line);
}

/* Sends everything in one message; the copies here are closed by close_channel(). */
static bool send_fds(const struct container *c)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int) * PASSING_FDS_MAX)];
	} control = { 0 };
	struct iovec data = { (void *)"", 1 };
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = CMSG_SPACE(sizeof(int) * c->n_fds),
	};
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int) * c->n_fds);
	memcpy(CMSG_DATA(head), c->fds, sizeof(int) * c->n_fds);
	return sendmsg(c->channel, &message, MSG_NOSIGNAL) == 1;
}

/* Reads the line of the engine. Returns its process id here, 0 at the end of the
 * socket. */
static pid_t hear(int channel, char line[PASSING_BYTES])
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct iovec data = { line, PASSING_BYTES - 1 };
	struct msghdr message = { .msg_iov = &data,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	ssize_t got = recvmsg(channel, &message, MSG_CMSG_CLOEXEC);
	const struct cmsghdr *c = got > 0 ? CMSG_FIRSTHDR(&message) : NULL;
	struct ucred who;

	if (!c || c->cmsg_level != SOL_SOCKET ||
	    c->cmsg_type != SCM_CREDENTIALS)
		return 0;
	line[got] = '\0';
	memcpy(&who, CMSG_DATA(c), sizeof(who));
	return who.pid;
}

static void on_heard(evutil_socket_t fd, short what, void *arg)
{
	struct engine *engine = arg;
	struct fleet *fleet = engine->fleet;
	struct container *c = &engine->container;
	char line[PASSING_BYTES], version[FAB_VERSION_BYTES], why[400];
	unsigned abi = 0, slot = engine->slot;
	pid_t pid = hear(fd, line);

	if (!pid) {
		last_words(fleet, slot, line, sizeof(line));
		snprintf(why, sizeof(why), "its container ended: %s", line);
		fail(fleet, slot, why);
	} else if (sscanf(line, "vfleet-engine %31s fabric-abi %u", version,
			  &abi) != 2 ||
		   abi != FABRIC_ABI) {
		snprintf(why, sizeof(why),
			 "image %s is for fabric ABI %u, this is %u; load the "
			 "image of this version",
			 fleet->config->container.image, abi, FABRIC_ABI);
		fail(fleet, slot, why);
	} else if (engine_arrived(fleet, slot, pid) == 0) {
		/* If this fails the engine has ended, which is heard of anyway. */
		send_fds(c);
		close_channel(c);
	} else {
		fail(fleet, slot, "its container ended");
	}
}

static void on_launched(evutil_socket_t fd, short what, void *arg)
{
	struct engine *engine = arg;
	struct container *c = &engine->container;
	char how[64], said[160], why[256];

	event_free(c->launched);
	c->launched = NULL;
	process_end(&c->launcher, how, sizeof(how));
	if (c->tidies) {
		c->tidies = false;
		if (strcmp(how, "exit status 0") != 0)
			log_line("the container of engine %u is still there",
				 engine->slot);
		return;
	}
	/* With the container started it is the engine's turn. */
	if (!strcmp(how, "exit status 0"))
		return;
	last_words(engine->fleet, engine->slot, said, sizeof(said));
	/* A dead one that nobody tidied up after may have the name. The next try finds
	 * it gone, or finds a container of somebody else's, and that stays. */
	container_tidy(engine->fleet, engine->slot);
	if (c->channel < 0)
		return;
	snprintf(why, sizeof(why), "podman: %s, %s", how, said);
	fail(engine->fleet, engine->slot, why);
}

static struct event *watch(struct engine *engine, int fd,
			   event_callback_fn called)
{
	struct event *event =
		event_new(engine->fleet->base, fd, EV_READ, called, engine);

	if (event)
		event_add(event, NULL);
	return event;
}

/* Our end is told who writes; the other is podman's. */
static int open_channel(struct container *c, int *theirs)
{
	int ends[2], on = 1;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	setsockopt(ends[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
	c->channel = ends[0];
	*theirs = ends[1];
	return 0;
}

int container_start(struct fleet *fleet, unsigned slot, char *const *argv,
		    const int *fds, unsigned n_fds, char *err, size_t err_bytes)
{
	struct container *c = container_of_slot(fleet, slot);
	char log[512];
	struct spawn what = { .argv = argv,
			      .core = -1,
			      .log = log,
			      .directory = workplace(fleet) };
	int ret;

	/* podman is at work on this slot yet: with one given up, or tidying up. */
	if (c->launched) {
		snprintf(err, err_bytes, "podman is busy with the last one");
		return -EAGAIN;
	}
	ret = open_channel(c, &what.channel);
	if (ret < 0) {
		snprintf(err, err_bytes, "no socket for a container: %s",
			 strerror(-ret));
		return ret;
	}
	engine_log_path(fleet, slot, log, sizeof(log));
	ret = process_spawn(&what, &c->launcher, err, err_bytes);
	close(what.channel);
	for (unsigned i = 0; ret == 0 && i < n_fds; i++) {
		c->fds[c->n_fds] = fcntl(fds[i], F_DUPFD_CLOEXEC, 0);
		if (c->fds[c->n_fds] >= 0)
			c->n_fds++;
	}
	if (ret == 0 && c->n_fds < n_fds)
		shutdown(c->channel, SHUT_RDWR);
	if (ret < 0) {
		close_channel(c);
		return ret;
	}
	c->heard = watch(&fleet->engines[slot], c->channel, on_heard);
	c->launched =
		watch(&fleet->engines[slot], c->launcher.pidfd, on_launched);
	return 0;
}

/*
 * podman removes a container that ends, by conmon. Once conmon was killed it takes the
 * container for a running one: the first rm --force fails, the second forgets the
 * container and leaves the cgroup and the directory of the OCI runtime behind.
 */
static const char tidy_up[] =
	"p=" PODMAN "\n"
	"for id in $($p ps --all --no-trunc --quiet --filter \"label=$1\""
	"	--filter \"label=$2\" --filter \"label=$3\"); do\n"
	"	runtime=$($p inspect --format '{{.OCIRuntime}}' $id)\n"
	"	$p rm --force --time=0 $id || $p rm --force --time=0 $id\n"
	"	[ -z \"$runtime\" ] || \"$runtime\" delete --force $id\n"
	"	! $p container exists $id\n"
	"done >/dev/null 2>&1 && rm -f \"${3#*=}/oom\"";

void container_tidy(struct fleet *fleet, unsigned slot)
{
	struct container *c = container_of_slot(fleet, slot);
	struct arguments a = { .n = 0 };
	char err[128];
	const struct spawn what = { .argv = a.argv, .core = -1 };

	if (c->launched)
		return;
	arguments_add(&a, "/bin/sh");
	arguments_add(&a, "-c");
	arguments_add(&a, "%s", tidy_up);
	arguments_add(&a, "tidy-up");
	add_owner(fleet, slot, &a, "");
	if (process_spawn(&what, &c->launcher, err, sizeof(err)) < 0) {
		log_line("nothing tidies up after engine %u: %s", slot, err);
		return;
	}
	c->tidies = true;
	c->launched =
		watch(&fleet->engines[slot], c->launcher.pidfd, on_launched);
}

bool container_give_up(struct fleet *fleet, unsigned slot)
{
	struct container *c = container_of_slot(fleet, slot);

	if (c->channel < 0)
		return false;
	/* Both ends see the end of it: the engine leaves, on_heard() tidies up. */
	shutdown(c->channel, SHUT_RDWR);
	return true;
}

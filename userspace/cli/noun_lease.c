// SPDX-License-Identifier: BSD-3-Clause
/* noun_lease.c - leases: the right to use one VF, held as a file descriptor */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cli.h"
#include "module.h"
#include "table.h"

static const struct column columns[] = {
	{ "ID", "id", UNIT_NONE, NULL },
	{ "VF", "vf", UNIT_NONE, NULL },
	{ "PF", "pf", UNIT_NONE, NULL },
	{ "GROUP", "iommu_group", UNIT_NONE, NULL },
	{ "PID", "pid", UNIT_NONE, NULL },
	{ "UID", "uid", UNIT_NONE, NULL },
	{ "LABEL", "label", UNIT_NONE, NULL },
	{ NULL, NULL, UNIT_NONE, NULL },
};

static enum cli_status show(struct cli *cli)
{
	struct vfl *h = module_open(cli);
	struct vfl_lease *leases;
	json_t *list;
	size_t n;
	int err;

	if (!h)
		return CLI_FAILED;
	err = vfl_lease_list(h, &leases, &n);
	if (err < 0)
		return module_refused(cli, h, err);
	vfl_close(h);
	list = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, module_lease_json(&leases[i]));
	free(leases);
	if (cli->json)
		cli_print_json(list);
	else
		table_print(columns, list, "no leases");
	json_decref(list);
	return CLI_DONE;
}

static void print_lease(const struct cli *cli, const struct vfl_lease *lease)
{
	json_t *one = module_lease_json(lease);

	if (cli->json)
		cli_print_json(one);
	else
		table_print_any(one);
	json_decref(one);
	fflush(stdout);
}

/* Holds the lease until a signal asks for the end of it, or the kernel revokes it. */
static enum cli_status hold(const struct cli *cli,
			    const struct vfl_lease *lease)
{
	struct pollfd fds[2] = { { .fd = lease->fd, .events = POLLIN },
				 { .events = POLLIN } };
	sigset_t ends;

	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGHUP);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	fds[1].fd = signalfd(-1, &ends, SFD_CLOEXEC);
	if (fds[1].fd < 0)
		return cli_fail_errno(cli, errno, strerror(errno));
	print_lease(cli, lease);
	while (poll(fds, 2, -1) < 0 && errno == EINTR)
		;
	close(fds[1].fd);
	if (fds[0].revents)
		return cli_fail(cli, "ECANCELED",
				"the lease was revoked or its VF went away");
	return CLI_DONE;
}

static void put_env(const char *name, const char *value)
{
	if (value)
		setenv(name, value, 1);
	else
		unsetenv(name);
}

/* Becomes the command: the lease is its own then, and so is the exit status. */
static enum cli_status become(const struct cli *cli,
			      const struct vfl_lease *lease)
{
	char fd[12], group[12], err[256];
	int ret;

	snprintf(fd, sizeof(fd), "%d", lease->fd);
	snprintf(group, sizeof(group), "%u", lease->iommu_group);
	put_env("VFLEET_LEASE_FD", fd);
	put_env("VFLEET_VF_BDF", lease->vf);
	put_env("VFLEET_IOMMU_GROUP",
		lease->iommu_group == VFL_NO_GROUP ? NULL : group);
	if (!fcntl(lease->fd, F_SETFD, 0))
		execvp(cli->args.command[0], cli->args.command);
	ret = errno;
	snprintf(err, sizeof(err), "%s: %s", cli->args.command[0],
		 strerror(ret));
	return cli_fail_errno(cli, ret, err);
}

static enum cli_status acquire(struct cli *cli)
{
	struct vfl_lease_req req = { .pf = args_get(&cli->args, "pf"),
				     .vf_index = -1,
				     .label = args_get(&cli->args, "label") };
	enum cli_status status;
	struct vfl_lease lease;
	struct vfl *h;
	int err;

	if (req.label && strlen(req.label) > VFL_LABEL_MAX)
		return cli_usage(cli, "a label has at most 63 bytes");
	h = module_open(cli);
	if (!h)
		return CLI_FAILED;
	err = vfl_lease_acquire(h, &req, &lease);
	if (err < 0)
		return module_refused(cli, h, err);
	vfl_close(h);
	status = cli->args.command ? become(cli, &lease) : hold(cli, &lease);
	close(lease.fd);
	return status;
}

static enum cli_status revoke_lease(struct cli *cli)
{
	uint32_t id = strtoul(args_get(&cli->args, "ID"), NULL, 10);
	struct vfl *h = module_open(cli);
	struct vfl_lease lease;
	int err;

	if (!h)
		return CLI_FAILED;
	err = vfl_lease_get(h, id, &lease);
	if (!err)
		err = vfl_lease_revoke(h, id);
	if (err < 0)
		return module_refused(cli, h, err);
	vfl_close(h);
	print_lease(cli, &lease);
	return CLI_DONE;
}

static const struct verb verbs[] = {
	{ "show", "", "show leases", "who holds which VF", show, NULL },
	{ "acquire", "[pf BDF] [label TEXT] [-- COMMAND...]", "acquire a lease",
	  "hold a VF while COMMAND runs, or until interrupted", acquire, NULL },
	{ "revoke", "ID", "revoke lease {ID}",
	  "ask the holder to let go; its VF drains until then", revoke_lease,
	  NULL },
	{ NULL, NULL, NULL, NULL, NULL, NULL },
};

const struct noun noun_lease = { "lease", "the right to use a VF", verbs };

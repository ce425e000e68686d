// SPDX-License-Identifier: BSD-3-Clause
/* figures-tool.c - how long the module takes: pools, leases, reclaims
 *
 *	figures-tool [-o JSONL] [-r LEASES] PF VFS POOLS
 *
 * POOLS times a pool of VFS is made and removed, LEASES times a VF is acquired by a
 * process that is then killed. Milliseconds of this machine's own time; the JSON is
 * that of tools/bench.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "owntime.h"
#include "result.h"
#include "vfleet.h"

#define GIVE_UP_US 30000000

static struct vfl *h;

static void __attribute__((noreturn)) give_up(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, vfl_error(h));
	exit(1);
}

static void add(struct result *r, int64_t us)
{
	result_add(r, us / 1000.0);
}

static void set_pool(const char *pf, unsigned int n, struct result *r)
{
	int64_t since = owntime_us();

	if (vfl_pf_set_vfs(h, pf, n) < 0)
		give_up("pool");
	add(r, owntime_us() - since);
}

/* The owner measures his own acquire, then waits to be killed. */
static void __attribute__((noreturn)) own(const char *pf, int out)
{
	struct vfl_lease_req req = { .pf = pf, .vf_index = -1 };
	int64_t since = owntime_us(), took;
	struct vfl_lease l;

	if (vfl_lease_acquire(h, &req, &l) < 0)
		give_up("acquire");
	took = owntime_us() - since;
	if (write(out, &took, sizeof(took)) != sizeof(took))
		_exit(1);
	for (;;)
		pause();
}

static void wait_until_free(const char *pf, unsigned int vfs)
{
	int64_t began = now_us();
	struct vfl_pf now;

	do {
		if (vfl_pf_get(h, pf, &now) < 0 ||
		    now_us() - began > GIVE_UP_US)
			give_up("not free");
	} while (now.free_vfs != vfs);
}

static void lease_once(const char *pf, unsigned int vfs, struct result *acquire,
		       struct result *reclaim)
{
	int64_t took, since;
	int out[2];
	pid_t pid;

	if (pipe(out) < 0)
		exit(1);
	pid = fork();
	if (!pid)
		own(pf, out[1]);
	close(out[1]);
	if (read(out[0], &took, sizeof(took)) != sizeof(took))
		exit(1);
	close(out[0]);
	add(acquire, took);
	since = owntime_us();
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	wait_until_free(pf, vfs);
	add(reclaim, owntime_us() - since);
}

#define FIGURE(name, metric)                            \
	{                                               \
		"module", name, metric, "ms", .runs = 0 \
	}

int main(int argc, char **argv)
{
	static struct result enable = FIGURE("pf", "enable"),
			     disable = FIGURE("pf", "disable"),
			     acquire = FIGURE("lease", "acquire"),
			     reclaim = FIGURE("lease", "reclaim_after_kill");
	unsigned int leases = RUNS_MAX, vfs, pools;
	FILE *json = NULL;
	char said[256];

	if (!result_options(argc, argv, &leases, &json) || argc - optind != 3)
		return 2;
	h = vfl_open(said, sizeof(said));
	if (!h || !owntime_start())
		return 2;
	argv += optind;
	vfs = atoi(argv[1]);
	for (pools = atoi(argv[2]); pools > 0; pools--) {
		set_pool(argv[0], vfs, &enable);
		for (; pools == 1 && leases; leases--)
			lease_once(argv[0], vfs, &acquire, &reclaim);
		set_pool(argv[0], 0, &disable);
	}
	result_print(&enable, json);
	result_print(&disable, json);
	result_print(&acquire, json);
	result_print(&reclaim, json);
	return 0;
}

// SPDX-License-Identifier: BSD-3-Clause
/* sim.c - libvfleet without the module: VFs that are pipes in a directory
 *
 * $VFLEET_SIM has, made by the test, a named pipe for each VF ("0000:01:10.0") and may
 * have, of ours, beside it a file with the lease's id, process and label. A lease is an
 * open pipe with flock(2) on it, which ends as a lease does: with the last copy of the
 * descriptor, whoever dies. To revoke is to write into the pipe: poll() tells.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "vfleet.h"

#define PF "0000:01:00.0"

struct vfl {
	glob_t vfs; /* paths of the pipes */
	int dir; /* one command at a time, as in the module */
	char error[256];
};

static int fail(struct vfl *h, int err, const char *sentence)
{
	snprintf(h->error, sizeof(h->error), "%s", sentence);
	return err;
}

struct vfl *vfl_open(char *err, size_t err_len)
{
	const char *dir = getenv("VFLEET_SIM");
	struct vfl *h = calloc(1, sizeof(*h));
	char pattern[PATH_MAX];

	snprintf(pattern, sizeof(pattern), "%s/*.?",
		 dir ? dir : "/nonexistent");
	if (h && glob(pattern, 0, NULL, &h->vfs) == 0) {
		h->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		return h;
	}
	free(h);
	snprintf(err, err_len, "the vfleet kernel module is not loaded");
	errno = ENOENT;
	return NULL;
}

void vfl_close(struct vfl *h)
{
	globfree(&h->vfs);
	close(h->dir);
	free(h);
}

const char *vfl_error(const struct vfl *h)
{
	return h->error;
}

static int open_vf(const char *path)
{
	return open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
}

/* Whether nobody has it; then `fd` does, until it is closed. */
static bool take(int fd)
{
	return fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0;
}

/* Its id is that of the process: of those there are no two at a time. */
static void note(const char *path, const char *label)
{
	char name[PATH_MAX];
	FILE *file;

	snprintf(name, sizeof(name), "%s.lease", path);
	file = fopen(name, "w");
	if (!file)
		abort();
	fprintf(file, "%d %s", getpid(), label);
	fclose(file);
}

static void recall(const char *path, struct vfl_lease *lease)
{
	char name[PATH_MAX];
	FILE *file;

	*lease = (struct vfl_lease){ .fd = -1, .iommu_group = 99, .pf = PF };
	snprintf(lease->vf, sizeof(lease->vf), "%s", strrchr(path, '/') + 1);
	snprintf(name, sizeof(name), "%s.lease", path);
	file = fopen(name, "r");
	if (!file)
		return;
	if (fscanf(file, "%d %63[^\n]", &lease->pid, lease->label) == 2)
		lease->id = (uint32_t)lease->pid;
	fclose(file);
}

static int acquire(struct vfl *h, const struct vfl_lease_req *req,
		   struct vfl_lease *out)
{
	for (size_t i = 0; i < h->vfs.gl_pathc; i++) {
		int fd = open_vf(h->vfs.gl_pathv[i]);
		char old;

		if (!take(fd)) {
			close(fd);
			continue;
		}
		while (read(fd, &old, 1) == 1)
			;
		note(h->vfs.gl_pathv[i], req->label);
		recall(h->vfs.gl_pathv[i], out);
		out->fd = fd;
		out->tuning = req->tuning;
		if (!(req->tuning.set & VFL_TUNE_MAC))
			memcpy(out->tuning.mac, "\x02\0\0\0\0\x01", 6);
		out->tuning.set |= VFL_TUNE_MAC;
		return 0;
	}
	return fail(h, -EAGAIN, "no VF of the PF is free");
}

int vfl_lease_acquire(struct vfl *h, const struct vfl_lease_req *req,
		      struct vfl_lease *out)
{
	int err;

	if (req->pf && strcmp(req->pf, PF))
		return fail(h, -ENODEV,
			    "there is no SR-IOV capable PF of that name");
	flock(h->dir, LOCK_EX);
	err = acquire(h, req, out);
	flock(h->dir, LOCK_UN);
	return err;
}

/* A lease that was revoked is listed no more, as if its VF had drained. */
static void end(const char *path, int fd)
{
	char name[PATH_MAX];

	snprintf(name, sizeof(name), "%s.lease", path);
	if (unlink(name) < 0 || write(fd, "", 1) != 1)
		abort();
}

/* Collects the leases, and ends the one of that id. */
static size_t each(struct vfl *h, struct vfl_lease *leases, uint32_t ended)
{
	size_t n = 0;

	flock(h->dir, LOCK_EX);
	for (size_t i = 0; i < h->vfs.gl_pathc; i++) {
		int fd = open_vf(h->vfs.gl_pathv[i]);

		if (!take(fd)) {
			recall(h->vfs.gl_pathv[i], &leases[n]);
			if (ended && leases[n].id == ended)
				end(h->vfs.gl_pathv[i], fd);
			n += leases[n].id != 0;
		}
		close(fd);
	}
	flock(h->dir, LOCK_UN);
	return n;
}

int vfl_lease_list(struct vfl *h, struct vfl_lease **out, size_t *n)
{
	*out = calloc(h->vfs.gl_pathc + 1, sizeof(**out));
	*n = each(h, *out, 0);
	return 0;
}

int vfl_lease_revoke(struct vfl *h, uint32_t id)
{
	struct vfl_lease *leases = calloc(h->vfs.gl_pathc + 1, sizeof(*leases));

	each(h, leases, id);
	free(leases);
	return 0;
}

int vfl_vf_get(struct vfl *h, const char *vf, struct vfl_vf *out)
{
	for (size_t i = 0; i < h->vfs.gl_pathc; i++) {
		struct vfl_lease lease;

		recall(h->vfs.gl_pathv[i], &lease);
		if (strcmp(lease.vf, vf))
			continue;
		*out = (struct vfl_vf){ .state = VFL_VF_LEASED,
					.lease_id = lease.id };
		return 0;
	}
	return fail(h, -ENODEV, "no such VF");
}

int vfl_pf_list(struct vfl *h, struct vfl_pf **out, size_t *n)
{
	struct vfl_lease *leases;
	int err = vfl_lease_list(h, &leases, n);

	free(leases);
	*out = calloc(1, sizeof(**out));
	(*out)->free_vfs = (uint32_t)(h->vfs.gl_pathc - *n);
	snprintf((*out)->bdf, sizeof((*out)->bdf), PF);
	*n = 1;
	return err;
}

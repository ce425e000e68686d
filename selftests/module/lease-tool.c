// SPDX-License-Identifier: BSD-3-Clause
/* lease-tool.c - what the module tests need of libvfleet, one word per behaviour
 *
 *	pf                    BDF STATE NUM FREE LEASED QUARANTINED GENERATION TOTAL
 *	vf                    BDF STATE DRIVER LEASE MAC VLAN SPOOFCHK TRUST MAXRATE RESETS
 *	lease                 ID VF LABEL PID
 *	pool PF N             set the number of VFs
 *	reset VF [GEN]        ask for a reset
 *	revoke ID
 *	set VF KEY VALUE      vlan, trust, mac
 *	hold [KEY VALUE]...   acquire (pf, index, label, mac), print "ID VF GROUP MAC",
 *	                      keep it until stdin ends or the lease hangs up
 *	vfio [KEY VALUE]...   the same, with the vfio device open, deaf to hangups
 *	polite [KEY VALUE]... the same, but lets go at a hangup
 *	orphan [KEY VALUE]... the same, but with the lease given up at once
 *	deaf [KEY VALUE]...   the same as hold, deaf to hangups
 *	fork [KEY VALUE]...   acquire and die; a child has the fd until stdin ends
 *	pass [KEY VALUE]...   acquire, send the fd to another process, die
 *	cycle [KEY VALUE]...  acquire; the fd is left in a socket that only itself refers to
 *	exec [KEY VALUE]...   acquire and become cat
 *	inherit [KEY VALUE].. the same, with the fd on purpose
 *	race N                N processes acquire at once, all hold: no VF twice
 *	events SECONDS        print events until stdin ends, at most that long
 *
 * A refusal prints ERRNO: SENTENCE to stderr and exits with 1.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/vfio.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "vfleet.h"

#define MAX_RACERS 64

static struct vfl *h;

static int refused(int err)
{
	fprintf(stderr, "%s: %s\n", strerrorname_np(-err), vfl_error(h));
	return 1;
}

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

static const char *mac_text(const struct vfl_tuning *t)
{
	static char text[18];
	const uint8_t *m = t->mac;

	if (!(t->set & VFL_TUNE_MAC))
		return "-";
	snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", m[0],
		 m[1], m[2], m[3], m[4], m[5]);
	return text;
}

static bool parse_mac(const char *text, struct vfl_tuning *t)
{
	uint8_t *m = t->mac;

	t->set |= VFL_TUNE_MAC;
	return sscanf(text, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &m[0], &m[1],
		      &m[2], &m[3], &m[4], &m[5]) == VFL_MAC_LEN;
}

static int show_pfs(int argc, char **argv)
{
	struct vfl_pf *pf;
	size_t n, i;
	int err = vfl_pf_list(h, &pf, &n);

	if (err < 0)
		return refused(err);
	for (i = 0; i < n; i++)
		printf("%s %s %u %u %u %u %u %u\n", pf[i].bdf,
		       vfl_pf_state_name(pf[i].state), pf[i].num_vfs,
		       pf[i].free_vfs, pf[i].leased_vfs, pf[i].quarantined_vfs,
		       pf[i].generation, pf[i].total_vfs);
	free(pf);
	return 0;
}

static void print_vf(const struct vfl_vf *vf)
{
	printf("%s %s %s %u %s %u %u %u %u %u\n", vf->bdf,
	       vfl_vf_state_name(vf->state), vf->driver[0] ? vf->driver : "-",
	       vf->lease_id, mac_text(&vf->tuning), vf->tuning.vlan,
	       vf->tuning.spoofchk, vf->tuning.trust,
	       vf->tuning.max_tx_rate_mbps, vf->resets);
}

static int show_vfs(int argc, char **argv)
{
	struct vfl_vf *vf;
	size_t n, i;
	int err = vfl_vf_list(h, &vf, &n);

	if (err < 0)
		return refused(err);
	for (i = 0; i < n; i++)
		print_vf(&vf[i]);
	free(vf);
	return 0;
}

static int show_leases(int argc, char **argv)
{
	struct vfl_lease *l;
	size_t n, i;
	int err = vfl_lease_list(h, &l, &n);

	if (err < 0)
		return refused(err);
	for (i = 0; i < n; i++)
		printf("%u %s %s %d\n", l[i].id, l[i].vf,
		       l[i].label[0] ? l[i].label : "-", l[i].pid);
	free(l);
	return 0;
}

static int set_pool(int argc, char **argv)
{
	int err = argc == 2 ? vfl_pf_set_vfs(h, argv[0],
					     strtoul(argv[1], NULL, 0)) :
			      -EINVAL;

	return err < 0 ? refused(err) : 0;
}

static int reset_vf(int argc, char **argv)
{
	int err = vfl_vf_reset(h, argv[0],
			       argc > 1 ? strtoul(argv[1], NULL, 0) : 0);

	return err < 0 ? refused(err) : 0;
}

static int revoke_lease(int argc, char **argv)
{
	int err = vfl_lease_revoke(h, argc ? strtoul(argv[0], NULL, 0) : 0);

	return err < 0 ? refused(err) : 0;
}

static bool parse_setting(const char *key, const char *value,
			  struct vfl_tuning *t)
{
	if (!strcmp(key, "mac"))
		return parse_mac(value, t);
	if (!strcmp(key, "vlan")) {
		t->vlan = strtoul(value, NULL, 0);
		t->set |= VFL_TUNE_VLAN;
	} else if (!strcmp(key, "trust")) {
		t->trust = strtoul(value, NULL, 0);
		t->set |= VFL_TUNE_TRUST;
	} else if (!strcmp(key, "link")) {
		t->link_state = strtoul(value, NULL, 0);
		t->set |= VFL_TUNE_LINK_STATE;
	} else {
		return false;
	}
	return true;
}

static int set_vf(int argc, char **argv)
{
	struct vfl_tuning t = { 0 };
	int err;

	if (argc != 3 || !parse_setting(argv[1], argv[2], &t))
		return 2;
	err = vfl_vf_set(h, argv[0], 0, &t);
	return err < 0 ? refused(err) : 0;
}

static bool parse_request(int argc, char **argv, struct vfl_lease_req *req)
{
	int i;

	for (i = 0; i + 1 < argc; i += 2) {
		if (!strcmp(argv[i], "pf"))
			req->pf = argv[i + 1];
		else if (!strcmp(argv[i], "index"))
			req->vf_index = atoi(argv[i + 1]);
		else if (!strcmp(argv[i], "label"))
			req->label = argv[i + 1];
		else if (!parse_setting(argv[i], argv[i + 1], &req->tuning))
			return false;
	}
	return i == argc;
}

/* Opens the device the way a user space driver does; the fds live until exit. */
static int open_vfio(const struct vfl_lease *l)
{
	int container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	char path[32];
	int group;

	snprintf(path, sizeof(path), "/dev/vfio/%u", l->iommu_group);
	group = open(path, O_RDWR | O_CLOEXEC);
	if (container < 0 || group < 0 ||
	    ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) < 0 ||
	    ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU) < 0)
		return -1;
	return ioctl(group, VFIO_GROUP_GET_DEVICE_FD, l->vf);
}

static int acquire_and_print(int argc, char **argv, struct vfl_lease *l)
{
	struct vfl_lease_req req = { .vf_index = -1 };
	int err;

	if (!parse_request(argc, argv, &req))
		return 2;
	err = vfl_lease_acquire(h, &req, l);
	if (err < 0)
		return refused(err);
	printf("%u %s %u %s\n", l->id, l->vf, l->iommu_group,
	       mac_text(&l->tuning));
	fflush(stdout);
	return 0;
}

/* Until stdin ends or the lease hangs up. */
static void wait_for_end(const struct vfl_lease *l)
{
	struct pollfd p[2] = { { .fd = 0, .events = POLLIN },
			       { .fd = l->fd, .events = POLLIN } };

	if (poll(p, 2, -1) > 0 && p[1].revents)
		printf("hangup %#x\n", p[1].revents);
}

static int hold(int argc, char **argv)
{
	struct vfl_lease l;
	int ret = acquire_and_print(argc, argv, &l);

	if (!ret)
		wait_for_end(&l);
	return ret;
}

static int acquire_and_open(int argc, char **argv, struct vfl_lease *l)
{
	int ret = acquire_and_print(argc, argv, l);

	if (ret)
		return ret;
	if (open_vfio(l) < 0) {
		perror("vfio");
		return 1;
	}
	printf("open\n");
	fflush(stdout);
	return 0;
}

static void wait_for_stdin(void)
{
	char c;

	while (read(0, &c, 1) > 0)
		;
}

static int hold_vfio(int argc, char **argv)
{
	struct vfl_lease l;
	int ret = acquire_and_open(argc, argv, &l);

	if (!ret)
		wait_for_stdin();
	return ret;
}

static int hold_politely(int argc, char **argv)
{
	struct vfl_lease l;
	int ret = acquire_and_open(argc, argv, &l);

	if (!ret)
		wait_for_end(&l);
	return ret;
}

static int orphan_vfio(int argc, char **argv)
{
	struct vfl_lease l;
	int ret = acquire_and_open(argc, argv, &l);

	if (ret)
		return ret;
	close(l.fd);
	wait_for_stdin();
	return 0;
}

static int hold_by_child(int argc, char **argv)
{
	struct vfl_lease l;
	int ret = acquire_and_print(argc, argv, &l);

	if (!ret && !fork())
		wait_for_stdin();
	return ret;
}

static int send_fd(int sock, int fd)
{
	char byte = 0, space[CMSG_SPACE(sizeof(fd))] = { 0 };
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = space,
			    .msg_controllen = sizeof(space) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	return sendmsg(sock, &m, 0) == 1 ? 0 : -1;
}

static int receive_fd(int sock)
{
	char byte, space[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = space,
			    .msg_controllen = sizeof(space) };
	int fd = -1;

	if (recvmsg(sock, &m, 0) == 1 && CMSG_FIRSTHDR(&m))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(fd));
	return fd;
}

/* The receiver is forked before there is a lease: all it gets is the message. */
static int pass(int argc, char **argv)
{
	struct vfl_lease l;
	int sock[2], ret;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sock) < 0)
		return 2;
	if (!fork()) {
		close(sock[0]);
		l.fd = receive_fd(sock[1]);
		if (l.fd >= 0)
			wait_for_end(&l);
		return 0;
	}
	ret = acquire_and_print(argc, argv, &l);
	return ret ? ret : send_fd(sock[0], l.fd) ? 1 : 0;
}

/* Both sockets are in flight in one of them: the kernel's garbage collector has to see it,
 * which runs when any other socket of the family closes, as `other` does at the end.
 */
static int leave_cycle(int argc, char **argv)
{
	int other = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct vfl_lease l;
	int sock[2], ret;

	if (other < 0 ||
	    socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, sock) < 0)
		return 2;
	ret = acquire_and_print(argc, argv, &l);
	if (ret)
		return ret;
	return send_fd(sock[0], l.fd) || send_fd(sock[0], sock[0]) ||
	       send_fd(sock[0], sock[1]);
}

static int become_cat(int argc, char **argv)
{
	struct vfl_lease l;
	int ret = acquire_and_print(argc, argv, &l);

	if (!ret)
		execlp("cat", "cat", NULL);
	return ret;
}

static int become_cat_with_fd(int argc, char **argv)
{
	struct vfl_lease l;
	int ret = acquire_and_print(argc, argv, &l);

	if (!ret && !fcntl(l.fd, F_SETFD, 0))
		execlp("cat", "cat", NULL);
	return ret;
}

static int hold_deaf(int argc, char **argv)
{
	struct vfl_lease l;
	int ret = acquire_and_print(argc, argv, &l);

	if (!ret)
		wait_for_stdin();
	return ret;
}

/* The life of an owner that its parent kills: waits for `go` to close,
 * acquires, leaves marks on the VF, tells the lease (id 0: refused).
 */
static void __attribute__((noreturn)) own(int result, int go)
{
	struct vfl_lease_req any = { .vf_index = -1 };
	struct vfl_tuning marks = { .set = VFL_TUNE_VLAN | VFL_TUNE_TRUST,
				    .vlan = 77,
				    .trust = true };
	struct vfl_lease l;
	char err[256], c;

	h = vfl_open(err, sizeof(err));
	if (!h || read(go, &c, 1) < 0)
		_exit(3);
	if (vfl_lease_acquire(h, &any, &l) < 0)
		l.id = 0;
	else if (vfl_vf_set(h, l.vf, l.generation, &marks) < 0)
		fprintf(stderr, "marks: %s\n", vfl_error(h));
	if (write(result, &l, sizeof(l)) != sizeof(l))
		_exit(3);
	for (;;)
		pause();
}

/* All wait for the same end of file, then ask at the same moment. */
static int race(int argc, char **argv)
{
	int n = argc ? atoi(argv[0]) : 0, got = 0, twice = 0, i, j;
	struct vfl_lease l[MAX_RACERS];
	int result[2], go[2];
	pid_t pid[MAX_RACERS];

	if (n < 1 || n > MAX_RACERS || pipe(result) < 0 || pipe(go) < 0)
		return 2;
	for (i = 0; i < n; i++) {
		pid[i] = fork();
		if (!pid[i]) {
			close(go[1]);
			own(result[1], go[0]);
		}
	}
	close(go[1]);
	for (i = 0; i < n; i++)
		if (read(result[0], &l[i], sizeof(l[i])) != sizeof(l[i]))
			return 3;
	for (i = 0; i < n; i++) {
		got += l[i].id != 0;
		for (j = 0; j < i; j++)
			twice += l[i].id && l[j].id &&
				 !strcmp(l[i].vf, l[j].vf);
	}
	printf("asked %d got %d twice %d\n", n, got, twice);
	for (i = 0; i < n; i++) {
		kill(pid[i], SIGKILL);
		waitpid(pid[i], NULL, 0);
	}
	return twice ? 1 : 0;
}

static void print_event(const struct vfl_event *ev, void *arg)
{
	const char *why = ev->has_reason ? vfl_reason_name(ev->reason) :
					   "start";

	if (ev->kind == VFL_EVENT_PF)
		printf("pf %s %s %s\n", ev->pf.bdf,
		       vfl_pf_state_name(ev->pf.state), why);
	else if (ev->kind == VFL_EVENT_VF)
		printf("vf %s %s %s\n", ev->vf.bdf,
		       vfl_vf_state_name(ev->vf.state), why);
	else
		printf("lease %u %s %s\n", ev->lease.id, ev->lease.vf, why);
	fflush(stdout);
}

static int events(int argc, char **argv)
{
	int64_t until =
		now_us() + (argc ? atoi(argv[0]) : 30) * INT64_C(1000000);
	struct pollfd p[2] = { { .fd = 0, .events = POLLIN } };
	int err = vfl_events_open(h);

	if (err < 0)
		return refused(err);
	printf("ready\n");
	fflush(stdout);
	p[1] = (struct pollfd){ .fd = vfl_events_fd(h), .events = POLLIN };
	while (!p[0].revents && now_us() < until) {
		poll(p, 2, 1000);
		err = vfl_events_read(h, print_event, NULL);
		if (err < 0)
			return refused(err);
	}
	return 0;
}

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} words[] = {
	{ "pf", show_pfs },	   { "vf", show_vfs },
	{ "lease", show_leases },  { "pool", set_pool },
	{ "reset", reset_vf },	   { "revoke", revoke_lease },
	{ "set", set_vf },	   { "hold", hold },
	{ "vfio", hold_vfio },	   { "fork", hold_by_child },
	{ "orphan", orphan_vfio }, { "race", race },
	{ "events", events },	   { "polite", hold_politely },
	{ "pass", pass },	   { "cycle", leave_cycle },
	{ "exec", become_cat },	   { "inherit", become_cat_with_fd },
	{ "deaf", hold_deaf },
};

int main(int argc, char **argv)
{
	char err[256];
	size_t i;

	for (i = 0; argc > 1 && i < sizeof(words) / sizeof(words[0]); i++) {
		int ret;

		if (strcmp(argv[1], words[i].name))
			continue;
		h = vfl_open(err, sizeof(err));
		if (!h) {
			fprintf(stderr, "%s: %s\n", strerrorname_np(errno),
				err);
			return 1;
		}
		ret = words[i].run(argc - 2, argv + 2);
		vfl_close(h);
		return ret;
	}
	fprintf(stderr, "lease-tool: unknown word\n");
	return 2;
}

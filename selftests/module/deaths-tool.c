// SPDX-License-Identifier: BSD-3-Clause
/* deaths-tool.c - owners die at random moments, several at a time; is all back as new?
 *
 *	deaths-tool N AT-ONCE SEED
 *
 * N owners in batches. Each looks whether its VF has anything left of the one before,
 * leaves marks of its own (MAC, VLAN, rate, trust, no spoof check; half of them open the
 * device, let it master the bus and enable a receive queue), and is killed by a random
 * signal: with the lease in hand, or at any moment of its short life. After each batch
 * every VF has to become free and as new, within 1 s of this machine's own time.
 * Prints a line of figures.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "owntime.h"
#include "vfleet.h"

#define AT_ONCE_MAX 14
#define BACK_US	    1000000
#define GIVE_UP_US  30000000
#define POLL_US	    5000
#define LIFE_US	    150000 /* longest life of one that dies at any moment */
/* RXDCTL of an 82576 VF. A reset of the emulated one leaves a ring's address as it was:
 * what counts is that nobody fetches from there.
 */
#define VF_RX_QUEUE 0x2828
#define RX_ENABLED  (1u << 25)

enum { OWNED = 1, NOT_AS_NEW = 2, FAILED = 4 };

static struct vfl *h;

/* What is left of somebody, for the log. */
static int not_as_new(const struct vfl_lease *l, const struct vfl_tuning *t,
		      unsigned int command, uint32_t queue)
{
	fprintf(stderr,
		"owner of %s, lease %u: not as new: MAC %02x..%02x:%02x of %02x..%02x:%02x"
		" vlan %u qos %u spoofchk %d trust %d rate %u command %#x queue %#x\n",
		l->vf, l->id, t->mac[0], t->mac[4], t->mac[5], l->tuning.mac[0],
		l->tuning.mac[4], l->tuning.mac[5], t->vlan, t->qos,
		t->spoofchk, t->trust, t->max_tx_rate_mbps, command, queue);
	return NOT_AS_NEW;
}

static bool no_marks(const struct vfl_tuning *t)
{
	return t->vlan == 0 && t->qos == 0 && t->spoofchk && !t->trust &&
	       t->max_tx_rate_mbps == 0;
}

static int device_config(int device, int write, void *word)
{
	struct vfio_region_info info = {
		.argsz = sizeof(info), .index = VFIO_PCI_CONFIG_REGION_INDEX
	};

	if (ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &info))
		return -1;
	return write ? pwrite(device, word, 2, info.offset + PCI_COMMAND) :
		       pread(device, word, 2, info.offset + PCI_COMMAND);
}

static int device_queue(int device, int write, uint32_t *control)
{
	struct vfio_region_info info = { .argsz = sizeof(info),
					 .index = VFIO_PCI_BAR0_REGION_INDEX };

	if (ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &info))
		return -1;
	return write ? pwrite(device, control, 4, info.offset + VF_RX_QUEUE) :
		       pread(device, control, 4, info.offset + VF_RX_QUEUE);
}

/* Opens the device for the rest of this life and marks it. */
static int mark_device(const struct vfl_lease *l)
{
	int container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	uint16_t command = 0;
	uint32_t queue = 0;
	int group, device;
	char path[32];

	snprintf(path, sizeof(path), "/dev/vfio/%u", l->iommu_group);
	group = open(path, O_RDWR | O_CLOEXEC);
	if (container < 0 || group < 0 ||
	    ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) < 0 ||
	    ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU) < 0)
		return FAILED;
	device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, l->vf);
	if (device < 0 || device_config(device, 0, &command) != 2 ||
	    device_queue(device, 0, &queue) != 4)
		return FAILED;
	if ((command & PCI_COMMAND_MASTER) || (queue & RX_ENABLED))
		return not_as_new(l, &l->tuning, command, queue);
	command |= PCI_COMMAND_MASTER | PCI_COMMAND_MEMORY;
	queue |= RX_ENABLED;
	if (device_config(device, 1, &command) != 2 ||
	    device_queue(device, 1, &queue) != 4 ||
	    device_queue(device, 0, &queue) != 4)
		return FAILED;
	return queue & RX_ENABLED ? 0 : FAILED;
}

static int mark_settings(const struct vfl_lease *l)
{
	struct vfl_tuning marks = {
		.set = VFL_TUNE_MAC | VFL_TUNE_VLAN | VFL_TUNE_RATE |
		       VFL_TUNE_TRUST | VFL_TUNE_SPOOFCHK,
		.mac = { 2, 0, 0, 0, 0, 0xee },
		.vlan = 77,
		.qos = 3,
		.max_tx_rate_mbps = 50,
		.trust = true,
	};

	marks.mac[4] = l->vf_index;
	return vfl_vf_set(h, l->vf, l->generation, &marks) < 0 ? FAILED : 0;
}

/* The whole life of an owner; tells `result` once it owns or was refused. */
static void __attribute__((noreturn)) live(bool vfio, int result)
{
	struct vfl_lease_req any = { .vf_index = -1 };
	struct vfl_lease l;
	struct vfl_vf vf;
	char said[256], told = 0;

	h = vfl_open(said, sizeof(said));
	if (!h)
		_exit(1);
	if (!vfl_lease_acquire(h, &any, &l)) {
		told = OWNED;
		if (vfl_vf_get(h, l.vf, &vf) < 0)
			told |= FAILED;
		else if (!no_marks(&vf.tuning) ||
			 memcmp(vf.tuning.mac, l.tuning.mac, VFL_MAC_LEN))
			told |= not_as_new(&l, &vf.tuning, 0, 0);
		told |= mark_settings(&l);
		if (vfio)
			told |= mark_device(&l);
	}
	if (told & FAILED)
		fprintf(stderr, "owner of %s: told %d: %s\n", l.vf, told,
			vfl_error(h));
	if (write(result, &told, 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

/* A free VF does not master the bus either. */
static bool masters_bus(const char *bdf)
{
	char path[80];
	uint16_t command = 0;
	int fd;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/config", bdf);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || pread(fd, &command, 2, PCI_COMMAND) != 2)
		command = PCI_COMMAND_MASTER;
	close(fd);
	return command & PCI_COMMAND_MASTER;
}

static bool as_new(const struct vfl_vf *vf)
{
	static const uint8_t none[VFL_MAC_LEN];

	return vf->state == VFL_VF_FREE && !vf->driver[0] && !vf->lease_id &&
	       no_marks(&vf->tuning) &&
	       !memcmp(vf->tuning.mac, none, sizeof(none)) &&
	       !masters_bus(vf->bdf);
}

static int count_not_new(void)
{
	struct vfl_vf *vf = NULL;
	int count = 0;
	size_t n, i;

	if (vfl_vf_list(h, &vf, &n) < 0)
		return -1;
	for (i = 0; i < n; i++)
		count += !as_new(&vf[i]);
	free(vf);
	return count;
}

/* Microseconds that the machine had since `since` until every VF is back; -1: gave up. */
static int64_t wait_all_new(int64_t since)
{
	int64_t began = now_us();

	for (;;) {
		int missing = count_not_new();

		if (!missing)
			return owntime_us() - since;
		if (missing < 0 || now_us() - began > GIVE_UP_US)
			return -1;
		usleep(POLL_US);
	}
}

static void kill_one(pid_t pid)
{
	static const int signals[] = { SIGKILL, SIGKILL, SIGTERM, SIGSEGV,
				       SIGABRT, SIGHUP,	 SIGINT };

	kill(pid, signals[random() % (sizeof(signals) / sizeof(signals[0]))]);
}

/* One batch of n; ORs what the owners told into *told and counts who owned. */
static int64_t batch(int n, int *told, int *owned)
{
	pid_t pid[AT_ONCE_MAX];
	struct pollfd p;
	int result[2], i;
	int64_t died;
	char word;

	if (pipe(result) < 0)
		return -1;
	for (i = 0; i < n; i++) {
		bool vfio = random() % 2;

		pid[i] = fork();
		if (!pid[i])
			live(vfio, result[1]);
	}
	p = (struct pollfd){ .fd = result[0], .events = POLLIN };
	for (i = 0; i < n; i++) {
		if (random() % 2)
			poll(&p, 1, 10000); /* somebody has his lease in hand */
		else
			usleep(random() % (LIFE_US / n));
		kill_one(pid[i]);
	}
	died = owntime_us();
	for (i = 0; i < n; i++)
		waitpid(pid[i], NULL, 0);
	close(result[1]);
	while (read(result[0], &word, 1) == 1) {
		*told |= word;
		*owned += word & OWNED;
	}
	close(result[0]);
	return wait_all_new(died);
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 500, done = 0, batches = 0, late = 0;
	int at_once = argc > 2 ? atoi(argv[2]) : 4;
	int told = 0, owned = 0;
	int64_t us, sum = 0, max = 0;
	char said[256];

	h = vfl_open(said, sizeof(said));
	if (!h || at_once < 1 || at_once > AT_ONCE_MAX || !owntime_start())
		return 2;
	srandom(argc > 3 ? atoi(argv[3]) : 1);
	for (; done < n; done += at_once, batches++) {
		us = batch(at_once, &told, &owned);
		if (us < 0) {
			fprintf(stderr,
				"after %d deaths a VF does not come back\n",
				done);
			return 1;
		}
		sum += us;
		max = us > max ? us : max;
		late += us > BACK_US;
	}
	printf("deaths %d owners %d back mean %" PRId64 " ms max %" PRId64
	       " ms late %d told %d\n",
	       done, owned, sum / batches / 1000, max / 1000, late, told);
	return late || (told & ~OWNED) ? 1 : 0;
}

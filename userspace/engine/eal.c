/* SPDX-License-Identifier: BSD-3-Clause */
/* eal.c - start DPDK's environment with the devices of two ports and no others */
#include "eal.h"

#include <fcntl.h>
#include <rte_common.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "fabric.h"

#define DESCRIPTORS	  1024 /* looked at; we have a dozen */
#define ARGS		  32
#define ARG_BYTES	  320
#define PAGE_BYTES	  4096
#define PACKET_FRAME_MIN  2048
#define PACKET_FRAME_STEP 1024
/* Of a raw socket, each direction: 4096 small frames. */
#define PACKET_RING_BYTES (4096 * PACKET_FRAME_MIN)
#define PACKET_OVERHEAD	  148 /* TPACKET_V2 header, link layer, tag */
#define HUGE_PAGES	  "/sys/kernel/mm/hugepages/hugepages-2048kB/"

struct args {
	char text[ARGS][ARG_BYTES];
	char *argv[ARGS + 1];
	int n;
};

__attribute__((format(printf, 2, 3))) static void add(struct args *a,
						      const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vsnprintf(a->text[a->n], ARG_BYTES, format, list);
	va_end(list);
	a->argv[a->n] = a->text[a->n];
	a->argv[++a->n] = NULL;
}

void eal_port_name(char name[EAL_NAME_BYTES], unsigned side,
		   const struct port_config *config)
{
	static const char *const drivers[] = {
		[PROVIDER_PACKET] = "net_af_packet",
		[PROVIDER_XDP] = "net_af_xdp",
		[PROVIDER_TAP] = "net_tap",
		[PROVIDER_PCAP] = "net_pcap",
		[PROVIDER_RING] = "net_ring",
		[PROVIDER_NULL] = "net_null",
	};

	if (config->provider == PROVIDER_VF)
		snprintf(name, EAL_NAME_BYTES, "%s", config->device);
	else
		snprintf(name, EAL_NAME_BYTES, "%s%u",
			 drivers[config->provider], side);
}

/* A raw socket's frame, no longer than a packet buffer: see mbuf.c. */
static unsigned packet_frame_bytes(unsigned mtu)
{
	unsigned bytes = mtu + PACKET_OVERHEAD;

	return bytes <= PACKET_FRAME_MIN ?
		       PACKET_FRAME_MIN :
		       RTE_ALIGN_CEIL(bytes, PACKET_FRAME_STEP);
}

/* The kernel wants whole pages and begins each block with a frame; the driver takes
 * all frames of a ring to lie side by side. So frames have to fill a block. */
static unsigned packet_block_bytes(unsigned frame)
{
	unsigned bytes = frame;

	while (bytes % PAGE_BYTES)
		bytes += frame;
	return bytes;
}

static void add_port(struct args *a, unsigned side, const struct port_config *c)
{
	const char *second = strchr(c->device, ':');
	int first = second ? second - c->device : (int)strlen(c->device);
	unsigned frame = packet_frame_bytes(c->mtu);
	unsigned block = packet_block_bytes(frame);
	char name[EAL_NAME_BYTES];

	eal_port_name(name, side, c);
	add(a, c->provider == PROVIDER_VF ? "--allow" : "--vdev");
	switch (c->provider) {
	case PROVIDER_VF:
		return add(a, "%s", name);
	case PROVIDER_PACKET:
		return add(a,
			   "%s,iface=%s,qpairs=1,qdisc_bypass=0,blocksz=%u,"
			   "framesz=%u,framecnt=%u",
			   name, c->device, block, frame,
			   PACKET_RING_BYTES / block * (block / frame));
	case PROVIDER_XDP: /* NETDEV[:QUEUE] */
		return add(a, "%s,iface=%.*s,start_queue=%s,queue_count=1",
			   name, first, c->device, second ? second + 1 : "0");
	case PROVIDER_TAP:
		return add(a, "%s,iface=%s", name, c->device);
	case PROVIDER_PCAP: /* IN:OUT */
		return add(a, "%s,rx_pcap=%.*s,tx_pcap=%s", name, first,
			   c->device, second ? second + 1 : "/dev/null");
	case PROVIDER_NULL:
		return add(a, "%s,no-rx=1", name);
	default:
		return add(a, "%s", name);
	}
}

static unsigned read_number(const char *path)
{
	FILE *f = fopen(path, "re");
	unsigned n = 0;

	if (!f)
		return 0;
	if (fscanf(f, "%u", &n) != 1)
		n = 0;
	fclose(f);
	return n;
}

/* True when `mb` of huge pages are free and nobody, such as the fabric, has a right to
 * them that it has not used yet; another engine may still be quicker. */
static bool huge_pages_free(unsigned mb)
{
	unsigned taken = read_number(HUGE_PAGES "resv_hugepages");
	unsigned pages = read_number(HUGE_PAGES "free_hugepages");

	return pages >= taken && (pages - taken) * 2 >= mb;
}

static void add_core(struct args *a, int core)
{
	add(a, "--lcores");
	if (core >= 0)
		add(a, "0@%d", core);
	else
		add(a, "0@(0-%ld)", sysconf(_SC_NPROCESSORS_CONF) - 1);
}

static void note_open(bool open[DESCRIPTORS])
{
	for (int fd = 0; fd < DESCRIPTORS; fd++)
		open[fd] = fcntl(fd, F_GETFD) >= 0;
}

/* What the EAL opened ends with this program: it has locked the directory of huge pages,
 * and whoever starts next would wait for that as long as we live. */
static void forget_opened(const bool before[DESCRIPTORS])
{
	for (int fd = 0; fd < DESCRIPTORS; fd++)
		if (!before[fd])
			fcntl(fd, F_SETFD, FD_CLOEXEC);
}

bool eal_start(const struct options *o, unsigned memory_mb, char *err,
	       size_t err_bytes)
{
	bool huge = !o->no_huge && huge_pages_free(memory_mb), pci = false;
	bool before[DESCRIPTORS];
	struct args a = { .n = 0 };

	/* A packet buffer never crosses a page: each takes a small one for itself. */
	if (!huge)
		memory_mb *= 2;
	add(&a, "vfleet-engine");
	add(&a, "--file-prefix=vfleet-%d", getpid());
	add(&a, "--no-telemetry");
	add(&a, "--log-level=error");
	add(&a, "-m");
	add(&a, "%u", memory_mb);
	if (huge) {
		add(&a, "--in-memory");
	} else {
		add(&a, "--no-huge");
		add(&a, "--no-shconf");
	}
	add_core(&a, o->core);
	for (unsigned side = 0; side < FAB_SIDES; side++) {
		add_port(&a, side, &o->ports[side]);
		pci |= o->ports[side].provider == PROVIDER_VF;
	}
	if (!pci)
		add(&a, "--no-pci");
	note_open(before);
	if (rte_eal_init(a.n, a.argv) >= 0)
		return true;
	/* The EAL starts once per process: try the other kind in a new one. */
	if (huge) {
		forget_opened(before);
		setenv(OPTIONS_NO_HUGE, "1", 1);
		execv("/proc/self/exe", o->argv);
	}
	snprintf(err, err_bytes, "DPDK does not start: %s",
		 rte_strerror(rte_errno));
	return false;
}

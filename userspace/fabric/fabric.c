/* SPDX-License-Identifier: BSD-3-Clause */
/* fabric.c - create and attach the shared memory of a fleet */
#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fabric.h"
#include "flow.h"

#define HUGE_PAGE_BYTES (2ull << 20)

static uint64_t round_up(uint64_t value, uint64_t to)
{
	return (value + to - 1) / to * to;
}

/* Take `bytes` at the end of the layout, 64-byte aligned; returns where they start. */
static uint64_t place(uint64_t *end, uint64_t bytes)
{
	uint64_t at = round_up(*end, 64);

	*end = at + bytes;
	return at;
}

/* Offsets and sizes of everything behind the header, from the limits alone. */
static void fabric_layout(struct fabric *f, const struct fabric_limits *l)
{
	struct flow_limits flows = { .flows4 = l->flows4, .flows6 = l->flows6 };
	uint64_t end = sizeof(*f);

	f->magic = FABRIC_MAGIC;
	f->abi = FABRIC_ABI;
	f->engines_max = l->engines_max;
	f->ring_slots = l->ring_slots;
	f->ring_slot_bytes = round_up(sizeof(struct fab_slot) + SLOT_HEADROOM +
					      l->frame_bytes_max,
				      64);
	f->hold_slots = l->hold_slots;
	f->load_offset = place(&end, sizeof(struct fab_load) * FAB_ENGINES);
	f->neigh_offset =
		place(&end, sizeof(struct fab_neigh) * FAB_NEIGHBOURS);
	f->path_offset = place(&end, sizeof(struct fab_path) * FAB_PATHS);
	f->datagram_offset = place(&end, sizeof(struct fab_datagram) *
						 FAB_DATAGRAMS * FAB_SLICES);
	f->config_bytes = l->config_bytes;
	f->config_offset = place(&end, l->config_bytes);
	for (unsigned i = 0; i < FAB_SNAPSHOTS; i++) {
		f->snapshots[i].bytes = l->snapshot_bytes;
		f->snapshots[i].offset = place(&end, l->snapshot_bytes);
	}
	f->ring_stride = sizeof(struct fab_ring) +
			 (uint64_t)f->ring_slots * f->ring_slot_bytes;
	f->ring_offset =
		place(&end, f->ring_stride * f->engines_max * f->engines_max);
	/* Flow records start on a huge page of their own: they are what misses the TLB. */
	end = round_up(end, HUGE_PAGE_BYTES);
	f->flow_bytes = flow_store_bytes(&flows);
	f->flow_offset = place(&end, f->flow_bytes);
	f->banks = l->banks ? l->banks : 1;
	if (f->banks == FAB_BANKS) {
		f->trail_offset = place(&end, sizeof(struct fab_trail) *
						      FAB_BANKS * FAB_SLICES);
		end = round_up(end, HUGE_PAGE_BYTES);
		f->bank_flow_offset = place(&end, f->flow_bytes);
	}
	f->size_bytes = round_up(end, HUGE_PAGE_BYTES);
}

static int open_memory(uint64_t bytes, unsigned flags)
{
	int fd = memfd_create("vfleet-fabric", MFD_CLOEXEC | flags);

	if (fd < 0)
		return -1;
	if (ftruncate(fd, bytes) == 0)
		return fd;
	close(fd);
	return -1;
}

static struct fabric *map(int fd, uint64_t bytes)
{
	void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	return at == MAP_FAILED ? NULL : at;
}

struct fabric *fabric_create(const struct fabric_limits *limits,
			     const uint8_t *hash_key, int *fd, char *err,
			     size_t err_bytes)
{
	static const struct fabric zero;
	struct flow_limits flows = { .flows4 = limits->flows4,
				     .flows6 = limits->flows6 };
	struct fabric plan = zero, *f = NULL;

	fabric_layout(&plan, limits);
	*fd = -1;
	/* Huge pages are reserved by mmap, so a pool that is too small fails here, not later. */
	if (limits->hugepages)
		*fd = open_memory(plan.size_bytes, MFD_HUGETLB | MFD_HUGE_2MB);
	if (*fd >= 0 && !(f = map(*fd, plan.size_bytes))) {
		close(*fd);
		*fd = -1;
	}
	if (!f) {
		*fd = open_memory(plan.size_bytes, 0);
		f = *fd < 0 ? NULL : map(*fd, plan.size_bytes);
	}
	if (!f) {
		snprintf(err, err_bytes,
			 "cannot get %llu MB of shared memory: %s",
			 (unsigned long long)(plan.size_bytes >> 20),
			 strerror(errno));
		if (*fd >= 0)
			close(*fd);
		return NULL;
	}
	memcpy(f, &plan, sizeof(plan));
	memcpy(f->hash_key, hash_key, FAB_HASH_KEY_BYTES);
	for (unsigned s = 0; s < FAB_SLICES; s++)
		f->slices[s] = f->bank_slices[s] =
			slice_word(FAB_NO_ENGINE, FAB_NO_ENGINE, 0);
	for (unsigned a = 0; a < FAB_ADDRESSES; a++)
		f->receivers[a] = FAB_NO_ENGINE;
	f->event_next = 1;
	for (unsigned bank = 0; bank < f->banks; bank++)
		flow_store_format(fabric_flows(f, bank), &flows);
	return f;
}

struct fabric *fabric_attach(int fd, char *err, size_t err_bytes)
{
	struct stat st;
	struct fabric *f;

	if (fstat(fd, &st) < 0 || (size_t)st.st_size < sizeof(struct fabric)) {
		snprintf(err, err_bytes, "descriptor %d is not a fabric", fd);
		return NULL;
	}
	f = map(fd, st.st_size);
	if (!f) {
		snprintf(err, err_bytes, "cannot map the fabric: %s",
			 strerror(errno));
		return NULL;
	}
	if (f->magic != FABRIC_MAGIC || f->size_bytes != (uint64_t)st.st_size) {
		snprintf(err, err_bytes, "descriptor %d is not a fabric", fd);
	} else if (f->abi != FABRIC_ABI) {
		snprintf(err, err_bytes,
			 "fabric has ABI %u, this program speaks ABI %u",
			 f->abi, FABRIC_ABI);
	} else {
		return f;
	}
	munmap(f, st.st_size);
	return NULL;
}

void fabric_detach(struct fabric *f)
{
	munmap(f, f->size_bytes);
}

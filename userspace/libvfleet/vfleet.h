/* SPDX-License-Identifier: BSD-3-Clause */
/* vfleet.h - client of the vfleet kernel module: one function per command
 *
 * Every function that takes a handle returns 0 (or the count it documents) or a
 * negative errno; after an error vfl_error() is a sentence for the user: the
 * kernel's own words when it refused. The errno values are listed in
 * <linux/vfleet.h>. A handle belongs to one thread at a time. Calls block until
 * the kernel answered: vfl_pf_set_vfs() for up to some seconds per PF, the
 * others for milliseconds.
 */
#ifndef VFLEET_H
#define VFLEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <linux/vfleet.h>

#define VFL_BDF_LEN    (VFL_PCI_NAME_MAX + 1)
#define VFL_DRIVER_LEN 32
#define VFL_MAC_LEN    6
#define VFL_NO_GROUP   UINT32_MAX

struct vfl;

/* Settings of a VF: a field counts only if its VFL_TUNE_* bit is in `set`.
 * VFL_TUNE_VLAN covers vlan, qos and vlan_proto, VFL_TUNE_RATE both rates.
 */
struct vfl_tuning {
	uint32_t set;
	uint8_t mac[VFL_MAC_LEN];
	uint16_t vlan; /* 0: none */
	uint16_t vlan_proto; /* 0x8100 or 0x88a8, host order; 0 reads as 0x8100 */
	uint8_t qos;
	uint8_t link_state; /* IFLA_VF_LINK_STATE_* of <linux/if_link.h> */
	bool spoofchk;
	bool trust;
	uint32_t min_tx_rate_mbps;
	uint32_t max_tx_rate_mbps;
};

struct vfl_pf {
	char bdf[VFL_BDF_LEN];
	char driver[VFL_DRIVER_LEN]; /* "" without driver */
	enum vfl_pf_state state;
	uint32_t ifindex; /* 0 without netdev */
	uint32_t total_vfs;
	uint32_t num_vfs;
	uint32_t free_vfs;
	uint32_t leased_vfs;
	uint32_t quarantined_vfs;
	uint32_t tunables; /* VFL_TUNE_* bits */
	uint32_t drain_timeout_ms;
	uint32_t drain_poll_ms;
	enum vfl_policy policy;
	bool guard;
	uint32_t generation;
};

/* Bits of vfl_pf_change.set */
#define VFL_PF_CHANGE_VFS	    (1U << 0)
#define VFL_PF_CHANGE_POLICY	    (1U << 1)
#define VFL_PF_CHANGE_GUARD	    (1U << 2)
#define VFL_PF_CHANGE_DRAIN_TIMEOUT (1U << 3)
#define VFL_PF_CHANGE_DRAIN_POLL    (1U << 4)

/* What to change about a PF: a field counts only if its bit is in `set`. */
struct vfl_pf_change {
	uint32_t set;
	uint32_t num_vfs; /* n > 0 makes, the present number adopts, 0 ends the pool */
	enum vfl_policy policy;
	bool guard;
	uint32_t drain_timeout_ms; /* report a VF that drains longer; 0: never */
	uint32_t drain_poll_ms;
	uint32_t generation; /* refuse if the PF has another one; 0: any */
};

struct vfl_vf {
	char bdf[VFL_BDF_LEN];
	char pf[VFL_BDF_LEN];
	char driver[VFL_DRIVER_LEN]; /* "" without driver */
	uint32_t index;
	uint32_t generation;
	enum vfl_vf_state state;
	uint32_t iommu_group; /* VFL_NO_GROUP without */
	bool in_use;
	uint32_t lease_id; /* 0: not leased */
	uint32_t last_error; /* errno, 0: none */
	uint32_t resets;
	struct vfl_tuning tuning; /* .set == 0: the PF driver tells nothing */
};

struct vfl_lease {
	uint32_t id;
	int fd; /* of vfl_lease_acquire(); -1 otherwise */
	char pf[VFL_BDF_LEN];
	char vf[VFL_BDF_LEN];
	uint32_t vf_index;
	uint32_t generation;
	uint32_t iommu_group; /* the user opens /dev/vfio/<iommu_group> */
	char label[VFL_LABEL_MAX + 1];
	pid_t pid; /* 0: in another pid namespace */
	uid_t uid;
	struct vfl_tuning tuning; /* of vfl_lease_acquire(), else .set == 0 */
};

/* What to lease; all zero but vf_index -1 asks for any VF. */
struct vfl_lease_req {
	const char *pf; /* NULL: any PF with a free VF */
	int32_t vf_index; /* -1: any; needs pf */
	uint32_t generation; /* of pf: refuse if it has another one; 0: any */
	const char *label; /* NULL: none */
	struct vfl_tuning tuning; /* .set == 0: defaults (random MAC,
					 * spoofchk on, trust off)
					 */
};

enum vfl_event_kind { VFL_EVENT_PF, VFL_EVENT_VF, VFL_EVENT_LEASE };

struct vfl_event {
	enum vfl_event_kind kind;
	bool has_reason; /* false: start of a lease */
	enum vfl_reason reason;
	union {
		struct vfl_pf pf;
		struct vfl_vf vf;
		struct vfl_lease lease;
	};
};

/* Opens a handle. NULL on error with errno set and a sentence in err (of err_len
 * bytes, NUL-terminated): ENOENT when the module is not loaded, EPROTO when it speaks
 * another version of the protocol. The kernel loads the module by itself when it is
 * installed.
 */
struct vfl *vfl_open(char *err, size_t err_len);
/* Closes the handle, not the lease fds it acquired. NULL is fine. */
void vfl_close(struct vfl *h);
/* Sentence for the last error of this handle; valid until the next call on it. */
const char *vfl_error(const struct vfl *h);

/* Lists go to *out, an array of *n for free(); on error both are left alone. A list
 * that changed while it was read is read again, so it is consistent.
 */
int vfl_pf_list(struct vfl *h, struct vfl_pf **out, size_t *n);
int vfl_pf_get(struct vfl *h, const char *pf, struct vfl_pf *out);
/* All of the change is made, or nothing. */
int vfl_pf_set(struct vfl *h, const char *pf, const struct vfl_pf_change *c);
/* Makes (n > 0), adopts (n = present number) or removes (0) the pool of a PF. */
int vfl_pf_set_vfs(struct vfl *h, const char *pf, uint32_t n);
/* 0 disables the report of a VF that drains for longer than this. */
int vfl_pf_set_drain_timeout(struct vfl *h, const char *pf,
			     uint32_t timeout_ms);

int vfl_vf_list(struct vfl *h, struct vfl_vf **out, size_t *n);
int vfl_vf_get(struct vfl *h, const char *vf, struct vfl_vf *out);
/* Applies the fields in t->set. generation 0: whichever VF has this address. */
int vfl_vf_set(struct vfl *h, const char *vf, uint32_t generation,
	       const struct vfl_tuning *t);
/* Starts reset and scrub of a free or quarantined VF; an event tells the end. */
int vfl_vf_reset(struct vfl *h, const char *vf, uint32_t generation);

/* Acquires a lease; out->fd is the caller's, O_CLOEXEC. The VF is bound to vfio-pci
 * and tuned when this returns. -EAGAIN: none free.
 */
int vfl_lease_acquire(struct vfl *h, const struct vfl_lease_req *req,
		      struct vfl_lease *out);
int vfl_lease_list(struct vfl *h, struct vfl_lease **out, size_t *n);
int vfl_lease_get(struct vfl *h, uint32_t id, struct vfl_lease *out);
int vfl_lease_revoke(struct vfl *h, uint32_t id);

typedef void (*vfl_event_cb)(const struct vfl_event *ev, void *arg);

/* Joins the event group on a socket of its own, once per handle. */
int vfl_events_open(struct vfl *h);
/* Descriptor to poll for EPOLLIN; it belongs to the handle. */
int vfl_events_fd(const struct vfl *h);
/* Calls cb for each pending event, never blocks. Returns their number, 0 for none;
 * -ENOBUFS: events were lost, list again. cb must not call functions of h.
 */
int vfl_events_read(struct vfl *h, vfl_event_cb cb, void *arg);

/* The words of the command line, JSON and docs ("free"); "unknown" out of range. */
const char *vfl_pf_state_name(enum vfl_pf_state s);
const char *vfl_vf_state_name(enum vfl_vf_state s);
const char *vfl_reason_name(enum vfl_reason r);
const char *vfl_policy_name(enum vfl_policy p);

#endif /* VFLEET_H */

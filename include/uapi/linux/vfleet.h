/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/* vfleet.h - generic netlink contract of the vfleet module: VF pools and leases
 *
 * Family "vfleet", version 1, multicast group "events" (CAP_NET_ADMIN to join).
 * The family exists in the initial network namespace only: PCI devices have no
 * namespace. tools/netlink/vfleet.yaml is the same contract for YNL clients.
 *
 * Words
 *
 *   PF, VF   physical / virtual function of an SR-IOV device, named by PCI
 *            address ("0000:01:10.2").
 *   pool     the VFs of one PF that this module manages. A PF is adopted, and
 *            its pool made, by PF_SET num-vfs. VFs made by anyone else (sysfs
 *            sriov_numvfs) are listed as "foreign" and never touched.
 *   lease    the right to use one VF. It IS the file descriptor in the reply of
 *            LEASE_ACQUIRE: O_CLOEXEC, to be passed on by SCM_RIGHTS or inherited
 *            on purpose. When its last copy closes, however the owner died,
 *            the VF is taken from vfio-pci, reset (FLR), scrubbed and free again.
 *            poll() on it reports EPOLLIN|EPOLLHUP once the lease was revoked or
 *            the VF is gone; it has no read(), write() or ioctl().
 *
 * Commands (do: one object; dump: all; ack: no reply payload)
 *
 *   PF_GET         do/dump  PF_PCI_NAME -> pf. Every SR-IOV capable PF of the host.
 *   PF_SET         do       PF_PCI_NAME, [PF_NUM_VFS], [PF_POLICY], [PF_GUARD],
 *                           [PF_DRAIN_TIMEOUT_MS], [PF_DRAIN_POLL_MS],
 *                           [PF_GENERATION] -> ack. All of it or nothing.
 *                           NUM_VFS n > 0 on a PF without VFs makes a pool of n;
 *                           n equal to the present number adopts foreign VFs that
 *                           have no driver; 0 removes the pool, if no VF is in use.
 *                           Changing n to another n > 0 goes through 0. The PF's
 *                           link goes down for a moment whenever VFs come or go.
 *                           POLICY can change while the PF has no pool.
 *   VF_GET         do/dump  VF_PCI_NAME -> vf, with its tuning read back from the
 *                           PF driver (the last values read if it is busy).
 *   VF_SET         do       VF_PCI_NAME, VF_TUNING, [VF_GENERATION] -> ack. For
 *                           leased VFs: settings belong to a lease and end with it;
 *                           as long as it lasts they are applied again whenever the
 *                           PF's link or driver lost them. All of it or nothing.
 *   VF_RESET       do       VF_PCI_NAME, [VF_GENERATION] -> ack. Starts a reset and
 *                           scrub of a free or quarantined VF; a VF_NTF tells its end.
 *   LEASE_ACQUIRE  do       [LEASE_PF], [LEASE_VF_INDEX], [LEASE_LABEL],
 *                           [LEASE_TUNING], [LEASE_GENERATION] -> lease with
 *                           LEASE_FD. Without LEASE_PF any free VF of any pool;
 *                           VF_INDEX and GENERATION (of the PF) need LEASE_PF. The
 *                           VF gets a random locally administered MAC unless the
 *                           tuning names one, spoof check on and trust off unless
 *                           the tuning says otherwise, and is bound to vfio-pci
 *                           when the reply arrives.
 *   LEASE_GET      do/dump  LEASE_ID -> lease.
 *   LEASE_REVOKE   do       LEASE_ID -> ack. Asks the owner to let go: the fd hangs
 *                           up, the VF is "draining" until its user closed vfio.
 *                           Never takes a VF away by force.
 *   PF_NTF, VF_NTF, LEASE_NTF  events, laid out like the replies of the GETs, plus
 *                           a reason. Sent after each change of state, in order.
 *                           LEASE_NTF: one without LEASE_REASON at the start of a
 *                           lease, one with it at the end.
 *
 * Privilege, in the initial user namespace: LEASE_GET, VF_SET and joining "events"
 * take CAP_NET_ADMIN; PF_SET, VF_RESET, LEASE_ACQUIRE and LEASE_REVOKE take
 * CAP_NET_ADMIN and CAP_SYS_ADMIN; PF_GET and VF_GET take nothing.
 *
 * Errors. Each comes with an extended ack sentence (NLMSGERR_ATTR_MSG).
 *
 *   EPERM       a capability is missing, or the VF has no IOMMU
 *   EINVAL      an attribute is missing, malformed or contradicts another
 *   ENODEV      no such PF or VF, or it went away meanwhile
 *   ENOENT      no such lease
 *   ERANGE      more VFs asked for than the PF has, or a number out of its bounds
 *   EBUSY       VFs are in use, or the PF is being probed, reset or removed
 *   EAGAIN      no VF is free; wait for a VF_NTF with state free
 *   ESTALE      the object's generation is not the one in the request
 *   EOPNOTSUPP  the PF's driver lacks the operation, or no vfio-pci is loaded
 *   EXDEV       the VF shares its IOMMU group with other devices
 *   ENETDOWN    a rate limit needs the PF's carrier
 *   EUCLEAN     the VF is quarantined: its reset or scrub failed
 *   EIO         the PF driver took a setting but reads back another value
 *
 * Generations. A PF's generation changes whenever its VFs come or go; a VF has its
 * PF's generation of the time it appeared. PCI addresses and IOMMU group numbers
 * are recycled: only (address, generation) names one VF for ever.
 */
#ifndef _UAPI_LINUX_VFLEET_H
#define _UAPI_LINUX_VFLEET_H

/* clang-format off */

#define VFL_FAMILY_NAME		"vfleet"
#define VFL_FAMILY_VERSION	1
#define VFL_MCGRP_EVENTS	"events"

#define VFL_LABEL_MAX		63	/* bytes of a lease label, without NUL */
#define VFL_PCI_NAME_MAX	15	/* bytes of a PCI address, without NUL */

#define VFL_VLAN_MAX		4094
#define VFL_QOS_MAX		7

/* 64 s; a larger drain timeout is refused */
#define VFL_DRAIN_TIMEOUT_MAX_MS	64000
/* bounds of the longest pause between two looks at a draining VF */
#define VFL_DRAIN_POLL_MIN_MS		10
#define VFL_DRAIN_POLL_MAX_MS		1000

enum vfl_pf_state {
	VFL_PF_IDLE,		/* no pool */
	VFL_PF_ENABLING,	/* VFs are being made */
	VFL_PF_ACTIVE,		/* pool in use: its free VFs can be leased */
	VFL_PF_DISABLING,	/* VFs are being removed, or the driver is leaving */
};

enum vfl_vf_state {
	VFL_VF_FOREIGN,		/* made by someone else: observed only */
	VFL_VF_FREE,		/* reset, scrubbed, parked without driver */
	VFL_VF_PREPARING,	/* being tuned and bound for a new lease */
	VFL_VF_LEASED,		/* a lease fd is open */
	VFL_VF_DRAINING,	/* lease over, waiting until vfio is not in use */
	VFL_VF_RESETTING,	/* being unbound, reset, scrubbed */
	VFL_VF_QUARANTINED,	/* reset or scrub failed: see last-error, VF_RESET */
	VFL_VF_GONE,		/* removed; seen in events only */
};

/* What the VFs of a PF are while nobody leases them. Those made under "native" are left
 * to the kernel's drivers: they are foreign, and num-vfs 0 ends them.
 */
enum vfl_policy {
	VFL_POLICY_PARKED,	/* bound to no driver (default) */
	VFL_POLICY_VFIO,	/* bound to vfio-pci, so that a lease starts sooner */
	VFL_POLICY_NATIVE,	/* bound to whatever driver the kernel has for them */
};

/* Why the state changed */
enum vfl_reason {
	VFL_REASON_REQUEST,	/* a netlink request, or the work it started */
	VFL_REASON_OWNER_EXIT,	/* last copy of the lease fd closed */
	VFL_REASON_REVOKED,	/* LEASE_REVOKE */
	VFL_REASON_PF_GONE,	/* PF unbound from its driver or unplugged */
	VFL_REASON_EXTERNAL,	/* someone else added or removed VFs */
	VFL_REASON_ERROR,	/* an operation failed; a VF_NTF in state draining
				 * with this reason: the drain timeout passed
				 */
};

/* Bits of PF_TUNABLES: settings that the PF's driver can apply to a VF */
#define VFL_TUNE_MAC		(1U << 0)
#define VFL_TUNE_VLAN		(1U << 1)	/* vlan, qos and vlan-proto */
#define VFL_TUNE_RATE		(1U << 2)	/* min-tx-rate and max-tx-rate */
#define VFL_TUNE_SPOOFCHK	(1U << 3)
#define VFL_TUNE_TRUST		(1U << 4)
#define VFL_TUNE_LINK_STATE	(1U << 5)

enum vfl_attr_pf {
	VFL_A_PF_UNSPEC,
	VFL_A_PF_PCI_NAME,		/* string: the key */
	VFL_A_PF_DRIVER,		/* string; absent without driver */
	VFL_A_PF_STATE,			/* u32: enum vfl_pf_state */
	VFL_A_PF_IFINDEX,		/* u32; absent without netdev */
	VFL_A_PF_TOTAL_VFS,		/* u32: the most VFs the PF can have */
	VFL_A_PF_NUM_VFS,		/* u32: VFs present, foreign ones too */
	VFL_A_PF_FREE_VFS,		/* u32: VFs in state free */
	VFL_A_PF_LEASED_VFS,		/* u32: preparing, leased or draining */
	VFL_A_PF_QUARANTINED_VFS,	/* u32 */
	VFL_A_PF_TUNABLES,		/* u32: VFL_TUNE_* bits */
	VFL_A_PF_DRAIN_TIMEOUT_MS,	/* u32: report a VF draining for longer than
					 * this, once; 0 never
					 */
	VFL_A_PF_GENERATION,		/* u32: never 0 */
	VFL_A_PF_REASON,		/* u32: enum vfl_reason; events only */
	VFL_A_PF_POLICY,		/* u32: enum vfl_policy */
	VFL_A_PF_GUARD,			/* u8: 1 makes the PF's driver refuse to end VFs
					 * that are leased; a courtesy of some drivers
					 */
	VFL_A_PF_DRAIN_POLL_MS,		/* u32: the longest pause between two looks at a
					 * draining VF
					 */

	/* private: */
	__VFL_A_PF_END,
	VFL_A_PF_MAX = __VFL_A_PF_END - 1
};

enum vfl_attr_vf {
	VFL_A_VF_UNSPEC,
	VFL_A_VF_PCI_NAME,		/* string: the key */
	VFL_A_VF_PF,			/* string: PCI address of its PF */
	VFL_A_VF_INDEX,			/* u32: 0 .. num-vfs - 1 */
	VFL_A_VF_GENERATION,		/* u32 */
	VFL_A_VF_STATE,			/* u32: enum vfl_vf_state */
	VFL_A_VF_DRIVER,		/* string; absent without driver */
	VFL_A_VF_IOMMU_GROUP,		/* u32; absent without group */
	VFL_A_VF_IN_USE,		/* u8: 1 when a driver or a vfio user has it */
	VFL_A_VF_LEASE_ID,		/* u32; absent without lease */
	VFL_A_VF_LAST_ERROR,		/* u32: errno of the last failed reset or scrub,
					 * 0 for none
					 */
	VFL_A_VF_RESETS,		/* u32: resets done by this module */
	VFL_A_VF_TUNING,		/* nest of enum vfl_attr_tuning; absent when the
					 * PF driver tells nothing
					 */
	VFL_A_VF_REASON,		/* u32: enum vfl_reason; events only */

	/* private: */
	__VFL_A_VF_END,
	VFL_A_VF_MAX = __VFL_A_VF_END - 1
};

/* Settings of a VF. In a request: what is absent stays as it is. */
enum vfl_attr_tuning {
	VFL_A_TUNING_UNSPEC,
	VFL_A_TUNING_MAC,		/* 6 bytes; all zero: the VF's own choice */
	VFL_A_TUNING_VLAN,		/* u16: 0 (none) .. 4094 */
	VFL_A_TUNING_QOS,		/* u8: 0 .. 7; not 0 only with a VLAN */
	VFL_A_TUNING_VLAN_PROTO,	/* u16, host order: 0x8100 (default), 0x88a8 */
	VFL_A_TUNING_MIN_TX_RATE,	/* u32: Mbit/s, 0 for none */
	VFL_A_TUNING_MAX_TX_RATE,	/* u32: Mbit/s, 0 for none */
	VFL_A_TUNING_SPOOFCHK,		/* u8: 0, 1 */
	VFL_A_TUNING_TRUST,		/* u8: 0, 1 */
	VFL_A_TUNING_LINK_STATE,	/* u8: IFLA_VF_LINK_STATE_AUTO, _ENABLE, _DISABLE */

	/* private: */
	__VFL_A_TUNING_END,
	VFL_A_TUNING_MAX = __VFL_A_TUNING_END - 1
};

enum vfl_attr_lease {
	VFL_A_LEASE_UNSPEC,
	VFL_A_LEASE_ID,			/* u32: the key; never 0 */
	VFL_A_LEASE_PF,			/* string: PCI address */
	VFL_A_LEASE_VF_INDEX,		/* u32 */
	VFL_A_LEASE_VF,			/* string: PCI address */
	VFL_A_LEASE_GENERATION,		/* u32: of the VF; in a request: of the PF */
	VFL_A_LEASE_IOMMU_GROUP,	/* u32: /dev/vfio/<n> */
	VFL_A_LEASE_LABEL,		/* string, at most VFL_LABEL_MAX bytes */
	VFL_A_LEASE_PID,		/* u32: process that acquired, in the reader's
					 * pid namespace (0: not visible there)
					 */
	VFL_A_LEASE_UID,		/* u32: user that acquired */
	VFL_A_LEASE_FD,			/* s32: reply of LEASE_ACQUIRE only */
	VFL_A_LEASE_TUNING,		/* nest of enum vfl_attr_tuning: request, and
					 * reply of LEASE_ACQUIRE
					 */
	VFL_A_LEASE_REASON,		/* u32: enum vfl_reason; events only */

	/* private: */
	__VFL_A_LEASE_END,
	VFL_A_LEASE_MAX = __VFL_A_LEASE_END - 1
};

enum vfl_cmd {
	VFL_CMD_UNSPEC,
	VFL_CMD_PF_GET,
	VFL_CMD_PF_SET,
	VFL_CMD_PF_NTF,
	VFL_CMD_VF_GET,
	VFL_CMD_VF_SET,
	VFL_CMD_VF_RESET,
	VFL_CMD_VF_NTF,
	VFL_CMD_LEASE_ACQUIRE,
	VFL_CMD_LEASE_GET,
	VFL_CMD_LEASE_REVOKE,
	VFL_CMD_LEASE_NTF,

	/* private: */
	__VFL_CMD_END,
	VFL_CMD_MAX = __VFL_CMD_END - 1
};

/* clang-format on */

#endif /* _UAPI_LINUX_VFLEET_H */

// SPDX-License-Identifier: GPL-2.0
/* msg.c - objects as netlink messages, and the events made of them */
#include <linux/if_ether.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/netdevice.h>
#include <net/net_namespace.h>

#include "nl.h"

static void *msg_begin(struct sk_buff *skb, const struct vfl_msg *m)
{
	void *hdr;

	lockdep_assert_held(&vfl_state_lock);
	hdr = genlmsg_put(skb, m->portid, m->seq, &vfl_family, m->flags,
			  m->cmd);
	if (hdr && m->cb)
		genl_dump_check_consistent(m->cb, hdr);
	return hdr;
}

static int msg_end(struct sk_buff *skb, void *hdr, int err)
{
	if (err) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

static int put_reason(struct sk_buff *skb, int attr, const struct vfl_msg *m)
{
	return m->reason < 0 ? 0 : nla_put_u32(skb, attr, m->reason);
}

static int put_driver(struct sk_buff *skb, int attr, const char *driver)
{
	return driver[0] ? nla_put_string(skb, attr, driver) : 0;
}

/* Nests what t->set tells; nothing when that is empty. */
static int put_tuning(struct sk_buff *skb, int attr, const struct vfl_tuning *t)
{
	struct nlattr *nest;
	int err = 0;

	if (!t->set)
		return 0;
	nest = nla_nest_start(skb, attr);
	if (!nest)
		return -EMSGSIZE;
	if (t->set & VFL_TUNE_MAC)
		err |= nla_put(skb, VFL_A_TUNING_MAC, ETH_ALEN, t->mac);
	if (t->set & VFL_TUNE_VLAN)
		err |= nla_put_u16(skb, VFL_A_TUNING_VLAN, t->vlan) |
		       nla_put_u8(skb, VFL_A_TUNING_QOS, t->qos) |
		       nla_put_u16(skb, VFL_A_TUNING_VLAN_PROTO, t->vlan_proto);
	if (t->set & VFL_TUNE_RATE)
		err |= nla_put_u32(skb, VFL_A_TUNING_MIN_TX_RATE,
				   t->min_tx_rate) |
		       nla_put_u32(skb, VFL_A_TUNING_MAX_TX_RATE,
				   t->max_tx_rate);
	if (t->set & VFL_TUNE_SPOOFCHK)
		err |= nla_put_u8(skb, VFL_A_TUNING_SPOOFCHK, t->spoofchk);
	if (t->set & VFL_TUNE_TRUST)
		err |= nla_put_u8(skb, VFL_A_TUNING_TRUST, t->trust);
	if (t->set & VFL_TUNE_LINK_STATE)
		err |= nla_put_u8(skb, VFL_A_TUNING_LINK_STATE, t->link_state);
	nla_nest_end(skb, nest);
	return err ? -EMSGSIZE : 0;
}

/* The index means something in the initial network namespace only. */
static int put_netdev(struct sk_buff *skb, const struct vfl_pf *pf)
{
	struct net_device *dev;
	u32 ifindex = 0, tunables = 0;

	rcu_read_lock();
	dev = vfl_pf_netdev_rcu(pf);
	if (dev) {
		tunables = vfl_tunables(dev);
		if (net_eq(dev_net(dev), &init_net))
			ifindex = dev->ifindex;
	}
	rcu_read_unlock();
	return (ifindex ? nla_put_u32(skb, VFL_A_PF_IFINDEX, ifindex) : 0) |
	       nla_put_u32(skb, VFL_A_PF_TUNABLES, tunables);
}

int vfl_msg_pf(struct sk_buff *skb, const struct vfl_msg *m,
	       const struct vfl_pf *pf)
{
	struct vfl_pf_counts n = vfl_pf_count_locked(pf);
	void *hdr = msg_begin(skb, m);
	int err;

	if (!hdr)
		return -EMSGSIZE;
	err = nla_put_string(skb, VFL_A_PF_PCI_NAME, pci_name(pf->pdev)) |
	      put_driver(skb, VFL_A_PF_DRIVER, pf->driver) |
	      nla_put_u32(skb, VFL_A_PF_STATE, pf->state) |
	      put_netdev(skb, pf) |
	      nla_put_u32(skb, VFL_A_PF_TOTAL_VFS,
			  pci_sriov_get_totalvfs(pf->pdev)) |
	      nla_put_u32(skb, VFL_A_PF_NUM_VFS, n.present) |
	      nla_put_u32(skb, VFL_A_PF_FREE_VFS, n.free) |
	      nla_put_u32(skb, VFL_A_PF_LEASED_VFS, n.leased) |
	      nla_put_u32(skb, VFL_A_PF_QUARANTINED_VFS, n.quarantined) |
	      nla_put_u32(skb, VFL_A_PF_DRAIN_TIMEOUT_MS,
			  pf->settings.drain_timeout_ms) |
	      nla_put_u32(skb, VFL_A_PF_POLICY, pf->settings.policy) |
	      nla_put_u8(skb, VFL_A_PF_GUARD, pf->settings.guard) |
	      nla_put_u32(skb, VFL_A_PF_DRAIN_POLL_MS,
			  pf->settings.drain_poll_ms) |
	      nla_put_u32(skb, VFL_A_PF_GENERATION, pf->generation) |
	      put_reason(skb, VFL_A_PF_REASON, m);
	return msg_end(skb, hdr, err);
}

int vfl_msg_vf(struct sk_buff *skb, const struct vfl_msg *m,
	       const struct vfl_vf *vf)
{
	void *hdr = msg_begin(skb, m);
	int err, group;

	if (!hdr)
		return -EMSGSIZE;
	group = vfl_vf_iommu_group(vf);
	err = nla_put_string(skb, VFL_A_VF_PCI_NAME, pci_name(vf->pdev)) |
	      nla_put_string(skb, VFL_A_VF_PF, pci_name(vf->pf->pdev)) |
	      nla_put_u32(skb, VFL_A_VF_INDEX, vf->index) |
	      nla_put_u32(skb, VFL_A_VF_GENERATION, vf->generation) |
	      nla_put_u32(skb, VFL_A_VF_STATE, vf->state) |
	      put_driver(skb, VFL_A_VF_DRIVER, vf->driver) |
	      (group >= 0 ? nla_put_u32(skb, VFL_A_VF_IOMMU_GROUP, group) : 0) |
	      nla_put_u8(skb, VFL_A_VF_IN_USE, vfl_vf_in_use_locked(vf)) |
	      (vf->lease ? nla_put_u32(skb, VFL_A_VF_LEASE_ID, vf->lease->id) :
			   0) |
	      nla_put_u32(skb, VFL_A_VF_LAST_ERROR, vf->last_error) |
	      nla_put_u32(skb, VFL_A_VF_RESETS, vf->resets) |
	      put_tuning(skb, VFL_A_VF_TUNING, &vf->tuning) |
	      put_reason(skb, VFL_A_VF_REASON, m);
	return msg_end(skb, hdr, err);
}

/* An event has no single reader: it goes by the initial pid namespace. */
static u32 pid_for_reader(const struct vfl_msg *m, struct pid *pid)
{
	if (!m->portid)
		return pid_nr(pid);
	return pid_nr_ns(pid, task_active_pid_ns(current));
}

int vfl_msg_lease(struct sk_buff *skb, const struct vfl_msg *m,
		  const struct vfl_lease *lease, int fd,
		  const struct vfl_tuning *tuning)
{
	void *hdr = msg_begin(skb, m);
	int err;

	if (!hdr)
		return -EMSGSIZE;
	err = nla_put_u32(skb, VFL_A_LEASE_ID, lease->id) |
	      nla_put_string(skb, VFL_A_LEASE_PF, lease->pf_name) |
	      nla_put_u32(skb, VFL_A_LEASE_VF_INDEX, lease->vf_index) |
	      nla_put_string(skb, VFL_A_LEASE_VF, lease->vf_name) |
	      nla_put_u32(skb, VFL_A_LEASE_GENERATION, lease->generation) |
	      nla_put_u32(skb, VFL_A_LEASE_IOMMU_GROUP, lease->iommu_group) |
	      nla_put_string(skb, VFL_A_LEASE_LABEL, lease->label) |
	      nla_put_u32(skb, VFL_A_LEASE_PID, pid_for_reader(m, lease->pid)) |
	      nla_put_u32(skb, VFL_A_LEASE_UID,
			  from_kuid_munged(&init_user_ns, lease->uid)) |
	      (fd >= 0 ? nla_put_s32(skb, VFL_A_LEASE_FD, fd) : 0) |
	      (tuning ? put_tuning(skb, VFL_A_LEASE_TUNING, tuning) : 0) |
	      put_reason(skb, VFL_A_LEASE_REASON, m);
	return msg_end(skb, hdr, err);
}

static struct sk_buff *event_new(void)
{
	if (!vfl_nl_listened())
		return NULL;
	return genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
}

static void event_send(struct sk_buff *skb, int err)
{
	if (err)
		nlmsg_free(skb);
	else
		genlmsg_multicast_netns(&vfl_family, &init_net, skb, 0, 0,
					GFP_KERNEL);
}

void vfl_notify_pf(const struct vfl_pf *pf, enum vfl_reason reason)
{
	struct vfl_msg m = { .cmd = VFL_CMD_PF_NTF, .reason = reason };
	struct sk_buff *skb = event_new();

	if (skb)
		event_send(skb, vfl_msg_pf(skb, &m, pf));
}

void vfl_notify_vf(const struct vfl_vf *vf, enum vfl_reason reason)
{
	struct vfl_msg m = { .cmd = VFL_CMD_VF_NTF, .reason = reason };
	struct sk_buff *skb = event_new();

	if (skb)
		event_send(skb, vfl_msg_vf(skb, &m, vf));
}

void vfl_notify_lease(const struct vfl_lease *lease, int reason)
{
	struct vfl_msg m = { .cmd = VFL_CMD_LEASE_NTF, .reason = reason };
	struct sk_buff *skb = event_new();

	if (skb)
		event_send(skb, vfl_msg_lease(skb, &m, lease, -1, NULL));
}

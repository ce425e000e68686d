// SPDX-License-Identifier: GPL-2.0
/* lease.c - a lease is a file: acquire, poll, release, revoke */
#include <linux/anon_inodes.h>
#include <linux/fs.h>
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "nl.h"
#include "trace.h"

DEFINE_XARRAY_ALLOC1(vfl_leases);

static void lease_free(struct kref *ref)
{
	struct vfl_lease *lease = container_of(ref, struct vfl_lease, ref);

	put_pid(lease->pid);
	kfree(lease);
}

void vfl_lease_put(struct vfl_lease *lease)
{
	kref_put(&lease->ref, lease_free);
}

/* Ends the right to use the VF, not yet the use: the worker waits for that. */
void vfl_lease_end_locked(struct vfl_vf *vf, enum vfl_reason reason)
{
	struct vfl_lease *lease = vf->lease;

	if (!vfl_vf_move_locked(vf, VFL_EV_END, reason))
		return;
	WRITE_ONCE(lease->over, true);
	wake_up_all(&lease->wait);
	trace_vfleet_lease_end(lease, reason);
	vfl_notify_lease(lease, reason);
	vfl_reclaim_kick(vf);
}

/* The VF moves on; a file still open is a lease no more. */
void vfl_lease_detach_locked(struct vfl_vf *vf)
{
	struct vfl_lease *lease = vf->lease;

	if (!lease)
		return;
	xa_erase(&vfl_leases, lease->id);
	vfl_seq_bump();
	vf->lease = NULL;
	lease->vf = NULL;
	vfl_lease_put(lease);
}

/* Runs while the owner dies, perhaps before his vfio files are closed: to wait for
 * anything here would be to wait for ourselves. Mark and queue, no more.
 */
static int lease_release(struct inode *inode, struct file *file)
{
	struct vfl_lease *lease = file->private_data;

	mutex_lock(&vfl_state_lock);
	if (lease->vf)
		vfl_lease_end_locked(lease->vf, VFL_REASON_OWNER_EXIT);
	mutex_unlock(&vfl_state_lock);
	vfl_lease_put(lease);
	return 0;
}

static __poll_t lease_poll(struct file *file, poll_table *wait)
{
	struct vfl_lease *lease = file->private_data;

	poll_wait(file, &lease->wait, wait);
	return READ_ONCE(lease->over) ? EPOLLIN | EPOLLHUP : 0;
}

static void lease_show_fdinfo(struct seq_file *m, struct file *file)
{
	struct vfl_lease *lease = file->private_data;

	seq_printf(m, "vfleet-lease:\t%u\nvfleet-vf:\t%s\n", lease->id,
		   lease->vf_name);
}

static const struct file_operations lease_fops = {
	.owner = THIS_MODULE,
	.release = lease_release,
	.poll = lease_poll,
	.llseek = noop_llseek,
	.show_fdinfo = lease_show_fdinfo,
};

static struct vfl_vf *first_free(struct vfl_pf *pf)
{
	struct vfl_vf *vf;

	if (pf->state != VFL_PF_ACTIVE)
		return NULL;
	list_for_each_entry(vf, &pf->vfs, node)
		if (vf->state == VFL_VF_FREE)
			return vf;
	return NULL;
}

static struct vfl_vf *choose_any(struct netlink_ext_ack *extack)
{
	struct vfl_vf *vf = NULL;
	struct vfl_pf *pf;

	list_for_each_entry(pf, &vfl_pfs, node) {
		vf = first_free(pf);
		if (vf)
			return vf;
	}
	return ERR_PTR(vfl_refuse(
		extack, -EAGAIN,
		"no pool has a free VF: end a lease or make a pool with pf-set num-vfs"));
}

static struct vfl_vf *choose_of_pf(const struct vfl_lease_request *req,
				   struct netlink_ext_ack *extack)
{
	struct vfl_pf *pf = vfl_pf_find_locked(req->pf);
	struct vfl_vf *vf;

	if (!pf)
		return ERR_PTR(vfl_refuse(
			extack, -ENODEV,
			"there is no SR-IOV capable PF of that name"));
	if (pf->state != VFL_PF_ACTIVE)
		return ERR_PTR(vfl_refuse(
			extack, -EAGAIN,
			"the PF has no pool: make one with pf-set num-vfs"));
	if (req->generation && req->generation != pf->generation)
		return ERR_PTR(vfl_refuse(
			extack, -ESTALE,
			"the PF's VFs changed since: it has another generation"));
	if (req->vf_index < 0) {
		vf = first_free(pf);
		if (vf)
			return vf;
		return ERR_PTR(
			vfl_refuse(extack, -EAGAIN, "no VF of the PF is free"));
	}
	list_for_each_entry(vf, &pf->vfs, node) {
		if (vf->index != req->vf_index)
			continue;
		if (vf->state != VFL_VF_FREE)
			return ERR_PTR(vfl_vf_refuse(vf->state, extack));
		return vf;
	}
	return ERR_PTR(
		vfl_refuse(extack, -ENODEV, "the PF has no VF of that index"));
}

/* Counted, in state preparing: nobody else can choose it. */
static struct vfl_vf *claim(const struct vfl_lease_request *req,
			    struct netlink_ext_ack *extack)
{
	struct vfl_vf *vf;

	mutex_lock(&vfl_state_lock);
	vf = req->pf ? choose_of_pf(req, extack) : choose_any(extack);
	if (!IS_ERR(vf)) {
		vfl_vf_move_locked(vf, VFL_EV_ACQUIRE, VFL_REASON_REQUEST);
		kref_get(&vf->ref);
	}
	mutex_unlock(&vfl_state_lock);
	return vf;
}

/* A free VF has no driver, or under that policy an idle vfio-pci. */
static bool taken(struct vfl_vf *vf)
{
	bool taken;

	mutex_lock(&vfl_state_lock);
	taken = vf->driver[0] && (vf->pf->settings.policy != VFL_POLICY_VFIO ||
				  vfl_vf_in_use_locked(vf));
	mutex_unlock(&vfl_state_lock);
	return taken;
}

static int prepare(struct vfl_vf *vf, const struct vfl_lease_request *req,
		   struct netlink_ext_ack *extack)
{
	const struct vfl_backend *backend = vf->pf->backend;
	struct vfl_tuning tuning = req->tuning;
	int err;

	if (taken(vf))
		return vfl_refuse(
			extack, -EBUSY,
			"the VF was bound to a driver behind vfleet's back: unbind it");
	err = backend->isolated(vf, extack);
	if (err)
		return err;
	vfl_tuning_add_defaults(&tuning, vfl_pf_tunables(vf->pf));
	err = vfl_pf_lock_device(vf->pf, extack);
	if (err)
		return err;
	err = backend->tune(vf, &tuning, 0, extack);
	vfl_pf_unlock_device(vf->pf);
	if (err)
		return err;
	return backend->bind(vf, extack);
}

static struct vfl_lease *lease_create(struct vfl_vf *vf, const char *label)
{
	struct vfl_lease *lease = kzalloc(sizeof(*lease), GFP_KERNEL_ACCOUNT);

	if (!lease)
		return NULL;
	kref_init(&lease->ref);
	init_waitqueue_head(&lease->wait);
	strscpy(lease->pf_name, pci_name(vf->pf->pdev), sizeof(lease->pf_name));
	strscpy(lease->vf_name, pci_name(vf->pdev), sizeof(lease->vf_name));
	strscpy(lease->label, label ?: "", sizeof(lease->label));
	lease->vf_index = vf->index;
	lease->generation = vf->generation;
	lease->iommu_group = vfl_vf_iommu_group(vf);
	lease->pid = get_task_pid(current, PIDTYPE_TGID);
	lease->uid = current_uid();
	return lease;
}

/* The point of no return: from here only the file's release ends the lease. */
static int start(struct vfl_lease *lease, struct vfl_vf *vf,
		 struct netlink_ext_ack *extack)
{
	static u32 last_id; /* vfl_state_lock */
	int err;

	mutex_lock(&vfl_state_lock);
	if (vf->pf->state != VFL_PF_ACTIVE || vf->state != VFL_VF_PREPARING) {
		err = vfl_refuse(extack, -ENODEV,
				 "the VF or its PF went away meanwhile");
		goto out;
	}
	err = xa_alloc_cyclic(&vfl_leases, &lease->id, lease, xa_limit_31b,
			      &last_id, GFP_KERNEL);
	if (err < 0)
		goto out;
	err = 0;
	vfl_seq_bump();
	kref_get(&lease->ref);
	lease->vf = vf;
	vf->lease = lease;
	vfl_vf_guard_locked(vf, true);
	vf->pf->stats.leases++;
	vfl_vf_move_locked(vf, VFL_EV_READY, VFL_REASON_REQUEST);
	trace_vfleet_lease_start(lease);
	vfl_notify_lease(lease, -1);
out:
	mutex_unlock(&vfl_state_lock);
	return err;
}

static struct file *lease_open(struct vfl_vf *vf, const char *label,
			       struct netlink_ext_ack *extack)
{
	struct vfl_lease *lease = lease_create(vf, label);
	struct file *file;
	int err;

	if (!lease)
		return ERR_PTR(-ENOMEM);
	file = anon_inode_getfile("[vfleet-lease]", &lease_fops, lease, O_RDWR);
	if (IS_ERR(file)) {
		vfl_lease_put(lease);
		return file;
	}
	err = start(lease, vf, extack);
	if (err) {
		fput(file);
		return ERR_PTR(err);
	}
	return file;
}

struct file *vfl_lease_acquire(const struct vfl_lease_request *req,
			       struct netlink_ext_ack *extack)
{
	struct vfl_vf *vf = claim(req, extack);
	struct file *file;
	int err;

	if (IS_ERR(vf))
		return ERR_CAST(vf);
	err = prepare(vf, req, extack);
	file = err ? ERR_PTR(err) : lease_open(vf, req->label, extack);
	if (IS_ERR(file)) {
		mutex_lock(&vfl_state_lock);
		if (vfl_vf_move_locked(vf, VFL_EV_FAIL, VFL_REASON_ERROR))
			vfl_reclaim_kick(vf);
		mutex_unlock(&vfl_state_lock);
	}
	vfl_vf_put(vf);
	return file;
}

int vfl_lease_revoke(u32 id, struct netlink_ext_ack *extack)
{
	struct vfl_lease *lease;
	int err = 0;

	mutex_lock(&vfl_state_lock);
	lease = xa_load(&vfl_leases, id);
	if (lease)
		vfl_lease_end_locked(lease->vf, VFL_REASON_REVOKED);
	else
		err = vfl_refuse(extack, -ENOENT,
				 "there is no lease of that id");
	mutex_unlock(&vfl_state_lock);
	return err;
}

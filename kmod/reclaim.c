// SPDX-License-Identifier: GPL-2.0
/* reclaim.c - bring a VF back: wait for its user, unbind, reset, scrub, park
 *
 * One work item per VF. It sleeps, it may wait in device_release_driver() for a vfio
 * user who came in the last moment; so it holds no lock of ours meanwhile.
 */
#include <linux/jiffies.h>

#include "nl.h"

#define CONTENTION_PAUSE_MS 100

static struct workqueue_struct *vfl_wq;

int vfl_reclaim_init(void)
{
	vfl_wq = alloc_workqueue("vfleet", WQ_UNBOUND | WQ_FREEZABLE, 0);
	return vfl_wq ? 0 : -ENOMEM;
}

void vfl_reclaim_exit(void)
{
	destroy_workqueue(vfl_wq);
}

static void queue(struct vfl_vf *vf, unsigned int delay_ms)
{
	kref_get(&vf->ref);
	if (!queue_delayed_work(vfl_wq, &vf->work, msecs_to_jiffies(delay_ms)))
		vfl_vf_put(vf);
}

void vfl_reclaim_kick(struct vfl_vf *vf)
{
	lockdep_assert_held(&vfl_state_lock);
	vf->drain_start = jiffies;
	vf->drain_poll_ms = VFL_DRAIN_POLL_MIN_MS;
	vf->stuck_told = false;
	queue(vf, 0);
}

void vfl_reclaim_queue_reapply(struct vfl_pf *pf)
{
	kref_get(&pf->ref);
	if (!queue_work(vfl_wq, &pf->reapply))
		vfl_pf_put(pf);
}

/* Only for module exit: nothing queues any more. */
void vfl_reclaim_cancel(struct vfl_vf *vf)
{
	if (cancel_delayed_work_sync(&vf->work))
		vfl_vf_put(vf);
}

/* Returns the pause until the next look, 0 when the VF is idle. */
static unsigned int drain_locked(struct vfl_vf *vf)
{
	struct vfl_pf *pf = vf->pf;
	u32 timeout_ms = pf->settings.drain_timeout_ms;

	if (!vfl_vf_in_use_locked(vf)) {
		pf->stats.reclaims += !!vf->lease;
		vfl_lease_detach_locked(vf);
		vfl_vf_move_locked(vf, VFL_EV_IDLE, VFL_REASON_REQUEST);
		return 0;
	}
	if (timeout_ms && !vf->stuck_told &&
	    time_after(jiffies,
		       vf->drain_start + msecs_to_jiffies(timeout_ms))) {
		vf->stuck_told = true;
		pf->stats.stuck++;
		vfl_notify_vf(vf, VFL_REASON_ERROR);
	}
	vf->drain_poll_ms =
		min(2 * vf->drain_poll_ms, pf->settings.drain_poll_ms);
	return vf->drain_poll_ms;
}

static int reset_device(struct vfl_vf *vf)
{
	int err;

	mutex_lock(&vf->hw_lock);
	err = vf->removed ? -ENODEV : vf->pf->backend->reset(vf);
	mutex_unlock(&vf->hw_lock);
	return err;
}

static int scrub(struct vfl_vf *vf)
{
	int err = vfl_pf_lock_device(vf->pf, NULL);

	if (err)
		return err;
	err = vf->pf->backend->scrub(vf);
	vfl_pf_unlock_device(vf->pf);
	return err;
}

static int make_clean(struct vfl_vf *vf)
{
	const struct vfl_backend *backend = vf->pf->backend;
	int err;

	err = backend->park(vf, false);
	if (err)
		return err;
	backend->unbind(vf);
	err = reset_device(vf);
	if (err)
		return err;
	err = scrub(vf);
	if (!err && READ_ONCE(vf->pf->settings.policy) == VFL_POLICY_VFIO)
		err = backend->bind(vf, NULL);
	return err;
}

static void finish_locked(struct vfl_vf *vf, int err)
{
	if (vf->state != VFL_VF_RESETTING)
		return; /* removed meanwhile */
	vf->last_error = -err;
	vfl_vf_guard_locked(vf, false);
	if (err) {
		vf->pf->stats.reset_failures++;
		vfl_vf_move_locked(vf, VFL_EV_DIRTY, VFL_REASON_ERROR);
		if (err == -ENETDOWN) /* the carrier may be back by now */
			vfl_reclaim_queue_reapply(vf->pf);
		pci_warn(vf->pdev,
			 "vfleet: quarantined, reset or scrub failed: %d\n",
			 err);
		return;
	}
	vf->resets++;
	vf->pf->stats.resets++;
	memset(&vf->want, 0, sizeof(vf->want));
	vfl_vf_move_locked(vf, VFL_EV_CLEAN, VFL_REASON_REQUEST);
}

void vfl_reclaim_work(struct work_struct *work)
{
	struct vfl_vf *vf =
		container_of(to_delayed_work(work), struct vfl_vf, work);
	unsigned int pause_ms = 0;
	bool resetting;
	int err;

	mutex_lock(&vfl_state_lock);
	if (vf->state == VFL_VF_DRAINING)
		pause_ms = drain_locked(vf);
	resetting = vf->state == VFL_VF_RESETTING;
	mutex_unlock(&vfl_state_lock);

	if (resetting) {
		err = make_clean(vf);
		mutex_lock(&vfl_state_lock);
		if (err != -EAGAIN && err != -EBUSY)
			finish_locked(vf, err);
		else if (vf->state == VFL_VF_RESETTING)
			pause_ms = CONTENTION_PAUSE_MS;
		mutex_unlock(&vfl_state_lock);
	}
	if (pause_ms)
		queue(vf, pause_ms);
	vfl_vf_put(vf);
}

// SPDX-License-Identifier: GPL-2.0
/* reclaim.c - bring a VF back: wait for its user, unbind, reset, scrub, park
 *
 * One work item per VF. It sleeps, it may wait in device_release_driver() for a vfio
 * user who came in the last moment; so it holds no lock of ours meanwhile.
 */
#include <linux/iommu.h>
#include <linux/jiffies.h>

#include "nl.h"

#define DRAIN_POLL_MIN_MS   10
#define DRAIN_POLL_MAX_MS   500
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
	vf->drain_poll_ms = DRAIN_POLL_MIN_MS;
	vf->stuck_told = false;
	queue(vf, 0);
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
	u32 timeout_ms = vf->pf->drain_timeout_ms;

	if (!vfl_vf_in_use_locked(vf)) {
		vfl_lease_detach_locked(vf);
		vfl_vf_move_locked(vf, VFL_EV_IDLE, VFL_REASON_REQUEST);
		return 0;
	}
	if (timeout_ms && !vf->stuck_told &&
	    time_after(jiffies,
		       vf->drain_start + msecs_to_jiffies(timeout_ms))) {
		vf->stuck_told = true;
		vfl_notify_vf(vf, VFL_REASON_ERROR);
	}
	vf->drain_poll_ms =
		min_t(u32, 2 * vf->drain_poll_ms, DRAIN_POLL_MAX_MS);
	return vf->drain_poll_ms;
}

/* The try form: pci_reset_function() also locks the upstream bridge, whose other users
 * may wait for a lock that the remover of this VF holds while it waits for hw_lock.
 */
static int reset_device(struct vfl_vf *vf)
{
	int err;

	mutex_lock(&vf->hw_lock);
	if (vf->removed || !pci_device_is_present(vf->pdev))
		err = -ENODEV;
	else
		err = pci_try_reset_function(vf->pdev);
	mutex_unlock(&vf->hw_lock);
	return err;
}

static int make_clean(struct vfl_vf *vf)
{
	int err;

	err = vfl_vf_park(vf->pdev);
	if (err)
		return err;
	device_release_driver(&vf->pdev->dev);
	err = reset_device(vf);
	if (err)
		return err;
	return vfl_tune_scrub(vf);
}

static void finish_locked(struct vfl_vf *vf, int err)
{
	if (vf->state != VFL_VF_RESETTING)
		return; /* removed meanwhile */
	vf->last_error = -err;
	vfl_vf_guard_locked(vf, false);
	if (err) {
		vfl_vf_move_locked(vf, VFL_EV_DIRTY, VFL_REASON_ERROR);
		pci_warn(vf->pdev,
			 "vfleet: quarantined, reset or scrub failed: %d\n",
			 err);
		return;
	}
	vf->resets++;
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

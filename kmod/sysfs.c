// SPDX-License-Identifier: GPL-2.0
/* sysfs.c - class vfleet: a device for each PF and for each of its VFs
 *
 * A second face of what netlink does, one value a file; the functions are the same. The
 * devices go while locks of the PCI core are held, and wait for readers and writers. So a
 * store() takes no lock that may be held then: it tries, and restarts the system call.
 * The number of VFs takes such locks; netlink alone can set it.
 */
#include <linux/capability.h>
#include <linux/device.h>
#include <linux/kstrtox.h>

#include "compat.h"
#include "sysfs.h"
#include "vfleet.h"

static struct class *vfl_class;

static const char *const policies[] = {
	[VFL_POLICY_PARKED] = "parked",
	[VFL_POLICY_VFIO] = "vfio",
	[VFL_POLICY_NATIVE] = "native",
};

/* A file that shows one expression of obj, a PF or VF, under vfl_state_lock. */
#define SHOW_ATTR(_type, _name, _format, _value)                              \
	static ssize_t _type##_##_name##_show(                                \
		struct device *dev, struct device_attribute *attr, char *buf) \
	{                                                                     \
		struct vfl_##_type *obj = dev_get_drvdata(dev);               \
		ssize_t len;                                                  \
		mutex_lock(&vfl_state_lock);                                  \
		len = sysfs_emit(buf, _format "\n", _value);                  \
		mutex_unlock(&vfl_state_lock);                                \
		return len;                                                   \
	}

#define ATTR_RO(_type, _name, _format, _value)                      \
	SHOW_ATTR(_type, _name, _format, _value)                    \
	static struct device_attribute dev_attr_##_type##_##_name = \
		__ATTR(_name, 0444, _type##_##_name##_show, NULL)

#define ATTR_RW(_type, _name, _format, _value)                      \
	SHOW_ATTR(_type, _name, _format, _value)                    \
	static struct device_attribute dev_attr_##_type##_##_name = \
		__ATTR(_name, 0644, _type##_##_name##_show, _name##_store)

static ssize_t pf_store(struct device *dev, struct vfl_pf_change *want,
			size_t len)
{
	struct vfl_pf *pf = dev_get_drvdata(dev);
	int err;

	if (!capable(CAP_NET_ADMIN) || !capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (!mutex_trylock(&pf->op_lock))
		return restart_syscall();
	err = vfl_pf_set_locked(pf, want, NULL);
	mutex_unlock(&pf->op_lock);
	return err ?: len;
}

static ssize_t policy_store(struct device *dev, struct device_attribute *attr,
			    const char *buf, size_t len)
{
	struct vfl_pf_change want = { .attrs = BIT(VFL_A_PF_POLICY) };
	int policy = sysfs_match_string(policies, buf);

	if (policy < 0)
		return policy;
	want.settings.policy = policy;
	return pf_store(dev, &want, len);
}

static ssize_t guard_store(struct device *dev, struct device_attribute *attr,
			   const char *buf, size_t len)
{
	struct vfl_pf_change want = { .attrs = BIT(VFL_A_PF_GUARD) };
	int err = kstrtobool(buf, &want.settings.guard);

	return err ?: pf_store(dev, &want, len);
}

static ssize_t drain_timeout_ms_store(struct device *dev,
				      struct device_attribute *attr,
				      const char *buf, size_t len)
{
	struct vfl_pf_change want = { .attrs = BIT(VFL_A_PF_DRAIN_TIMEOUT_MS) };
	int err = kstrtou32(buf, 0, &want.settings.drain_timeout_ms);

	return err ?: pf_store(dev, &want, len);
}

static ssize_t drain_poll_ms_store(struct device *dev,
				   struct device_attribute *attr,
				   const char *buf, size_t len)
{
	struct vfl_pf_change want = { .attrs = BIT(VFL_A_PF_DRAIN_POLL_MS) };
	int err = kstrtou32(buf, 0, &want.settings.drain_poll_ms);

	return err ?: pf_store(dev, &want, len);
}

ATTR_RO(pf, state, "%s", vfl_pf_state_name(obj->state));
ATTR_RO(pf, generation, "%u", obj->generation);
ATTR_RO(pf, total_vfs, "%u", (u32)pci_sriov_get_totalvfs(obj->pdev));
ATTR_RO(pf, num_vfs, "%u", vfl_pf_count_locked(obj).present);
ATTR_RO(pf, free_vfs, "%u", vfl_pf_count_locked(obj).free);
ATTR_RO(pf, leased_vfs, "%u", vfl_pf_count_locked(obj).leased);
ATTR_RO(pf, quarantined_vfs, "%u", vfl_pf_count_locked(obj).quarantined);
ATTR_RW(pf, policy, "%s", policies[obj->settings.policy]);
ATTR_RW(pf, guard, "%d", obj->settings.guard);
ATTR_RW(pf, drain_timeout_ms, "%u", obj->settings.drain_timeout_ms);
ATTR_RW(pf, drain_poll_ms, "%u", obj->settings.drain_poll_ms);
ATTR_RO(pf, leases, "%u", obj->stats.leases);
ATTR_RO(pf, reclaims, "%u", obj->stats.reclaims);
ATTR_RO(pf, resets, "%u", obj->stats.resets);
ATTR_RO(pf, reset_failures, "%u", obj->stats.reset_failures);
ATTR_RO(pf, stuck, "%u", obj->stats.stuck);

ATTR_RO(vf, state, "%s", vfl_vf_state_name(obj->state));
ATTR_RO(vf, generation, "%u", obj->generation);
ATTR_RO(vf, driver, "%s", obj->driver);
ATTR_RO(vf, iommu_group, "%d", vfl_vf_iommu_group(obj));
ATTR_RO(vf, in_use, "%d", vfl_vf_in_use_locked(obj));
ATTR_RO(vf, lease_id, "%u", obj->lease ? obj->lease->id : 0);
ATTR_RO(vf, last_error, "%d", obj->last_error);

static struct attribute *pf_attrs[] = {
	&dev_attr_pf_state.attr,	   &dev_attr_pf_generation.attr,
	&dev_attr_pf_total_vfs.attr,	   &dev_attr_pf_num_vfs.attr,
	&dev_attr_pf_free_vfs.attr,	   &dev_attr_pf_leased_vfs.attr,
	&dev_attr_pf_quarantined_vfs.attr, &dev_attr_pf_policy.attr,
	&dev_attr_pf_guard.attr,	   &dev_attr_pf_drain_timeout_ms.attr,
	&dev_attr_pf_drain_poll_ms.attr,   NULL,
};

static struct attribute *pf_stats_attrs[] = {
	&dev_attr_pf_leases.attr, &dev_attr_pf_reclaims.attr,
	&dev_attr_pf_resets.attr, &dev_attr_pf_reset_failures.attr,
	&dev_attr_pf_stuck.attr,  NULL,
};

static struct attribute *vf_attrs[] = {
	&dev_attr_vf_state.attr,      &dev_attr_vf_generation.attr,
	&dev_attr_vf_driver.attr,     &dev_attr_vf_iommu_group.attr,
	&dev_attr_vf_in_use.attr,     &dev_attr_vf_lease_id.attr,
	&dev_attr_vf_last_error.attr, NULL,
};

static const struct attribute_group pf_group = { .attrs = pf_attrs };
static const struct attribute_group pf_stats_group = {
	.name = "stats",
	.attrs = pf_stats_attrs,
};
static const struct attribute_group vf_group = { .attrs = vf_attrs };

static const struct attribute_group *pf_groups[] = {
	&pf_group,
	&pf_stats_group,
	NULL,
};

static const struct attribute_group *vf_groups[] = {
	&vf_group,
	&vfl_sysfs_tuning_group,
	NULL,
};

/* Without its files a device can still be leased: a failure is told, no more. */
static struct device *created(struct vfl_pf *pf, struct device *dev)
{
	if (!IS_ERR(dev))
		return dev;
	pci_warn(pf->pdev, "vfleet: no entry in sysfs: %ld\n", PTR_ERR(dev));
	return NULL;
}

void vfl_sysfs_add_pf(struct vfl_pf *pf)
{
	struct device *dev =
		device_create_with_groups(vfl_class, &pf->pdev->dev, 0, pf,
					  pf_groups, "%s", pci_name(pf->pdev));

	pf->dev = created(pf, dev);
}

/* hw_lock: the removal of a VF that was just found may be under way. */
void vfl_sysfs_add_vf(struct vfl_vf *vf)
{
	struct vfl_pf *pf = vf->pf;
	struct device *dev;

	mutex_lock(&vf->hw_lock);
	if (pf->dev && !vf->removed && !vf->dev) {
		dev = device_create_with_groups(vfl_class, &pf->pdev->dev, 0,
						vf, vf_groups, "%s-vf%u",
						pci_name(pf->pdev), vf->index);
		vf->dev = created(pf, dev);
	}
	mutex_unlock(&vf->hw_lock);
}

void vfl_sysfs_del(struct device **dev)
{
	if (*dev)
		device_unregister(*dev);
	*dev = NULL;
}

void vfl_sysfs_update(struct vfl_pf *pf)
{
	struct vfl_vf *vf;
	u32 index = 0;

	while ((vf = vfl_vf_next(pf, index))) {
		index = vf->index + 1;
		mutex_lock(&vf->hw_lock);
		if (vf->dev &&
		    sysfs_update_group(&vf->dev->kobj, &vfl_sysfs_tuning_group))
			pci_warn(vf->pdev, "vfleet: tuning files are stale\n");
		mutex_unlock(&vf->hw_lock);
		vfl_vf_put(vf);
	}
}

int vfl_sysfs_init(void)
{
	vfl_class = vfl_class_create("vfleet");
	return PTR_ERR_OR_ZERO(vfl_class);
}

void vfl_sysfs_exit(void)
{
	class_destroy(vfl_class);
}

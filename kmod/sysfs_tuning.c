// SPDX-License-Identifier: GPL-2.0
/* sysfs_tuning.c - settings of a VF, a file each */
#include <linux/capability.h>
#include <linux/device.h>
#include <linux/etherdevice.h>
#include <linux/if_link.h>
#include <linux/kstrtox.h>

#include "sysfs.h"
#include "vfleet.h"

static const char *const link_states[] = {
	[IFLA_VF_LINK_STATE_AUTO] = "auto",
	[IFLA_VF_LINK_STATE_ENABLE] = "enable",
	[IFLA_VF_LINK_STATE_DISABLE] = "disable",
};

/* One file: the VFL_TUNE_* group and the VFL_A_TUNING_* field it is about */
struct tuning_attribute {
	struct device_attribute attr;
	u32 group;
	u32 field;
};

#define to_tuning(a) container_of(a, struct tuning_attribute, attr)

static ssize_t emit(char *buf, u32 field, const struct vfl_tuning *t)
{
	switch (field) {
	case VFL_A_TUNING_MAC:
		return sysfs_emit(buf, "%pM\n", t->mac);
	case VFL_A_TUNING_VLAN:
		return sysfs_emit(buf, "%u\n", t->vlan);
	case VFL_A_TUNING_QOS:
		return sysfs_emit(buf, "%u\n", t->qos);
	case VFL_A_TUNING_VLAN_PROTO:
		return sysfs_emit(buf, "%s\n",
				  t->vlan_proto == ETH_P_8021AD ? "802.1ad" :
								  "802.1Q");
	case VFL_A_TUNING_MIN_TX_RATE:
		return sysfs_emit(buf, "%u\n", t->min_tx_rate);
	case VFL_A_TUNING_MAX_TX_RATE:
		return sysfs_emit(buf, "%u\n", t->max_tx_rate);
	case VFL_A_TUNING_SPOOFCHK:
		return sysfs_emit(buf, "%u\n", t->spoofchk);
	case VFL_A_TUNING_TRUST:
		return sysfs_emit(buf, "%u\n", t->trust);
	case VFL_A_TUNING_LINK_STATE:
		return sysfs_emit(buf, "%s\n",
				  t->link_state < ARRAY_SIZE(link_states) ?
					  link_states[t->link_state] :
					  "unknown");
	}
	return -EINVAL;
}

static int parse_mac(const char *buf, u8 *mac)
{
	char text[3 * ETH_ALEN];

	strscpy(text, buf, sizeof(text));
	return mac_pton(text, mac) && sysfs_streq(text, buf) ? 0 : -EINVAL;
}

static int parse_flag(const char *buf, u8 *flag)
{
	bool on;
	int err = kstrtobool(buf, &on);

	if (!err)
		*flag = on;
	return err;
}

static int parse_proto(const char *buf, u16 *proto)
{
	if (sysfs_streq(buf, "802.1Q"))
		*proto = ETH_P_8021Q;
	else if (sysfs_streq(buf, "802.1ad"))
		*proto = ETH_P_8021AD;
	else
		return -EINVAL;
	return 0;
}

static int parse_link(const char *buf, u8 *state)
{
	int match = sysfs_match_string(link_states, buf);

	if (match >= 0)
		*state = match;
	return min(match, 0);
}

static int parse(const char *buf, u32 field, struct vfl_tuning *t)
{
	switch (field) {
	case VFL_A_TUNING_MAC:
		return parse_mac(buf, t->mac);
	case VFL_A_TUNING_VLAN:
		return kstrtou16(buf, 0, &t->vlan);
	case VFL_A_TUNING_QOS:
		return kstrtou8(buf, 0, &t->qos);
	case VFL_A_TUNING_VLAN_PROTO:
		return parse_proto(buf, &t->vlan_proto);
	case VFL_A_TUNING_MIN_TX_RATE:
		return kstrtou32(buf, 0, &t->min_tx_rate);
	case VFL_A_TUNING_MAX_TX_RATE:
		return kstrtou32(buf, 0, &t->max_tx_rate);
	case VFL_A_TUNING_SPOOFCHK:
		return parse_flag(buf, &t->spoofchk);
	case VFL_A_TUNING_TRUST:
		return parse_flag(buf, &t->trust);
	case VFL_A_TUNING_LINK_STATE:
		return parse_link(buf, &t->link_state);
	}
	return -EINVAL;
}

static ssize_t tuning_show(struct device *dev, struct device_attribute *attr,
			   char *buf)
{
	const struct tuning_attribute *a = to_tuning(attr);
	struct vfl_vf *vf = dev_get_drvdata(dev);
	struct vfl_tuning now;

	vfl_tune_refresh(vf->pf);
	mutex_lock(&vfl_state_lock);
	now = vf->tuning;
	mutex_unlock(&vfl_state_lock);
	return now.set & a->group ? emit(buf, a->field, &now) : -ENODATA;
}

static ssize_t tuning_store(struct device *dev, struct device_attribute *attr,
			    const char *buf, size_t len)
{
	const struct tuning_attribute *a = to_tuning(attr);
	struct vfl_tuning want = { .set = a->group, .attrs = BIT(a->field) };
	struct vfl_vf *vf = dev_get_drvdata(dev);
	int err;

	if (!capable(CAP_NET_ADMIN))
		return -EPERM;
	err = parse(buf, a->field, &want);
	if (err)
		return err;
	if (!device_trylock(&vf->pf->pdev->dev))
		return restart_syscall();
	err = vfl_tune_set_locked(vf, &want, 0, NULL);
	vfl_pf_unlock_device(vf->pf);
	return err ?: len;
}

#define TUNING_ATTR(_name, _group, _field)                              \
	static struct tuning_attribute tuning_attr_##_name = {          \
		.attr = __ATTR(_name, 0644, tuning_show, tuning_store), \
		.group = VFL_TUNE_##_group,                             \
		.field = VFL_A_TUNING_##_field,                         \
	}

TUNING_ATTR(mac, MAC, MAC);
TUNING_ATTR(vlan, VLAN, VLAN);
TUNING_ATTR(qos, VLAN, QOS);
TUNING_ATTR(vlan_proto, VLAN, VLAN_PROTO);
TUNING_ATTR(min_tx_rate, RATE, MIN_TX_RATE);
TUNING_ATTR(max_tx_rate, RATE, MAX_TX_RATE);
TUNING_ATTR(spoofchk, SPOOFCHK, SPOOFCHK);
TUNING_ATTR(trust, TRUST, TRUST);
TUNING_ATTR(link_state, LINK_STATE, LINK_STATE);

static struct attribute *tuning_attrs[] = {
	&tuning_attr_mac.attr.attr,	    &tuning_attr_vlan.attr.attr,
	&tuning_attr_qos.attr.attr,	    &tuning_attr_vlan_proto.attr.attr,
	&tuning_attr_min_tx_rate.attr.attr, &tuning_attr_max_tx_rate.attr.attr,
	&tuning_attr_spoofchk.attr.attr,    &tuning_attr_trust.attr.attr,
	&tuning_attr_link_state.attr.attr,  NULL,
};

static umode_t tuning_visible(struct kobject *kobj, struct attribute *attr,
			      int n)
{
	struct vfl_vf *vf = dev_get_drvdata(kobj_to_dev(kobj));
	struct device_attribute *da =
		container_of(attr, struct device_attribute, attr);

	return vfl_pf_tunables(vf->pf) & to_tuning(da)->group ? attr->mode : 0;
}

const struct attribute_group vfl_sysfs_tuning_group = {
	.name = "tuning",
	.attrs = tuning_attrs,
	.is_visible = tuning_visible,
};

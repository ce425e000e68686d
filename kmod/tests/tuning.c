// SPDX-License-Identifier: GPL-2.0
/* tuning.c - KUnit: settings of a VF, valid or not, and a PF driver that refuses them */
#include <kunit/test.h>
#include <linux/etherdevice.h>
#include <linux/if_link.h>

#include "vfleet.h"

#define ALL	(BIT(VFL_TUNABLES) - 1)
#define NO_LINK (ALL & ~VFL_TUNE_LINK_STATE)

/* The driver: settings of one VF, and which of its operations fails with what */
static struct {
	struct ifla_vf_info vf;
	u32 fails; /* VFL_TUNE_* */
	u32 ignores; /* takes them and does nothing */
	int err;
	int read_err;
	u32 calls;
} drv;

static bool does(u32 bit, int *err)
{
	drv.calls |= bit;
	*err = drv.fails & bit ? drv.err : 0;
	return !*err && !(drv.ignores & bit);
}

static int set_mac(struct net_device *dev, int vf, u8 *mac)
{
	int err;

	if (does(VFL_TUNE_MAC, &err))
		ether_addr_copy(drv.vf.mac, mac);
	return err;
}

static int set_vlan(struct net_device *dev, int vf, u16 vlan, u8 qos,
		    __be16 proto)
{
	int err;

	if (does(VFL_TUNE_VLAN, &err)) {
		drv.vf.vlan = vlan;
		drv.vf.qos = qos;
		drv.vf.vlan_proto = proto;
	}
	return err;
}

static int set_rate(struct net_device *dev, int vf, int min, int max)
{
	int err;

	if (does(VFL_TUNE_RATE, &err)) {
		drv.vf.min_tx_rate = min;
		drv.vf.max_tx_rate = max;
	}
	return err;
}

static int set_spoofchk(struct net_device *dev, int vf, bool on)
{
	int err;

	if (does(VFL_TUNE_SPOOFCHK, &err))
		drv.vf.spoofchk = on;
	return err;
}

static int set_trust(struct net_device *dev, int vf, bool on)
{
	int err;

	if (does(VFL_TUNE_TRUST, &err))
		drv.vf.trusted = on;
	return err;
}

static int set_link(struct net_device *dev, int vf, int state)
{
	int err;

	if (does(VFL_TUNE_LINK_STATE, &err))
		drv.vf.linkstate = state;
	return err;
}

static int get_config(struct net_device *dev, int vf, struct ifla_vf_info *info)
{
	if (!drv.read_err)
		*info = drv.vf;
	return drv.read_err;
}

static const struct net_device_ops ops = {
	.ndo_set_vf_mac = set_mac,
	.ndo_set_vf_vlan = set_vlan,
	.ndo_set_vf_rate = set_rate,
	.ndo_set_vf_spoofchk = set_spoofchk,
	.ndo_set_vf_trust = set_trust,
	.ndo_set_vf_link_state = set_link,
	.ndo_get_vf_config = get_config,
};

static void free_dev(void *dev)
{
	free_netdev(dev);
}

static struct net_device *driver_up(struct kunit *test)
{
	struct net_device *dev = alloc_etherdev(0);

	KUNIT_ASSERT_NOT_NULL(test, dev);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, free_dev, dev),
			0);
	dev->netdev_ops = &ops;
	memset(&drv, 0, sizeof(drv));
	drv.vf.spoofchk = 1;
	drv.vf.vlan_proto = htons(ETH_P_8021Q);
	drv.err = -EINVAL;
	return dev;
}

static struct vfl_tuning everything(void)
{
	return (struct vfl_tuning){
		.set = ALL,
		.attrs = ~0,
		.mac = { 2, 0, 0, 0, 0, 1 },
		.vlan = 100,
		.qos = 3,
		.vlan_proto = ETH_P_8021AD,
		.min_tx_rate = 10,
		.max_tx_rate = 50,
		.spoofchk = 0,
		.trust = 1,
		.link_state = IFLA_VF_LINK_STATE_DISABLE,
	};
}

static int change(struct net_device *dev, const struct vfl_tuning *next,
		  struct netlink_ext_ack *extack)
{
	struct vfl_tuning now;
	u32 done;
	int err = vfl_ndo_read(dev, 0, &now);

	return err ?: vfl_ndo_change(dev, 0, &now, next, &done, extack);
}

static void takes_every_setting(struct kunit *test)
{
	struct net_device *dev = driver_up(test);
	struct vfl_tuning want = everything(), now;
	u32 bit;

	KUNIT_EXPECT_EQ(test, vfl_tunables(dev), (u32)ALL);
	KUNIT_EXPECT_EQ(test, change(dev, &want, NULL), 0);
	KUNIT_EXPECT_EQ(test, vfl_ndo_read(dev, 0, &now), 0);
	for (bit = 1; bit < BIT(VFL_TUNABLES); bit <<= 1)
		KUNIT_EXPECT_TRUE(test, vfl_tuning_same(&want, &now, bit));
	drv.calls = 0;
	KUNIT_EXPECT_EQ(test, change(dev, &want, NULL), 0);
	KUNIT_EXPECT_EQ_MSG(test, drv.calls, 0, "nothing differed");
}

static void a_refusal_takes_the_others_back(struct kunit *test)
{
	struct net_device *dev = driver_up(test);
	struct vfl_tuning want = everything();
	struct netlink_ext_ack extack;
	struct ifla_vf_info before = drv.vf;
	u32 bit;

	for (bit = 1; bit < BIT(VFL_TUNABLES); bit <<= 1) {
		extack = (struct netlink_ext_ack){};
		drv.fails = bit;
		KUNIT_EXPECT_EQ(test, change(dev, &want, &extack), -EINVAL);
		KUNIT_EXPECT_NOT_NULL(test, extack._msg);
		KUNIT_EXPECT_MEMEQ(test, &drv.vf, &before, sizeof(before));
	}
}

static void what_reads_back_otherwise_is_refused(struct kunit *test)
{
	struct net_device *dev = driver_up(test);
	struct vfl_tuning want = everything();
	struct ifla_vf_info before = drv.vf;
	struct netlink_ext_ack extack;
	u32 bit;

	for (bit = 1; bit < BIT(VFL_TUNABLES); bit <<= 1) {
		extack = (struct netlink_ext_ack){};
		drv.ignores = bit;
		KUNIT_EXPECT_EQ(test, change(dev, &want, &extack), -EIO);
		KUNIT_EXPECT_NOT_NULL(test, extack._msg);
		KUNIT_EXPECT_MEMEQ(test, &drv.vf, &before, sizeof(before));
	}
	drv.read_err = -ENOMEM;
	KUNIT_EXPECT_EQ(test, change(dev, &want, NULL), -ENOMEM);
}

static void a_rate_needs_the_carrier(struct kunit *test)
{
	struct net_device *dev = driver_up(test);
	struct vfl_tuning want = everything();

	netif_carrier_off(dev);
	KUNIT_EXPECT_EQ(test, change(dev, &want, NULL), -ENETDOWN);
	KUNIT_EXPECT_EQ(test, drv.calls, 0);
	want.set &= ~VFL_TUNE_RATE;
	KUNIT_EXPECT_EQ(test, change(dev, &want, NULL), 0);
}

static void what_the_driver_lacks_is_refused(struct kunit *test)
{
	struct netlink_ext_ack extack = {};
	struct vfl_tuning want = everything();

	KUNIT_EXPECT_EQ(test, vfl_tuning_check(&want, NO_LINK, &extack),
			-EOPNOTSUPP);
	KUNIT_EXPECT_NOT_NULL(test, extack._msg);
	KUNIT_EXPECT_EQ(test, vfl_tuning_check(&want, ALL, &extack), 0);
}

static const struct validation {
	const char *what;
	struct vfl_tuning tuning;
	int err;
} validations[] = {
	{ "no MAC", { .set = VFL_TUNE_MAC }, 0 },
	{ "multicast MAC", { .set = VFL_TUNE_MAC, .mac = { 1 } }, -EINVAL },
	{ "broadcast MAC",
	  { .set = VFL_TUNE_MAC, .mac = { 255, 255, 255, 255, 255, 255 } },
	  -EINVAL },
	{ "highest VLAN",
	  { .set = VFL_TUNE_VLAN, .vlan = 4094, .vlan_proto = ETH_P_8021Q },
	  0 },
	{ "VLAN 4095",
	  { .set = VFL_TUNE_VLAN, .vlan = 4095, .vlan_proto = ETH_P_8021Q },
	  -ERANGE },
	{ "priority 8",
	  { .set = VFL_TUNE_VLAN,
	    .vlan = 1,
	    .qos = 8,
	    .vlan_proto = ETH_P_8021Q },
	  -ERANGE },
	{ "priority without VLAN",
	  { .set = VFL_TUNE_VLAN, .qos = 1, .vlan_proto = ETH_P_8021Q },
	  -EINVAL },
	{ "another protocol",
	  { .set = VFL_TUNE_VLAN, .vlan = 1, .vlan_proto = ETH_P_IP },
	  -EINVAL },
	{ "minimum above maximum",
	  { .set = VFL_TUNE_RATE, .min_tx_rate = 2, .max_tx_rate = 1 },
	  -EINVAL },
	{ "minimum without maximum",
	  { .set = VFL_TUNE_RATE, .min_tx_rate = 2 },
	  0 },
	{ "spoof check 2",
	  { .set = VFL_TUNE_SPOOFCHK, .spoofchk = 2 },
	  -ERANGE },
	{ "trust 2", { .set = VFL_TUNE_TRUST, .trust = 2 }, -ERANGE },
	{ "link state 3",
	  { .set = VFL_TUNE_LINK_STATE, .link_state = 3 },
	  -ERANGE },
	{ "nonsense that is not set", { .vlan = 4095, .qos = 9 }, 0 },
};

static void describe(const struct validation *v, char *text)
{
	strscpy(text, v->what, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(validation, validations, describe);

static void validates(struct kunit *test)
{
	const struct validation *v = test->param_value;
	struct netlink_ext_ack extack = {};

	KUNIT_EXPECT_EQ(test, vfl_tuning_check(&v->tuning, ALL, &extack),
			v->err);
	KUNIT_EXPECT_EQ(test, !!extack._msg, !!v->err);
}

static void what_is_left_out_stays(struct kunit *test)
{
	struct vfl_tuning now = everything();
	struct vfl_tuning next = {
		.set = VFL_TUNE_VLAN | VFL_TUNE_RATE,
		.attrs = BIT(VFL_A_TUNING_QOS) | BIT(VFL_A_TUNING_MAX_TX_RATE),
		.qos = 5,
		.max_tx_rate = 70,
	};
	struct vfl_tuning none = {
		.set = VFL_TUNE_VLAN,
		.attrs = BIT(VFL_A_TUNING_VLAN),
	};

	vfl_tuning_fill_in(&next, &now);
	KUNIT_EXPECT_EQ(test, next.vlan, 100);
	KUNIT_EXPECT_EQ(test, next.qos, 5);
	KUNIT_EXPECT_EQ(test, next.vlan_proto, ETH_P_8021AD);
	KUNIT_EXPECT_EQ(test, next.min_tx_rate, 10);
	KUNIT_EXPECT_EQ(test, next.max_tx_rate, 70);
	vfl_tuning_fill_in(&none, &now);
	KUNIT_EXPECT_EQ_MSG(test, none.qos, 0, "no VLAN, no priority");
}

static void a_new_lease_has_safe_defaults(struct kunit *test)
{
	struct vfl_tuning t = {}, own = everything();

	vfl_tuning_add_defaults(&t, NO_LINK);
	KUNIT_EXPECT_TRUE(test, is_valid_ether_addr(t.mac));
	KUNIT_EXPECT_TRUE(test, is_local_ether_addr(t.mac));
	KUNIT_EXPECT_EQ(test, t.spoofchk, 1);
	KUNIT_EXPECT_EQ(test, t.trust, 0);
	KUNIT_EXPECT_EQ(test, t.set,
			VFL_TUNE_MAC | VFL_TUNE_SPOOFCHK | VFL_TUNE_TRUST);
	vfl_tuning_add_defaults(&own, ALL);
	KUNIT_EXPECT_EQ(test, own.trust, 1);
	KUNIT_EXPECT_EQ(test, own.spoofchk, 0);
}

static void a_scrub_leaves_nothing(struct kunit *test)
{
	struct net_device *dev = driver_up(test);
	struct vfl_tuning want = everything(), clean = vfl_tuning_clean(ALL);
	struct ifla_vf_info before = drv.vf;

	KUNIT_EXPECT_EQ(test, change(dev, &want, NULL), 0);
	KUNIT_EXPECT_EQ(test, change(dev, &clean, NULL), 0);
	KUNIT_EXPECT_MEMEQ(test, &drv.vf, &before, sizeof(before));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(takes_every_setting),
	KUNIT_CASE(a_refusal_takes_the_others_back),
	KUNIT_CASE(what_reads_back_otherwise_is_refused),
	KUNIT_CASE(a_rate_needs_the_carrier),
	KUNIT_CASE(what_the_driver_lacks_is_refused),
	KUNIT_CASE_PARAM(validates, validation_gen_params),
	KUNIT_CASE(what_is_left_out_stays),
	KUNIT_CASE(a_new_lease_has_safe_defaults),
	KUNIT_CASE(a_scrub_leaves_nothing),
	{}
};

static struct kunit_suite suite = {
	.name = "vfleet_tuning",
	.test_cases = cases,
};

kunit_test_suite(suite);

/* SPDX-License-Identifier: GPL-2.0 */
/* tuning.h - settings of a VF as plain data: what is valid, what follows, what is equal */
#ifndef _VFL_TUNING_H
#define _VFL_TUNING_H

#include <linux/if_ether.h>
#include <linux/types.h>
#include <linux/vfleet.h>

struct netlink_ext_ack;

#define VFL_TUNABLES 6 /* VFL_TUNE_* bits */

/* `set` has VFL_TUNE_* bits, `attrs` BIT(VFL_A_TUNING_*) of a request: within a group
 * what a request leaves out stays as it is.
 */
struct vfl_tuning {
	u32 set;
	u32 attrs;
	u8 mac[ETH_ALEN];
	u16 vlan;
	u16 vlan_proto; /* host order */
	u8 qos;
	u8 spoofchk;
	u8 trust;
	u8 link_state;
	u32 min_tx_rate; /* Mbit/s */
	u32 max_tx_rate;
};

/* What a VF has that nobody leases, as far as its PF can set it. */
struct vfl_tuning vfl_tuning_clean(u32 tunables);
/* Adds what a new lease has unless it asked for something else. */
void vfl_tuning_add_defaults(struct vfl_tuning *t, u32 tunables);
/* Fills what the request left out of a group from the present settings. */
void vfl_tuning_fill_in(struct vfl_tuning *next, const struct vfl_tuning *now);
/* Whether both agree on a group; what is not told agrees with nothing. */
bool vfl_tuning_same(const struct vfl_tuning *a, const struct vfl_tuning *b,
		     u32 bit);
/* Copies the groups of `from` into `to`. */
void vfl_tuning_merge(struct vfl_tuning *to, const struct vfl_tuning *from);
/* Refuses with a sentence what no driver should be asked for. */
int vfl_tuning_check(const struct vfl_tuning *next, u32 tunables,
		     struct netlink_ext_ack *extack);

#endif /* _VFL_TUNING_H */

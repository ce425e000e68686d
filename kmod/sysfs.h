/* SPDX-License-Identifier: GPL-2.0 */
/* sysfs.h - groups of files that sysfs.c hangs up */
#ifndef _VFL_SYSFS_H
#define _VFL_SYSFS_H

#include <linux/sysfs.h>

/* Of a VF's device; a file is there when the PF's driver can set it. */
extern const struct attribute_group vfl_sysfs_tuning_group;

#endif /* _VFL_SYSFS_H */

// SPDX-License-Identifier: GPL-2.0
/* splat.c - makes the kernel complain, to see the lab notice */
#include <linux/bug.h>
#include <linux/module.h>

static int __init splat_init(void)
{
	WARN(1, "splat: asked to complain\n");
	return 0;
}

static void __exit splat_exit(void)
{
}

module_init(splat_init);
module_exit(splat_exit);
MODULE_DESCRIPTION("makes the kernel complain");
MODULE_LICENSE("GPL");

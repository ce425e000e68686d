// SPDX-License-Identifier: GPL-2.0
/* splat.c - makes the kernel complain, to see the lab notice
 *
 * kind=warn on any kernel; the others each wake one check of the debug kernel.
 */
#include <linux/bug.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timer.h>

static char *kind = "warn";
module_param(kind, charp, 0);
MODULE_PARM_DESC(kind, "warn, leak, freed, shift, order, sleep or object");

static void warn(void)
{
	WARN(1, "splat: asked to complain\n");
}

/* kmemleak */
static void leak(void)
{
	void *p = kmalloc(96, GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(p);
}

/* KASAN */
static void freed(void)
{
	int *p = kmalloc(sizeof(*p), GFP_KERNEL);

	kfree(p);
	OPTIMIZER_HIDE_VAR(p);
	if (READ_ONCE(*p))
		pr_info("splat: something was there\n");
}

/* UBSAN */
static void shift(void)
{
	int bits = 40;

	OPTIMIZER_HIDE_VAR(bits);
	pr_info("splat: %d\n", 1 << bits);
}

/* lockdep */
static void order(void)
{
	static DEFINE_MUTEX(a);
	static DEFINE_MUTEX(b);

	mutex_lock(&a);
	mutex_lock(&b);
	mutex_unlock(&b);
	mutex_unlock(&a);
	mutex_lock(&b);
	mutex_lock(&a);
	mutex_unlock(&a);
	mutex_unlock(&b);
}

/* DEBUG_ATOMIC_SLEEP */
static void sleep_atomic(void)
{
	preempt_disable();
	might_sleep();
	preempt_enable();
}

static void tick(struct timer_list *timer)
{
}

/* DEBUG_OBJECTS */
static void object(void)
{
	static struct timer_list timer;

	timer_setup(&timer, tick, 0);
	mod_timer(&timer, jiffies + HZ);
	timer_setup(&timer, tick, 0);
	timer_shutdown_sync(&timer);
}

static const struct {
	const char *name;
	void (*run)(void);
} kinds[] = {
	{ "warn", warn },     { "leak", leak },	  { "freed", freed },
	{ "shift", shift },   { "order", order }, { "sleep", sleep_atomic },
	{ "object", object },
};

static int __init splat_init(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(kind, kinds[i].name))
			continue;
		kinds[i].run();
		return 0;
	}
	return -EINVAL;
}

static void __exit splat_exit(void)
{
}

module_init(splat_init);
module_exit(splat_exit);
MODULE_DESCRIPTION("makes the kernel complain");
MODULE_LICENSE("GPL");

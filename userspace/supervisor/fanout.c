// SPDX-License-Identifier: BSD-3-Clause
/* fanout.c - raw sockets of engines that must not meet in one fan-out group: pure */
#include "fanout.h"

void fanout_add(struct fanout *f, int pid, unsigned ifindex)
{
	if (pid > 0 && ifindex && f->n < FANOUT_NAMES)
		f->names[f->n++] = fanout_name(pid, ifindex);
}

bool fanout_fits(const struct fanout *f, int pid)
{
	for (unsigned i = 0; i < f->n; i++)
		for (unsigned side = 0; side < 2; side++)
			if (f->mine[side] &&
			    fanout_name(pid, f->mine[side]) == f->names[i])
				return false;
	return true;
}

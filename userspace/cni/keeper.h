/* SPDX-License-Identifier: BSD-3-Clause */
/* keeper.h - the process that holds a pod's lease, for as long as the pod lives
 *
 * A plugin's process ends when it has answered, a lease lives as long as a descriptor.
 * So each attachment has a keeper: a process that has the lease and does nothing. It
 * ends, and the VF returns to the pool,
 *
 *	when the lease hangs up: DEL, GC or 'vfleet lease revoke' revoked it;
 *	when the pod's network namespace is gone, DEL or not;
 *	when the plugin ended before it had answered the runtime;
 *	when somebody kills it.
 */
#ifndef CNI_KEEPER_H
#define CNI_KEEPER_H

#include <vfleet.h>

#include "failure.h"

struct keeper {
	int socket; /* to the process; -1: none, or told to stay */
	struct vfl_lease lease; /* .fd is not ours */
};

/*
 * Starts a process that leases a VF, for the namespace at `netns`. Until keeper_stay()
 * it ends with us. Returns 0, or -1 with the reason in f and no process left.
 */
int keeper_start(struct keeper *k, const struct vfl_lease_req *req,
		 const char *netns, struct failure *f);

/* The runtime has its answer: from here on only the pod's end counts. */
int keeper_stay(struct keeper *k, struct failure *f);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* attachment.h - which lease is whose: the label that the module keeps for us
 *
 * There is no state on disk. A lease's label names the network and the attachment:
 *
 *	cni/NETWORK/ATTACHMENT/CONTAINER/IFNAME
 *
 * NETWORK (12 hex digits) and ATTACHMENT (16) are hashes, since a label has 63 bytes and
 * a container's id alone may have 64; the start of that and IFNAME are for people.
 */
#ifndef CNI_ATTACHMENT_H
#define CNI_ATTACHMENT_H

#include <vfleet.h>

#include "failure.h"

#define ATTACHMENT_BYTES (VFL_LABEL_MAX + 1)

void attachment_label(const char *network, const char *container,
		      const char *ifname, char label[ATTACHMENT_BYTES]);

/* Whether a label is one of this network's. */
bool attachment_is_of(const char *label, const char *network);

/*
 * The lease of an attachment whose VF is still its own; one that was revoked is not.
 * Returns 1 with it in *out, 0: there is none, -1 with the reason in f. `except` is the
 * id of a lease to pass over, 0 for none.
 */
int attachment_find(struct vfl *h, const char *label, uint32_t except,
		    struct vfl_lease *out, struct failure *f);

/*
 * Gives back the VFs of the leases for which `stale` says so. Goes on after a refusal.
 * Returns 0, or -1 with the first one in f.
 */
int attachment_revoke(struct vfl *h,
		      bool (*stale)(const char *label, const void *arg),
		      const void *arg, struct failure *f);

#endif

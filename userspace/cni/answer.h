/* SPDX-License-Identifier: BSD-3-Clause */
/* answer.h - what the runtime reads from our stdout */
#ifndef CNI_ANSWER_H
#define CNI_ANSWER_H

#include "netconf.h"

/*
 * The result of ADD: what came before us in the chain, then the VF, then addresses and
 * routes of the IPAM plugin (`ipam`, NULL: none), which are the VF's. New reference.
 */
json_t *answer_result(const struct netconf *conf, const struct environment *env,
		      const struct vfl_lease *lease, const json_t *ipam);

/* The VF that a result names for this attachment, a PCI address; NULL: none. */
const char *answer_vf(const json_t *result, const struct environment *env);

/* `asked`: the runtime's version, NULL if it told none. New reference. */
json_t *answer_versions(const char *asked);

json_t *answer_failure(const char *version, const struct failure *f);

#endif

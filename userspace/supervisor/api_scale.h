/* SPDX-License-Identifier: BSD-3-Clause */
/* api_scale.h - changes of the fleet that a client waits for */
#ifndef SUPERVISOR_API_SCALE_H
#define SUPERVISOR_API_SCALE_H

#include "api.h"
#include "scale.h"

/* Submits the change for this request, which is answered when it is over: by its
 * entry in the ledger, or null when there was nothing to do. */
void api_scale_submit(struct api_request *request,
		      struct scale_request *change);

/* scale log [last N] [after ID] [outcome WORD] [handover WORD] */
void api_log_show(struct api_request *request);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* sandbox.h - a pod's network namespace, watched without keeping it alive */
#ifndef CNI_SANDBOX_H
#define CNI_SANDBOX_H

#include <stdbool.h>

#include "failure.h"

struct sandbox;

/*
 * Watches the namespace at a path. The kernel gives it an id in ours, as for 'ip netns
 * set NAME auto', and tells the end of ids (RTNLGRP_NSID): no process of the pod, no
 * file and no reference of ours is part of it. NULL with the reason in f.
 */
struct sandbox *sandbox_watch(const char *netns, struct failure *f);

/* Descriptor to poll for POLLIN; it belongs to the sandbox. */
int sandbox_fd(const struct sandbox *s);

/* Whether it is gone, as far as the kernel has told; never blocks. */
bool sandbox_gone(struct sandbox *s);

void sandbox_free(struct sandbox *s);

#endif

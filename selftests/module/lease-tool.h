/* SPDX-License-Identifier: BSD-3-Clause */
/* lease-tool.h - what the words of lease-tool share */
#ifndef LEASE_TOOL_H
#define LEASE_TOOL_H

#include "vfleet.h"

extern struct vfl *h; /* main() opens it; a forked owner opens its own */

/* Says why the module refused, on stderr; the exit status of a word. */
int refused(int err);

/* "-" when none is set; valid until the next call. */
const char *mac_text(const struct vfl_tuning *t);

/* mac, vlan, trust, link; false: no such key, or no MAC. */
bool parse_setting(const char *key, const char *value, struct vfl_tuning *t);

/* lease-owner.c: words that acquire; see lease-tool.c for each. Exit statuses: 1 refused,
 * 2 wrong arguments. */
int hold(int argc, char **argv);
int hold_vfio(int argc, char **argv);
int hold_politely(int argc, char **argv);
int hold_by_child(int argc, char **argv);
int hold_deaf(int argc, char **argv);
int orphan_vfio(int argc, char **argv);
int pass(int argc, char **argv);
int leave_cycle(int argc, char **argv);
int become_cat(int argc, char **argv);
int become_cat_with_fd(int argc, char **argv);
int race(int argc, char **argv);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* nat_rules.h - what every rule of the host has to be, wherever it comes from */
#ifndef CONFIG_NAT_RULES_H
#define CONFIG_NAT_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "config.h"

/* False with a sentence in err when a rule can be of no use in this configuration. */
bool nat_rule_check(const struct config *c, const struct config_inbound *v,
		    char *err, size_t err_bytes);

/* True when some packet would match both. */
bool nat_rules_meet(const struct config_inbound *a,
		    const struct config_inbound *b);

#endif

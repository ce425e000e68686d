/* SPDX-License-Identifier: BSD-3-Clause */
/* mss.h - which MSS a connection gets on one side, and why */
#ifndef CORE_MSS_H
#define CORE_MSS_H

#include <stdint.h>

enum mss_rule {
	MSS_INTERFACE_MTU,
	MSS_VLAN_MTU,
	MSS_VLAN_MSS,
	MSS_PROFILE,
	MSS_ENCAP,
	MSS_PATH_MTU,
	MSS_RULES
};
extern const char *const mss_rule_names[MSS_RULES];

#define MSS_FLOOR \
	88 /* a computed value below is refused at configuration time */
#define MSS_DEFAULT4 536 /* RFC 9293 3.7.1: when the option is absent */
#define MSS_DEFAULT6 1220

/* All in bytes; 0 = not given. */
struct mss_input {
	uint16_t interface_mtu, vlan_mtu, vlan_mss, profile_mss;
	uint8_t family; /* 4 or 6 */
};

struct mss_result {
	uint16_t mss;
	enum mss_rule rule;
};

/* The rule of the design: each step only lowers (strict <). Pure. */
struct mss_result mss_compute(const struct mss_input *in);

#endif

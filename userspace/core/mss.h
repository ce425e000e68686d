/* SPDX-License-Identifier: BSD-3-Clause */
/* mss.h - which MSS a connection gets on one side, and why */
#ifndef CORE_MSS_H
#define CORE_MSS_H

#include <stdint.h>

/* In the order in which they are asked: an earlier one wins a tie. */
enum mss_rule {
	MSS_INTERFACE_MTU,
	MSS_VLAN_MTU,
	MSS_VLAN_MSS,
	MSS_PROFILE,
	MSS_LEARNED, /* what most servers of the service advertise */
	MSS_ENCAP,
	MSS_PATH_MTU,
	MSS_RULES
};
extern const char *const mss_rule_names[MSS_RULES];

#define MSS_FLOOR \
	88 /* a computed value below is refused at configuration time */
#define MSS_DEFAULT4 536 /* RFC 9293 3.7.1: when the option is absent */
#define MSS_DEFAULT6 1220

/* Largest MTU a configuration may have, bytes of the IP packet. */
#define MTU_MAX 9216
/* Smallest one: RFC 791 3.2 "every internet module must be able to forward a
 * datagram of 68 octets without further fragmentation". The 576 of RFC 1122
 * are what a host must reassemble, not what a link must carry. */
#define MTU_MIN4 68
#define MTU_MIN6 1280 /* RFC 8200 5 */

/* All in bytes; 0 = not given. */
struct mss_input {
	uint16_t interface_mtu, vlan_mtu, vlan_mss, profile_mss;
	uint8_t family; /* 4 or 6 */
	uint8_t encap; /* headers put in front of the IP packet on this side */
	uint16_t learned_mss;
	uint16_t path_mtu; /* towards this connection's peer, as ICMP said */
};

struct mss_result {
	uint16_t mss;
	enum mss_rule rule;
};

/* The rule of the design: each step only lowers (strict <). Pure. */
struct mss_result mss_compute(const struct mss_input *in);

/*
 * The last step alone, for a connection whose path is known: `r` is what the
 * configuration gave, `path_mtu` and `encap` as in struct mss_input. An ICMP
 * error cannot push the value below what the family guarantees (RFC 8201 4:
 * not below 1280) nor below MSS_FLOOR.
 */
struct mss_result mss_lower_to_path(struct mss_result r, uint16_t path_mtu,
				    uint8_t encap, uint8_t family);

/* What a tunnel puts in front of each packet. */
enum mss_encap { MSS_ENCAP_NONE, MSS_ENCAP_IPIP, MSS_ENCAP_GUE };

/* Bytes of it with an outer header of that family (RFC 2003, RFC 2473; GUE:
 * UDP and the four bytes of draft-ietf-intarea-gue variant 0). */
uint8_t mss_encap_bytes(enum mss_encap encap, uint8_t outer_family);

/* What became of a SYN or SYN-ACK that passed; counted per service and rule. */
enum mss_change {
	MSS_KEPT, /* not above the value, or no room for an option */
	MSS_CLAMPED,
	MSS_INSERTED,
	MSS_BROKEN, /* options run past the header, or the MSS has no 4 bytes */
	MSS_CHANGES
};
extern const char *const mss_change_names[MSS_CHANGES];

/*
 * Value and rule in 16 bits, for the flow record. The configuration allows no
 * MTU above MTU_MAX, so that they fit.
 */
_Static_assert(MTU_MAX *MSS_RULES + MSS_RULES <= UINT16_MAX + 1,
	       "an MSS and its rule fit 16 bits");

static inline uint16_t mss_pack(struct mss_result r)
{
	return r.mss * MSS_RULES + r.rule;
}

static inline struct mss_result mss_unpack(uint16_t word)
{
	return (struct mss_result){ word / MSS_RULES,
				    (enum mss_rule)(word % MSS_RULES) };
}

#endif

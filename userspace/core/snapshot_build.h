/* SPDX-License-Identifier: BSD-3-Clause */
/* snapshot_build.h - what the steps of snapshot_build() share */
#ifndef CORE_SNAPSHOT_BUILD_H
#define CORE_SNAPSHOT_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "snapshot.h"

struct build {
	const struct config *config;
	struct snapshot *snap;
	char *err;
	size_t err_bytes;
};

extern const char *const build_side_names[2]; /* by enum side */

/* Write the sentence; returns false. */
__attribute__((format(printf, 2, 3))) bool
build_refuse(const struct build *b, const char *format, ...);

/* The snapshot's array, writable: nobody else reads the block meanwhile. */
static inline void *build_array(const struct build *b, uint32_t offset)
{
	return (char *)b->snap + offset;
}

/* The VLAN's entry in network.vlans, or NULL. */
const struct config_vlan *build_find_vlan(const struct config *c, uint8_t side,
					  uint16_t id);

/* The MSS rule for a service on a side, in a VLAN of that side. */
struct mss_result build_mss(const struct build *b,
			    const struct config_service *s, uint8_t side,
			    uint16_t vlan);

/* Says so when a result is below the floor. */
bool build_mss_allowed(const struct build *b, const char *service, uint8_t side,
		       struct mss_result r);

/* Every link has the MTU its families need. */
bool build_check_mtus(const struct build *b);

/* Enter an address of ours, once however many services share it. */
bool build_address(struct build *b, const struct snap_address *a);

/* The steps, in this order; each false with a sentence in b->err. */
bool build_vlans(struct build *b);
bool build_routes(struct build *b);
bool build_snats(struct build *b);
bool build_services(struct build *b);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* snapshot_hash.h - where the snapshot's two hash tables keep a key */
#ifndef CORE_SNAPSHOT_HASH_H
#define CORE_SNAPSHOT_HASH_H

#include <stdint.h>

#include "address.h"

/* An entry that holds no index; ends a probe sequence. */
#define SNAP_HASH_EMPTY 0xffff

/* Both tables are half empty at least, so linear probing ends. */
static inline uint32_t snap_hash_size(uint32_t keys)
{
	uint32_t size = 4;

	while (size < 2 * keys)
		size *= 2;
	return size;
}

static inline uint32_t snap_service_hash(const struct address *vip,
					 uint16_t vlan, uint8_t protocol,
					 uint16_t port)
{
	return address_hash(vip, (uint32_t)vlan << 20 ^
					 (uint32_t)protocol << 16 ^ port);
}

static inline uint32_t snap_address_hash(const struct address *a, uint8_t side,
					 uint16_t vlan)
{
	return address_hash(a, (uint32_t)vlan << 8 | side);
}

#endif

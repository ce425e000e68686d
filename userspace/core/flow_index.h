/* SPDX-License-Identifier: BSD-3-Clause */
/* flow_index.h - from hash to record number within one shard */
#ifndef CORE_FLOW_INDEX_H
#define CORE_FLOW_INDEX_H

#include "flow_table.h"

/*
 * Each flow has two slots, one per direction. A slot lies in its home bucket
 * or, when that was full, in the next one with room: every bucket between home
 * and slot is full. Removal keeps this by moving a displaced slot into the hole
 * instead of leaving a tombstone, so look-ups end at the first bucket with room
 * and never slow down with age.
 */
void flow_index_add(const struct flow_shape *shape, struct flow_shard *shard,
		    uint32_t hash, unsigned side, uint32_t number);
void flow_index_remove(const struct flow_shape *shape, struct flow_shard *shard,
		       uint32_t hash, unsigned side, uint32_t number);

#endif

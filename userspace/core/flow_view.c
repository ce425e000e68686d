/* SPDX-License-Identifier: BSD-3-Clause */
/* flow_view.c - show the flows of a running fleet to people */
#include <endian.h>

#include "flow.h"
#include "flow_table.h"
#include "tcp.h"

/* A whole copy of a live record; false when it is free or changed meanwhile. */
static bool copy_record(const struct flow *f, size_t bytes, struct flow *copy)
{
	uint32_t word = atomic_load_explicit(&f->state, memory_order_acquire);

	if (!(word & FLOW_WORD_STATE))
		return false;
	memcpy(copy, f, bytes);
	atomic_thread_fence(memory_order_acquire);
	return atomic_load_explicit(&f->state, memory_order_relaxed) == word;
}

static struct address address_of(const void *bytes, uint8_t family)
{
	struct address a = { .family = family };

	memcpy(a.bytes, bytes, family == 4 ? 4 : 16);
	return a;
}

/* Ports as they lie in the header: source first. */
static void split_ports(uint32_t ports, uint16_t *source, uint16_t *destination)
{
	uint16_t both[2];

	memcpy(both, &ports, sizeof(both));
	*source = be16toh(both[0]);
	*destination = be16toh(both[1]);
}

static void view_of(const struct flow *f, uint8_t family, uint8_t slice,
		    uint32_t now_ms, struct flow_view *v)
{
	unsigned one = family == 4 ? 4 : 16; /* bytes of an address */
	const uint8_t *addrs = (const uint8_t *)&f->addrs;
	int32_t idle = now_ms - f->seen_ms;

	*v = (struct flow_view){
		.client = address_of(addrs, family),
		.vip = address_of(addrs + one, family),
		.client_vlan = f->vlan[SIDE_CLIENT] & ~FLOW_VLAN_HIDDEN,
		.server_vlan = f->vlan[SIDE_SERVER] & ~FLOW_VLAN_HIDDEN,
		.protocol = f->state >> FLOW_WORD_PROTOCOL_SHIFT,
		.slice = slice,
		.service_slot = f->service,
		.backend_slot = f->backend,
		.state = flow_state_names[(f->state & FLOW_WORD_STATE) %
					  FLOW_STATES],
		.idle_ms = idle > 0 ? idle : 0,
		.timeout_ms = f->timeout_ms,
	};
	if (!(f->vlan[SIDE_SERVER] & FLOW_VLAN_HIDDEN)) {
		v->server = address_of(addrs + 2 * one, family);
		v->snat = address_of(addrs + 3 * one, family);
	}
	split_ports(f->ports[SIDE_CLIENT], &v->client_port, &v->vip_port);
	split_ports(f->ports[SIDE_SERVER], &v->server_port, &v->snat_port);
}

/* One shard; false when `see` has had enough. */
static bool walk_shard(const struct flow_store *store, uint8_t family,
		       uint8_t slice, uint32_t now_ms,
		       bool (*see)(const struct flow_view *view, void *arg),
		       void *arg)
{
	const struct flow_shape *shape = flow_shape(store, family);
	struct flow_shard *shard = flow_shard(store, shape, slice);
	uint32_t fresh =
		atomic_load_explicit(&shard->fresh, memory_order_relaxed);
	size_t bytes = family == 4 ? FLOW4_BYTES : sizeof(struct flow);

	for (uint32_t n = 0; n < fresh && n < shape->capacity; n++) {
		struct flow copy;
		struct flow_view view;

		if (!copy_record(flow_record(shard, shape, n), bytes, &copy))
			continue;
		view_of(&copy, family, slice, now_ms, &view);
		if (!see(&view, arg))
			return false;
	}
	return true;
}

void flow_walk(const struct flow_store *store, uint32_t now_ms,
	       bool (*see)(const struct flow_view *view, void *arg), void *arg)
{
	for (unsigned slice = 0; slice < FAB_SLICES; slice++)
		if (!walk_shard(store, 4, slice, now_ms, see, arg) ||
		    !walk_shard(store, 6, slice, now_ms, see, arg))
			return;
}

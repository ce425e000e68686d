// SPDX-License-Identifier: BSD-3-Clause
/* publish.c - the configuration in force as a snapshot that engines read */
#include "publish.h"

#include <stdio.h>
#include <stdlib.h>

#include "fleet.h"
#include "learn.h"
#include "notice.h"
#include "snapshot.h"

const struct snapshot *publish_current(struct fabric *f)
{
	uint32_t generation = f->snapshot_generation;

	return generation ?
		       fabric_at(f, f->snapshots[generation % FAB_SNAPSHOTS]
					    .offset) :
		       NULL;
}

bool publish_check(struct fleet *fleet, const struct config *config, char *err,
		   size_t err_bytes)
{
	size_t bytes = snapshot_bytes(config),
	       room = fleet->fabric->snapshots[0].bytes;
	void *block;
	bool ok;

	if (bytes > room) {
		snprintf(
			err, err_bytes,
			"the configuration takes up to %zu bytes compiled, this fleet was "
			"started with room for %zu; stop and start it",
			bytes, room);
		return false;
	}
	block = aligned_alloc(64, (bytes + 63) / 64 * 64);
	if (!block) {
		snprintf(err, err_bytes, "out of memory");
		return false;
	}
	ok = snapshot_build(config, 1, block, bytes, err, err_bytes);
	free(block);
	return ok;
}

/* A place can be written again when every engine uses a newer one. An engine that is
 * starting uses at least the one that was in force then. */
static bool place_is_free(const struct fleet *fleet, uint32_t generation)
{
	const struct fabric *f = fleet->fabric;
	uint32_t running = fleet_used(fleet);

	FOREACH_ENGINE(slot, running) {
		enum engine_state state = engine_state(fleet, slot);
		uint32_t seen = f->engines[slot].snapshot_seen;

		if (state == ENGINE_DEAD || state == ENGINE_STOPPED)
			continue;
		if ((int32_t)(seen + FAB_SNAPSHOTS - generation) <= 0)
			return false;
	}
	return true;
}

void publish_want(struct fleet *fleet)
{
	fleet->publish_wanted = true;
	fleet_wake(fleet);
}

bool publish_step(struct fleet *fleet)
{
	struct fabric *f = fleet->fabric;
	uint32_t generation = f->snapshot_generation + 1;
	struct fab_snapshot_slot *place =
		&f->snapshots[generation % FAB_SNAPSHOTS];
	char err[256];

	if (!fleet->publish_wanted)
		return false;
	if (!place_is_free(fleet, generation))
		return true;
	fleet->publish_wanted = false;
	learn_fill(fleet);
	if (snapshot_build(fleet->config, generation,
			   fabric_at(f, place->offset), place->bytes, err,
			   sizeof(err))) {
		f->snapshot_generation = generation;
		fleet_wake_engines(fleet);
	} else {
		notice(fleet, "publish_failed", NULL,
		       "the engines keep the configuration they have: %s", err);
	}
	return false;
}

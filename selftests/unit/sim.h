/* SPDX-License-Identifier: BSD-3-Clause */
/* sim.h - a fleet of real engines in one thread: ports, wire, supervisor, deaths */
#ifndef UNIT_SIM_H
#define UNIT_SIM_H

#include <stdbool.h>
#include <stdint.h>

#include "engine.h"

#define SIM_ENGINES 5
#define SIM_SLICES  6 /* slices that have traffic */

struct sim_spec {
	unsigned engines; /* at the start */
	unsigned changes; /* things the supervisor does */
	bool starts_stops; /* it starts and stops engines as well */
	unsigned deaths; /* engines that are killed, at most */
	unsigned ring_slots, hold_slots;
	unsigned in_flight; /* packets under way at once, at most */
};

struct sim_result {
	uint64_t seed;
	uint64_t sent; /* packets given to ports */
	uint64_t processed; /* by lb_process */
	uint64_t on_wire; /* that left through a port */
	uint64_t dropped; /* by name, over all engines */
	const char *drop; /* one of the names */
	uint64_t at_risk; /* what the dead had, in hands, rings and queues */
	uint64_t seq_lost, seq_reordered; /* as the engines counted */
	unsigned moves, adoptions, stops, starts;
};

/*
 * Run one random history. Ends the test (cmocka) with the seed when a packet is
 * processed twice, out of order or by two engines at once, when it leaves out
 * of order, when the conservation law breaks or when the fleet gets stuck.
 */
struct sim_result sim_run(uint64_t seed, const struct sim_spec *spec);

#endif

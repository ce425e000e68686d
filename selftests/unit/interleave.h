/* SPDX-License-Identifier: BSD-3-Clause */
/* interleave.h - make every atomic access a place where another engine may run */
#ifndef UNIT_INTERLEAVE_H
#define UNIT_INTERLEAVE_H

/*
 * Forced into the engine's sources when they are compiled for test_steer: with
 * it, one thread runs several engines as coroutines and switches between them
 * at any access to shared memory. What the protocol must survive, it meets.
 */
#include <stdatomic.h>

void sim_point(void);

#undef atomic_load
#undef atomic_load_explicit
#undef atomic_store
#undef atomic_store_explicit
#define atomic_load(p) (sim_point(), __atomic_load_n((p), __ATOMIC_SEQ_CST))
#define atomic_load_explicit(p, order) \
	(sim_point(), __atomic_load_n((p), order))
#define atomic_store(p, v) \
	(sim_point(), __atomic_store_n((p), (v), __ATOMIC_SEQ_CST))
#define atomic_store_explicit(p, v, order) \
	(sim_point(), __atomic_store_n((p), (v), order))

#endif

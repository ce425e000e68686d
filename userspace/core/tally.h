/* SPDX-License-Identifier: BSD-3-Clause */
/* tally.h - count in a shared variable that has one writer */
#ifndef CORE_TALLY_H
#define CORE_TALLY_H

#include <stdatomic.h>

/* No locked instruction: nobody else writes, readers see old or new. */
#define tally_add(counter, n)                                              \
	atomic_store_explicit(                                             \
		counter,                                                   \
		atomic_load_explicit(counter, memory_order_relaxed) + (n), \
		memory_order_relaxed)

#endif

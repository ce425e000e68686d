/* SPDX-License-Identifier: BSD-3-Clause */
/* eal.h - start DPDK's environment with the devices of two ports and no others */
#ifndef ENGINE_EAL_H
#define ENGINE_EAL_H

#include <stdbool.h>
#include <stddef.h>

#include "options.h"
#include "port.h"

#define EAL_NAME_BYTES 128

/* DPDK's name of the device on `side`. */
void eal_port_name(char name[EAL_NAME_BYTES], unsigned side,
		   const struct port_config *config);

/*
 * Start the EAL. `memory_mb` for it, from huge pages when enough are free.
 * False with a sentence in err.
 */
bool eal_start(const struct options *o, unsigned memory_mb, char *err,
	       size_t err_bytes);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* cc.h - what lwIP asks of compiler and system */
#ifndef ENGINE_LWIP_CC_H
#define ENGINE_LWIP_CC_H

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#define LWIP_PLATFORM_DIAG(x)
#define LWIP_PLATFORM_ASSERT(x) assert(!(x))
#define LWIP_NO_UNISTD_H	0
#define LWIP_RAND()		((uint32_t)random())

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* steps.h - what fuzz targets share: a demand, and an input that is a list of steps */
#ifndef FUZZ_STEPS_H
#define FUZZ_STEPS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define STEPS_MAX 64

#define expect(what)                                                       \
	do {                                                               \
		if (!(what)) {                                             \
			fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, \
				__LINE__, #what);                          \
			abort();                                           \
		}                                                          \
	} while (0)

/* A step is one byte of bits, one byte length, then that many bytes; the last one
 * may be cut short. */
static inline void take_steps(const uint8_t *data, size_t bytes,
			      void (*step)(uint8_t bits, const uint8_t *data,
					   unsigned bytes))
{
	for (unsigned n = 0; n < STEPS_MAX && bytes >= 2; n++) {
		uint8_t bits = data[0], len = data[1];

		data += 2;
		bytes -= 2;
		if (len > bytes)
			len = bytes;
		step(bits, data, len);
		data += len;
		bytes -= len;
	}
}

#endif

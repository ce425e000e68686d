// SPDX-License-Identifier: BSD-3-Clause
/* arguments.c - the words of a command line, put together one by one */
#include "arguments.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

void arguments_add(struct arguments *a, const char *format, ...)
{
	va_list list;

	if (a->n == ARGUMENTS_MAX)
		return;
	va_start(list, format);
	vsnprintf(a->text[a->n], ARGUMENT_BYTES, format, list);
	va_end(list);
	a->argv[a->n] = a->text[a->n];
	a->argv[++a->n] = NULL;
}

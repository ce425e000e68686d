/* SPDX-License-Identifier: BSD-3-Clause */
/* counters.c - names and meanings of counters and drops */
#include "counters.h"

#define NAME(name, text) [CNT_##name] = #name,
#define TEXT(name, text) [CNT_##name] = text,
const char *const vfl_counter_names[CNT_COUNT] = { VFL_COUNTERS(NAME) };
const char *const vfl_counter_texts[CNT_COUNT] = { VFL_COUNTERS(TEXT) };
#undef NAME
#undef TEXT

#define NAME(name, text) [DROP_##name] = #name,
#define TEXT(name, text) [DROP_##name] = text,
const char *const vfl_drop_names[DROP_COUNT] = { VFL_DROPS(NAME) };
const char *const vfl_drop_texts[DROP_COUNT] = { VFL_DROPS(TEXT) };

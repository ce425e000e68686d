/* SPDX-License-Identifier: BSD-3-Clause */
/* other-version.h - makes of what includes it first a program of another protocol */
#include <linux/vfleet.h>

#undef VFL_FAMILY_VERSION
#define VFL_FAMILY_VERSION 2

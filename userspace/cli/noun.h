/* SPDX-License-Identifier: BSD-3-Clause */
/* noun.h - text forms that more than one noun shows */
#ifndef CLI_NOUN_H
#define CLI_NOUN_H

#include <jansson.h>

/* An entry of the ledger; null when there was nothing to do. */
void scale_print_event(const json_t *event);

#endif

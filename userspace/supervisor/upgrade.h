/* SPDX-License-Identifier: BSD-3-Clause */
/* upgrade.h - replace every engine by one of another program, with no loss
 *
 * As many new engines as there are free slots start beside the old ones, take their
 * slices and addresses as in any change of the fleet, and the old ones leave; again
 * until none of the old is left. The first failure ends it: the fleet is served by
 * whoever serves it then, and further engines are of the old program again.
 */
#ifndef SUPERVISOR_UPGRADE_H
#define SUPERVISOR_UPGRADE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct api_client;
struct fleet;
struct upgrade;

#define UPGRADE_PATH_BYTES 200

struct upgrade *upgrade_new(void);

/*
 * Begins, and answers the client when it is over or cannot begin. path: of the new
 * program; NULL: the file of the present one, which may be another by now.
 */
void upgrade_begin(struct fleet *fleet, const char *path,
		   struct api_client *client);

/* This client is gone; the upgrade goes on. */
void upgrade_forget(struct fleet *fleet, const struct api_client *client);

/* Path of the program that engines are started with. */
const char *upgrade_program(const struct fleet *fleet);

/* What a predecessor's state says of it; ignored when that is no program any more. */
void upgrade_restore(struct fleet *fleet, const char *path);

#endif

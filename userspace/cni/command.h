/* SPDX-License-Identifier: BSD-3-Clause */
/* command.h - the verbs of the CNI specification */
#ifndef CNI_COMMAND_H
#define CNI_COMMAND_H

#include "answer.h"
#include "keeper.h"

struct command {
	struct environment env;
	struct netconf conf;
	json_t *answer; /* of a command that has one */
	struct keeper
		keeper; /* of ADD: to be told to stay once the answer is out */
	struct failure failure;
};

/* Each returns 0, or -1 with the reason in c->failure. */
int command_add(struct command *c);
int command_del(struct command *c);
int command_check(struct command *c);
int command_gc(struct command *c);
int command_status(struct command *c);

/* A handle of the module; NULL with the reason in f and errno set. */
struct vfl *command_module(struct failure *f);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* health.h - active checks of backends: a TCP connection that opens is a sign of life
 *
 * Checks come from the supervisor's own network namespace, not through the engines.
 */
#ifndef SUPERVISOR_HEALTH_H
#define SUPERVISOR_HEALTH_H

struct fleet;
struct health;

struct health *health_new(void);

/* Checks the backends of the configuration in force from now on. Counts start again,
 * but states are kept until they are contradicted. */
void health_restart(struct fleet *fleet);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* sections.h - the sections of the configuration file, one reader each */
#ifndef CONFIG_SECTIONS_H
#define CONFIG_SECTIONS_H

#include "reader.h"

/* Each reads one section into r->config (target is the same). */
read_fn read_fleet, read_network, read_profile, read_service, read_nat,
	read_scaling, read_api;

/* nat.outbound; target is ignored. */
read_fn read_outbound;

/* tcp or udp; target is an uint8_t. */
read_fn read_protocol;

/* An absolute path; target is a char[CONFIG_PATH_BYTES]. */
read_fn read_path;

/* One item of scaling.schedule; target is the struct config_scaling. */
read_fn read_window;

/* fleet.container; target is its struct. */
read_fn read_container;

/* Refuses what engines in containers cannot have; `node` is section fleet. */
bool container_check(struct reader *r, yaml_node_t *node);

/* Set the defaults of everything that the text may leave out. */
void fleet_defaults(struct config *c);
void scaling_defaults(struct config *c);
void api_defaults(struct config *c);

/* Profile 0 is "default": what services without a profile have. */
void profile_defaults(struct config *c);

#endif

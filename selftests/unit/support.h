/* SPDX-License-Identifier: BSD-3-Clause */
/* support.h - configurations and snapshots for tests, out of YAML text */
#ifndef UNIT_SUPPORT_H
#define UNIT_SUPPORT_H

#include "config_load.h"
#include "snapshot.h"

/* One network for both sides; append services or more network lists to it. */
#define YAML_FLEET \
	"fleet:\n" \
	"  ports: {client: {provider: \"null\"}, server: {provider: \"null\"}}\n"
#define YAML_NETWORK                                  \
	"network:\n"                                  \
	"  subnets:\n"                                \
	"    - {side: client, prefix: 10.1.0.0/24}\n" \
	"    - {side: client, prefix: 'fd01::/64'}\n" \
	"    - {side: server, prefix: 10.2.0.0/24}\n" \
	"    - {side: server, prefix: 'fd02::/64'}\n" \
	"  snat: [10.2.0.2, 'fd02::2']\n"

/* The configuration of a text that must be right. Caller frees. */
struct config *support_config(const char *yaml);

/* Its snapshot, which must build. Caller frees. */
struct snapshot *support_compile(const struct config *config);

/* Both at once. */
struct snapshot *support_snapshot(const char *yaml);

/* An address that must be right. */
struct address support_address(const char *text);

#endif

// SPDX-License-Identifier: BSD-3-Clause
/* devices.c - the ports that a new engine gets, and what it keeps open for them */
#include "devices.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fleet.h"
#include "group.h"
#include "lease.h"
#include "notice.h"

/* "vc%d" -> "vc3" */
static void device_name(const struct config_port *port, unsigned slot,
			char *out, size_t bytes)
{
	const char *at = strstr(port->device, "%d");

	if (!at)
		snprintf(out, bytes, "%s", port->device);
	else
		snprintf(out, bytes, "%.*s%u%s", (int)(at - port->device),
			 port->device, slot, at + 2);
}

static void keep(struct devices *devices, int fd)
{
	devices->fds[devices->n_fds++] = fd;
}

void devices_close(struct devices *devices)
{
	while (devices->n_fds)
		close(devices->fds[--devices->n_fds]);
}

/* Without it the engine serves too, but may miss frames while VFs come and go. */
static void join_group(const struct fleet *fleet, unsigned side, const char *vf,
		       struct devices *out)
{
	const uint8_t *mac = fleet->fabric->group_mac[side];
	int fd;

	if (!mac[0])
		return;
	fd = group_join(vf, mac);
	if (fd < 0)
		log_line(
			"the PF of %s does not listen to the fleet's MAC, and frames "
			"may be missed when a VF comes or goes: %s",
			vf, strerror(-fd));
	else
		keep(out, fd);
}

static int get_vf(struct fleet *fleet, unsigned slot, unsigned side,
		  struct devices *out, char *err, size_t err_bytes)
{
	static const char *const sides[FAB_SIDES] = { "client", "server" };
	struct fab_engine *e = &fleet->fabric->engines[slot];
	char label[LEASE_LABEL_BYTES];
	struct lease lease;
	int ret;

	snprintf(label, sizeof(label), "%.24s/%u/%s", fleet->config->fleet_name,
		 slot, sides[side]);
	ret = lease_acquire(fleet, fleet->config->ports[side].device, label,
			    &lease, err, err_bytes);
	if (ret < 0)
		return ret;
	keep(out, lease.fd);
	snprintf(e->device[side], sizeof(e->device[side]), "%s", lease.vf);
	e->lease_id[side] = lease.id;
	join_group(fleet, side, lease.vf, out);
	return 0;
}

int devices_get(struct fleet *fleet, unsigned slot, struct devices *out,
		char *err, size_t err_bytes)
{
	struct fab_engine *e = &fleet->fabric->engines[slot];
	int ret = 0;

	out->n_fds = 0;
	for (unsigned side = 0; side < FAB_SIDES && ret == 0; side++) {
		const struct config_port *port = &fleet->config->ports[side];

		e->lease_id[side] = 0;
		device_name(port, slot, e->device[side],
			    sizeof(e->device[side]));
		if (port->provider == PROVIDER_VF)
			ret = get_vf(fleet, slot, side, out, err, err_bytes);
	}
	if (ret < 0)
		devices_close(out);
	return ret;
}

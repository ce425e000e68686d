/* SPDX-License-Identifier: BSD-3-Clause */
/* container.c - key container of section fleet, and what it allows the others */
#include <string.h>

#include "fabric.h"
#include "sections.h"

#define MEMORY_MB_MIN	 64 /* less than any engine's buffers */
#define MEMORY_MB_MAX	 (1 << 20)

#define CONTAINER(field) offsetof(struct config_container, field)

static bool read_image(struct reader *r, yaml_node_t *node,
		       const struct key *key, void *target)
{
	const struct key text = { .what = "the name of an image",
				  .max = CONFIG_IMAGE_BYTES };

	if (!read_text(r, node, &text, target))
		return false;
	/* It becomes a word of podman's command line. */
	return *(const char *)target != '-' ||
	       reader_refuse(r, node,
			     "expected the name of an image, like "
			     "localhost/vfleet-engine");
}

bool read_path(struct reader *r, yaml_node_t *node, const struct key *key,
	       void *target)
{
	const struct key text = { .what = "a path", .max = CONFIG_PATH_BYTES };

	if (!read_text(r, node, &text, target))
		return false;
	return *(const char *)target == '/' ||
	       reader_refuse(r, node,
			     "expected a path that begins with a /, got '%s'",
			     (const char *)target);
}

static const struct key container_keys[] = {
	{ "image", read_image, .offset = CONTAINER(image), .required = true },
	{ "seccomp", read_path, .offset = CONTAINER(seccomp) },
	{ "memory_mb", read_u32, .offset = CONTAINER(memory_mb), .what = "MB",
	  .min = MEMORY_MB_MIN, .max = MEMORY_MB_MAX },
	KEYS_END
};

bool read_container(struct reader *r, yaml_node_t *node, const struct key *key,
		    void *target)
{
	size_t length = strlen(r->err->key);

	if (!reader_map(r, node, container_keys, target))
		return false;
	reader_leave(r, length);
	return true;
}

/* The other providers need more than a container of ours may. */
static bool is_possible(enum provider provider)
{
	return provider == PROVIDER_VF || provider == PROVIDER_PACKET ||
	       provider == PROVIDER_NULL;
}

bool container_check(struct reader *r, yaml_node_t *node)
{
	static const char *const sides[FAB_SIDES] = { "client", "server" };
	struct config *c = r->config;
	bool wanted = c->runtime == RUNTIME_PODMAN;

	if (!wanted && *c->container.image) {
		reader_enter(r, "container");
		return reader_refuse(r, reader_child(r, node, "container"),
				     "is for runtime podman, and runtime is "
				     "process");
	}
	if (wanted && !*c->container.image) {
		reader_enter(r, "container");
		return reader_refuse(r, node,
				     "the key is missing, runtime podman "
				     "needs it");
	}
	for (unsigned side = 0; wanted && side < FAB_SIDES; side++) {
		yaml_node_t *ports = reader_child(r, node, "ports");

		if (is_possible(c->ports[side].provider))
			continue;
		reader_enter(r, "ports");
		reader_enter(r, sides[side]);
		return reader_refuse(r, reader_child(r, ports, sides[side]),
				     "expected provider vf, packet or null: "
				     "engines in containers have no other");
	}
	return true;
}

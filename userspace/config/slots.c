// SPDX-License-Identifier: BSD-3-Clause
/* slots.c - stable numbers for services, backends and addresses */
#include <stdio.h>
#include <string.h>

#include "config_load.h"
#include "fabric.h"

/* Slots of one kind that the old configuration or the new one uses. */
struct slots {
	const char *what;
	unsigned size;
	bool used[FAB_BACKENDS]; /* the largest kind */
};

static bool take_free(struct slots *s, uint16_t *slot, char *err,
		      size_t err_bytes)
{
	for (unsigned i = 0; i < s->size; i++) {
		if (!s->used[i]) {
			s->used[i] = true;
			*slot = i;
			return true;
		}
	}
	snprintf(err, err_bytes,
		 "expected at most %u %s, those of the running configuration "
		 "included",
		 s->size, s->what);
	return false;
}

/* One user of an address slot, whatever list it is in. */
struct holder {
	const struct address *address;
	uint16_t vlan, slot;
	uint8_t side;
};

/* Services first, then SNAT addresses; false behind the last. */
static bool holder_at(const struct config *c, unsigned i, struct holder *h)
{
	if (i < c->n_services) {
		const struct config_service *v = &c->services[i];

		*h = (struct holder){ &v->vip, v->vlan, v->address_slot,
				      SIDE_CLIENT };
		return true;
	}
	i -= c->n_services;
	if (i < c->n_snats) {
		const struct config_snat *v = &c->snats[i];

		*h = (struct holder){ &v->address, v->vlan, v->slot,
				      SIDE_SERVER };
		return true;
	}
	return false;
}

static uint16_t *slot_at(struct config *c, unsigned i)
{
	return i < c->n_services ? &c->services[i].address_slot :
				   &c->snats[i - c->n_services].slot;
}

/* Whether one of the first `limit` holders of `c` has the same address; *slot
 * is its slot then. */
static bool same_address(const struct config *c, unsigned limit,
			 const struct holder *h, uint16_t *slot)
{
	struct holder o;

	for (unsigned i = 0; i < limit && holder_at(c, i, &o); i++) {
		if (o.side == h->side && o.vlan == h->vlan &&
		    address_equal(o.address, h->address)) {
			*slot = o.slot;
			return true;
		}
	}
	return false;
}

static bool assign_addresses(struct config *new, const struct config *old,
			     char *err, size_t err_bytes)
{
	struct slots s = { .what = "VIPs and SNAT addresses",
			   .size = FAB_ADDRESSES };
	struct holder h;

	for (unsigned i = 0; holder_at(old, i, &h); i++)
		s.used[h.slot] = true;
	for (unsigned i = 0; holder_at(new, i, &h); i++) {
		uint16_t *slot = slot_at(new, i);

		if (!same_address(old, UINT32_MAX, &h, slot) &&
		    !same_address(new, i, &h, slot) &&
		    !take_free(&s, slot, err, err_bytes))
			return false;
	}
	return true;
}

static const struct config_service *same_service(const struct config *c,
						 const char *name)
{
	for (unsigned i = 0; i < c->n_services; i++) {
		if (!strcmp(c->services[i].name, name))
			return &c->services[i];
	}
	return NULL;
}

static const struct config_backend *same_backend(const struct config *c,
						 const struct config_service *v,
						 const struct config_backend *b)
{
	for (unsigned i = 0; v && i < v->n_backends; i++) {
		const struct config_backend *o =
			&c->backends[v->first_backend + i];

		if (o->port == b->port && o->vlan == b->vlan &&
		    address_equal(&o->address, &b->address))
			return o;
	}
	return NULL;
}

static bool assign_services(struct config *new, const struct config *old,
			    char *err, size_t err_bytes)
{
	struct slots s = { .what = "services", .size = FAB_SERVICES };
	struct slots b = { .what = "backends", .size = FAB_BACKENDS };

	/* What flows still name keeps its meaning until they have ended. */
	memcpy(s.used, old->busy_services, sizeof(old->busy_services));
	memcpy(b.used, old->busy_backends, sizeof(old->busy_backends));
	for (unsigned i = 0; i < old->n_services; i++)
		s.used[old->services[i].slot] = true;
	for (unsigned i = 0; i < old->n_backends; i++)
		b.used[old->backends[i].slot] = true;
	for (unsigned i = 0; i < new->n_services; i++) {
		struct config_service *v = &new->services[i];
		const struct config_service *was = same_service(old, v->name);

		if (was)
			v->slot = was->slot;
		else if (!take_free(&s, &v->slot, err, err_bytes))
			return false;
		for (unsigned k = 0; k < v->n_backends; k++) {
			struct config_backend *n =
				&new->backends[v->first_backend + k];
			const struct config_backend *o =
				same_backend(old, was, n);

			if (o)
				n->slot = o->slot;
			else if (!take_free(&b, &n->slot, err, err_bytes))
				return false;
		}
	}
	return true;
}

bool config_assign_slots(struct config *new, const struct config *old,
			 char *err, size_t err_bytes)
{
	static const struct config none;

	if (!old)
		old = &none;
	return assign_services(new, old, err, err_bytes) &&
	       assign_addresses(new, old, err, err_bytes);
}

// SPDX-License-Identifier: BSD-3-Clause
/* link.c - the tap that applications of the same container send through */
#include "link.h"

#include <net/ethernet.h>
#include <sys/uio.h>
#include <unistd.h>

#include "config.h"
#include "ether.h"
#include "fabric.h"

#define MACS	 (2 * ETHER_MAC)
#define TAG	 4
#define VID_MASK 0xfff

unsigned link_rx(struct link *l, struct buf_pool *pool, struct buf **bufs,
		 unsigned n)
{
	unsigned got = 0;

	while (l->open && got < n) {
		struct buf *b = buf_alloc(pool);
		ssize_t bytes;

		if (!b)
			break;
		/* What an application tags itself has a type nobody knows. */
		bytes = read(l->fd, b->pkt.frame, buf_frame_bytes(pool));
		if (bytes <= 0) {
			buf_free(b);
			break;
		}
		b->pkt.len = bytes;
		b->pkt.side = SIDE_CLIENT;
		b->pkt.vlan = b->tag = CONFIG_LINK_VLAN;
		bufs[got++] = b;
	}
	return got;
}

unsigned link_tx(struct link *l, struct buf **bufs, unsigned n)
{
	unsigned sent;

	for (sent = 0; sent < n; sent++) {
		struct pkt *p = &bufs[sent]->pkt;
		struct iovec parts[] = {
			{ p->frame, MACS },
			{ p->frame + MACS + TAG, p->len - MACS - TAG },
		};

		if (writev(l->fd, parts, 2) < 0)
			break;
		buf_free(bufs[sent]);
	}
	return sent;
}

bool link_takes(const struct link *l, const struct buf *b)
{
	const uint8_t *at = b->pkt.frame + MACS;

	return l->open && get16(at) == ETHERTYPE_VLAN &&
	       (get16(at + 2) & VID_MASK) == CONFIG_LINK_VLAN;
}

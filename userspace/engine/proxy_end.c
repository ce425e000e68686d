// SPDX-License-Identifier: BSD-3-Clause
/* proxy_end.c - one of the two ends of a proxied connection */
#include "proxy_end.h"

#include <lwip/priv/tcp_priv.h>

#define PIECE_SEGS 16 /* segments at once: the queue takes so many or none */

void end_let_go(struct end *e)
{
	tcp_arg(e->pcb, NULL);
	tcp_recv(e->pcb, NULL);
	tcp_sent(e->pcb, NULL);
	tcp_err(e->pcb, NULL);
	tcp_poll(e->pcb, NULL, 0);
	e->pcb = NULL;
}

void end_reset(struct end *e)
{
	struct tcp_pcb *pcb = e->pcb;

	if (!pcb)
		return;
	end_let_go(e);
	tcp_abort(pcb);
}

void end_push(struct end *e)
{
	const uint8_t *data;
	uint32_t n, most;

	if (!e->pcb || e->pcb->state == SYN_SENT)
		return;
	most = (uint32_t)PIECE_SEGS * tcp_mss(e->pcb);
	while ((n = pipe_next(&e->out, &data))) {
		n = LWIP_MIN(n, most);
		n = LWIP_MIN(n, tcp_sndbuf(e->pcb));
		if (!n || tcp_write(e->pcb, data, n, 0) != ERR_OK)
			break;
		pipe_pass(&e->out, n);
	}
	if (pipe_finished(&e->out) && !e->shut)
		e->shut = tcp_shutdown(e->pcb, 0, 1) == ERR_OK;
	tcp_output(e->pcb);
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* http.h - an HTTP/1.1 server on lwIP: files, status, health */
#ifndef ENGINE_HTTP_H
#define ENGINE_HTTP_H

#include "served.h"

/* lwIP has a new connection to the service; callback of tcp_accept(). RFC 9112. */
err_t http_accept(void *served, struct tcp_pcb *pcb, err_t error);

/* Reset every connection of a service. */
void http_abort_all(struct served *s);

#endif

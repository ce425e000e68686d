/* SPDX-License-Identifier: BSD-3-Clause */
/* http.h - an HTTP/1.1 server on lwIP: files, status, health */
#ifndef ENGINE_HTTP_H
#define ENGINE_HTTP_H

#include "served.h"

/* lwIP has a new connection to the service; callback of tcp_accept(). RFC 9112. */
err_t http_accept(void *served, struct tcp_pcb *pcb, err_t error);

/* Reset every connection of a service. */
void http_abort_all(struct served *s);

/* Likewise those that member_goes(); how many that were. */
unsigned http_leave(struct served *s);

/* The engine's set drains: connections end, each behind an answer or when it is idle. */
void http_retire(struct served *s);

#endif

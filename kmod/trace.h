/* SPDX-License-Identifier: GPL-2.0 */
/* trace.h - tracepoints: every change of state of a PF, a VF, a lease
 *
 * Below /sys/kernel/tracing/events/vfleet/; all are hit under vfl_state_lock, so their
 * order is that of the changes. Numbers are those of enum vfl_*_state and vfl_reason.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM vfleet

#if !defined(_VFL_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _VFL_TRACE_H

#include <linux/tracepoint.h>

#include "vfleet.h"

#define show_vfl_pf_state(state)                          \
	__print_symbolic(state, { VFL_PF_IDLE, "idle" },  \
			 { VFL_PF_ENABLING, "enabling" }, \
			 { VFL_PF_ACTIVE, "active" },     \
			 { VFL_PF_DISABLING, "disabling" })

#define show_vfl_vf_state(state)                                \
	__print_symbolic(state, { VFL_VF_FOREIGN, "foreign" },  \
			 { VFL_VF_FREE, "free" },               \
			 { VFL_VF_PREPARING, "preparing" },     \
			 { VFL_VF_LEASED, "leased" },           \
			 { VFL_VF_DRAINING, "draining" },       \
			 { VFL_VF_RESETTING, "resetting" },     \
			 { VFL_VF_QUARANTINED, "quarantined" }, \
			 { VFL_VF_GONE, "gone" })

#define show_vfl_reason(reason)                                     \
	__print_symbolic(reason, { VFL_REASON_REQUEST, "request" }, \
			 { VFL_REASON_OWNER_EXIT, "owner-exit" },   \
			 { VFL_REASON_REVOKED, "revoked" },         \
			 { VFL_REASON_PF_GONE, "pf-gone" },         \
			 { VFL_REASON_EXTERNAL, "external" },       \
			 { VFL_REASON_ERROR, "error" })

TRACE_EVENT(vfleet_pf_state,
	    TP_PROTO(const struct vfl_pf *pf, int to, int reason),
	    TP_ARGS(pf, to, reason),
	    TP_STRUCT__entry(__array(char, pf, VFL_PCI_NAME_MAX + 1)
				     __field(u32, generation) __field(int, from)
					     __field(int, to)
						     __field(int, reason)),
	    TP_fast_assign(strscpy(__entry->pf, pci_name(pf->pdev),
				   sizeof(__entry->pf));
			   __entry->generation = pf->generation;
			   __entry->from = pf->state; __entry->to = to;
			   __entry->reason = reason;),
	    TP_printk("pf=%s generation=%u %s -> %s (%s)", __entry->pf,
		      __entry->generation, show_vfl_pf_state(__entry->from),
		      show_vfl_pf_state(__entry->to),
		      show_vfl_reason(__entry->reason)));

TRACE_EVENT(vfleet_vf_state,
	    TP_PROTO(const struct vfl_vf *vf, int to, int reason),
	    TP_ARGS(vf, to, reason),
	    TP_STRUCT__entry(__array(char, vf, VFL_PCI_NAME_MAX + 1) __field(
		    u32, generation) __field(u32, lease) __field(int, from)
				     __field(int, to) __field(int, reason)),
	    TP_fast_assign(strscpy(__entry->vf, pci_name(vf->pdev),
				   sizeof(__entry->vf));
			   __entry->generation = vf->generation;
			   __entry->lease = vf->lease ? vf->lease->id : 0;
			   __entry->from = vf->state; __entry->to = to;
			   __entry->reason = reason;),
	    TP_printk("vf=%s generation=%u lease=%u %s -> %s (%s)", __entry->vf,
		      __entry->generation, __entry->lease,
		      show_vfl_vf_state(__entry->from),
		      show_vfl_vf_state(__entry->to),
		      show_vfl_reason(__entry->reason)));

TRACE_EVENT(vfleet_lease_start, TP_PROTO(const struct vfl_lease *lease),
	    TP_ARGS(lease),
	    TP_STRUCT__entry(__array(char, vf, VFL_PCI_NAME_MAX + 1) __field(
		    u32, generation) __field(u32, lease) __field(pid_t, pid)),
	    TP_fast_assign(strscpy(__entry->vf, lease->vf_name,
				   sizeof(__entry->vf));
			   __entry->generation = lease->generation;
			   __entry->lease = lease->id;
			   __entry->pid = pid_nr(lease->pid);),
	    TP_printk("lease=%u vf=%s generation=%u pid=%d", __entry->lease,
		      __entry->vf, __entry->generation, __entry->pid));

TRACE_EVENT(vfleet_lease_end,
	    TP_PROTO(const struct vfl_lease *lease, int reason),
	    TP_ARGS(lease, reason),
	    TP_STRUCT__entry(__array(char, vf, VFL_PCI_NAME_MAX + 1)
				     __field(u32, lease) __field(int, reason)),
	    TP_fast_assign(strscpy(__entry->vf, lease->vf_name,
				   sizeof(__entry->vf));
			   __entry->lease = lease->id;
			   __entry->reason = reason;),
	    TP_printk("lease=%u vf=%s (%s)", __entry->lease, __entry->vf,
		      show_vfl_reason(__entry->reason)));

#endif /* _VFL_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>

# SPDX-License-Identifier: BSD-3-Clause
"""series.py - what is drawn: values over time out of the samples of a run"""

BIN_S = 0.5


def growth(before, now, counter):
    """Growth of a counter of an engine slot. A new process in the slot counts from 0
    again, but a little after it is there."""
    if before and now[counter] >= before[counter]:
        return now[counter] - before[counter]
    return now[counter]


def origin_ms(run):
    times = [w["t_ms"] for w in run["windows"]] + [s["t_ms"] for s in run["samples"]]
    return min(times) if times else 0


def binned(windows, start_ms):
    """httpload's windows of 100 ms joined to bins of BIN_S seconds."""
    bins = {}
    for w in windows:
        bins.setdefault(int((w["t_ms"] - start_ms) / 1000 / BIN_S), []).append(w)
    for n in sorted(bins):
        yield (n + 0.5) * BIN_S, bins[n]


def requests(run, start_ms):
    """[(seconds, answers per second, failures)]"""
    return [(t, sum(w["ok"] for w in ws) / (0.1 * len(ws)), sum(w["failed"] for w in ws))
            for t, ws in binned(run["windows"], start_ms)]


def latency(run, start_ms):
    """[(seconds, p50 ms, slowest ms)]: the middle of the windows' p50, the worst answer"""
    rows = []
    for t, ws in binned(run["windows"], start_ms):
        ws = [w for w in ws if w["ok"]]
        if ws:
            middle = sorted(w["p50_us"] for w in ws)[len(ws) // 2]
            rows.append((t, middle / 1000, max(w["max_us"] for w in ws) / 1000))
    return rows


def engines(run):
    return [e["id"] for e in run["engines"]]


def slices(run, start_ms):
    """[(seconds, {engine: slices})]"""
    return [((s["t_ms"] - start_ms) / 1000, {e["id"]: e["slices"] for e in s["engines"]})
            for s in run["samples"]]


def throughput(run, start_ms):
    """[(seconds, {engine: Mbit/s sent})], over the last second"""
    rows, history = [], []
    total, last = {}, {}
    for s in run["samples"]:
        for e in s["engines"]:
            grown = growth(last.get(e["id"]), e, "tx_bytes")
            total[e["id"]] = total.get(e["id"], 0) + grown
            last[e["id"]] = e
        history.append((s["t_ms"], dict(total)))
        while len(history) > 2 and history[-1][0] - history[0][0] > 1000:
            history.pop(0)
        span = history[-1][0] - history[0][0]
        if span > 0:
            rows.append(((s["t_ms"] - start_ms) / 1000,
                         {k: (v - history[0][1].get(k, 0)) * 8 / span / 1000
                          for k, v in total.items()}))
    return rows

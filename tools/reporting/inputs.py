# SPDX-License-Identifier: BSD-3-Clause
"""inputs.py - the files of one demo run as plain values, and the verdict on them"""

import json
import os
import re

from series import growth

UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


def lines(path):
    """Objects of a JSON lines file; a line cut off by the end of the run is left out."""
    rows = []
    if os.path.exists(path):
        with open(path, encoding="utf-8") as f:
            for line in f:
                try:
                    rows.append(json.loads(line))
                except ValueError:
                    pass
    return rows


def whole(path, default):
    try:
        with open(path, encoding="utf-8") as f:
            return json.load(f)
    except (OSError, ValueError):
        return default


def text(path):
    try:
        with open(path, encoding="utf-8") as f:
            return f.read()
    except OSError:
        return ""


def client(name, does, requests, failed, size, **more):
    return {"name": name, "does": does, "requests": requests, "failed": failed, "bytes": size,
            **more}


def httpload(path):
    s = whole(os.path.join(path, "load.json"), {}).get("summary")
    if not s:
        return client("httpload", "did not finish", 0, 1, 0)
    return client("httpload", f"{s['keep_alive']} connections kept, "
                  f"{s['connections'] - s['keep_alive']} opened beside them",
                  s["ok"] + s["failed"], s["failed"], s["bytes"], p50_us=s["p50_us"],
                  p99_us=s["p99_us"], longest_ms=s["longest_stall_ms"], why=s["failures"])


def curl(path):
    rows = lines(os.path.join(path, "curl.jsonl"))
    bad = sum(not r["ok"] for r in rows)
    return client("curl", "a file over IPv6, compared by SHA-256", len(rows),
                  bad if rows else 1, sum(r["bytes"] for r in rows if r["ok"]))


def wrk(path):
    out = text(os.path.join(path, "wrk.txt"))
    total = re.search(r"(\d+) requests in \S+ ([\d.]+)([KMG]?)B read", out)
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", out)
    status = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    if not total:
        return client("wrk", "did not finish", 0, 1, 0)
    failed = sum(map(int, errors.groups())) if errors else 0
    return client("wrk", "as fast as answers come", int(total[1]),
                  failed + (int(status[1]) if status else 0),
                  int(float(total[2]) * UNITS[total[3]]))


def iperf(path):
    out = whole(os.path.join(path, "iperf.json"), {})
    seconds = [i["sum"]["bytes"] for i in out.get("intervals", [])]
    error = out.get("error", "" if seconds else "no result")
    failed = bool(error) and not error.startswith("interrupt")
    streams = len(out.get("start", {}).get("connected", []))
    return client("iperf3", f"{streams} connections" + (f": {error}" if failed else ""),
                  streams, int(failed), sum(seconds), retransmits=sum(
                      i["sum"].get("retransmits", 0) for i in out.get("intervals", [])))


def planned(event):
    return event["handover"] != "adopt"


def engine_totals(samples):
    """Packets and bytes each engine slot sent, over all processes that had the slot."""
    last, total = {}, {}
    for s in samples:
        for e in s["engines"]:
            t = total.setdefault(e["id"], {"id": e["id"], "packets": 0, "bytes": 0,
                                           "handed_off": 0})
            for out, counter in (("packets", "tx"), ("bytes", "tx_bytes"),
                                 ("handed_off", "handed_off")):
                t[out] += growth(last.get(e["id"]), e, counter)
            last[e["id"]] = e
    packets = sum(t["packets"] for t in total.values()) or 1
    for t in total.values():
        t["share_pct"] = round(100 * t["packets"] / packets, 1)
    return [total[k] for k in sorted(total)]


def load(path):
    """Everything the report shows, as one dictionary."""
    run = {
        "facts": whole(os.path.join(path, "facts.json"), {}),
        "windows": [w for w in lines(os.path.join(path, "load.jsonl")) if "t_ms" in w],
        "samples": lines(os.path.join(path, "samples.jsonl")),
        "marks": lines(os.path.join(path, "marks.jsonl")),
        "ledger": whole(os.path.join(path, "ledger.json"), []),
        "clients": [f(path) for f in (httpload, curl, wrk, iperf)],
    }
    run["engines"] = engine_totals(run["samples"])
    run["checks"] = judge(run)
    return run


def judge(run):
    """The claims of the demo, each with the figure that decides it."""
    requests = sum(c["requests"] for c in run["clients"])
    failed = sum(c["failed"] for c in run["clients"])
    events = [e for e in run["ledger"] if planned(e)]
    crashes = [e for e in run["ledger"] if not planned(e)]
    lost = sum(e["lost"] for e in events)
    reordered = sum(e["reordered"] for e in events)
    undone = [e for e in run["ledger"] if e["outcome"] != "done"]
    checks = [
        (requests > 0 and not failed, f"{requests} requests, {failed} failed"),
        (len(events) >= 4 and not lost and not reordered,
         f"{len(events)} planned changes of the fleet: lost {lost}, reordered {reordered}"),
        (not undone, f"{len(run['ledger'])} events in the ledger, {len(undone)} not done"),
        (len(crashes) >= 1, f"{len(crashes)} engine killed, its slices adopted; lost "
         f"{sum(e['lost'] for e in crashes)} packets, reordered "
         f"{sum(e['reordered'] for e in crashes)}"),
        (len(run["engines"]) >= 3 and all(e["packets"] for e in run["engines"]),
         f"{len(run['engines'])} engines carried traffic"),
    ]
    return [{"ok": bool(ok), "text": text} for ok, text in checks]


def summary(run):
    """What goes into summary.json."""
    return {
        "ok": all(c["ok"] for c in run["checks"]),
        "requests": sum(c["requests"] for c in run["clients"]),
        "failures": sum(c["failed"] for c in run["clients"]),
        "bytes": sum(c["bytes"] for c in run["clients"]),
        "clients": run["clients"], "engines": run["engines"], "ledger": run["ledger"],
        "checks": run["checks"], "facts": run["facts"],
    }

#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# fake_vfleetd.py - answers the vfleet command with canned JSON
"""usage: fake_vfleetd.py SOCKET LOG

Speaks the protocol of vfleetd's socket: one JSON object per line. Every request
goes to LOG as it came, so that a test can compare it.
"""

import array
import fcntl
import json
import socketserver
import sys
import termios
import time

ENGINES = [
    {"id": 0, "pid": 4242, "core": 1, "state": "ready", "slices": 128, "busy_pct": 41.6,
     "rx_pps": 1250000, "tx_pps": 1249000.5, "flows": 31400,
     "ports": [{"name": "vc0", "side": "client"}, {"name": "vs0", "side": "server"}]},
    {"id": 1, "pid": 4243, "core": 2, "state": "ready", "slices": 128, "busy_pct": 0,
     "rx_pps": 0, "tx_pps": 0, "flows": 7,
     "ports": [{"bdf": "0000:01:10.0", "side": "client"},
               {"bdf": "0000:02:10.0", "side": "server"}]},
]

SERVICES = [
    {"name": "web", "vip": "10.1.0.10:80", "protocol": "tcp", "mode": "fullnat",
     "scheduler": "wrr", "connections": 200, "cps": 120.25, "pps": 24100, "bps": 2100000000,
     "backends": [
         {"address": "10.2.0.11:8080", "state": "up", "weight": 3, "connections": 150},
         {"address": "10.2.0.12:8080", "state": "down", "weight": 1, "connections": 50}]},
]

LOG = [
    {"id": 1, "time": "2026-01-02T03:04:05.678Z", "from": 1, "to": 2, "reason": "operator",
     "handover": "migrate", "slices_moved": 128, "flows_moved": 31400, "pause_us": 1234,
     "held": 12, "lost": 0, "reordered": 0, "duration_ms": 1534, "outcome": "done"},
    {"id": 2, "time": "2026-01-02T03:05:00.000Z", "from": 2, "to": 3, "reason": "no core left",
     "handover": "migrate", "slices_moved": 0, "flows_moved": 0, "pause_us": 0, "held": 0,
     "lost": 0, "reordered": 0, "duration_ms": 0, "outcome": "failed"},
]


def engine_stats(number):
    """Counters of one engine, different for each."""
    return {"id": number, "counters": {
        "rx": 100 + number, "tx": 90, "handed_off": 0, "punted": 2, "held": 0,
        "drops": {"short_frame": 8 + number, "no_flow": 0}}}


NAT = [{"table": "host", "direction": "inbound", "protocol": "tcp", "from": "198.51.100.1:8080",
        "to": "10.88.0.10:80", "origin": "config"}]

YAML = "fleet:\n  min: 1\n"

RESULTS = {
    ("engine", "show"): ENGINES,
    ("engine", "start"): None,  # nothing to change
    ("service", "show"): SERVICES,
    ("service", "drain"): {"service": "web", "backend": "10.2.0.11:8080", "state": "drained"},
    ("scale", "show"): {"engines": 2, "min": 1, "max": 4, "auto": True,
                        "policy": "busy", "steering": "dispatch", "handover": "migrate"},
    ("scale", "log"): LOG,
    ("mss", "show"): [{"service": "web", "side": "client", "family": "ipv4", "mss": 1460,
                       "rule": "interface-mtu", "clamped": 3, "untouched": 4, "inserted": 0,
                       "malformed": 0, "inputs": {"interface_mtu": 1500, "vlan": 7,
                                                  "vlan_mtu": None, "vlan_mss": None,
                                                  "profile_mss": 1460, "learned_mss": None},
                       "by_rule": [{"rule": "interface-mtu", "clamped": 3, "untouched": 4,
                                    "inserted": 0, "malformed": 0}]}],
    ("pmtu", "show"): [{"destination": "10.1.0.100", "side": "client", "vlan": 0, "mtu": 1400,
                        "age_s": 12, "expires_s": 588}],
    ("nat", "show"): NAT,
    ("nat", "add"): NAT,
    ("stats", "show"): {"engines": [engine_stats(n) for n in range(6)]},
    ("config", "show"): YAML,
    ("config", "check"): {"file": "a.yaml", "applied": False, "warnings": ["mss too high"]},
    ("config", "apply"): {"file": "a.yaml", "applied": True},
    ("flow", "show"): [{"service": "web", "protocol": "tcp", "client": "10.1.0.100:%d" % n,
                        "vip": "10.1.0.10:80", "snat": "10.2.0.2:%d" % n,
                        "server": "10.2.0.11:8080", "state": "established", "slice": n % 256,
                        "idle_ms": 20, "timeout_ms": 7440000} for n in range(1024, 41024)],
    ("flow", "count"): {"flows": 40000, "room_ipv4": 65536, "room_ipv6": 16384},
}

EVENTS = [
    {"time": 1767323045.678, "event": "scale_done", "message": "1 -> 2 engines", "to": 2},
    {"time": 1767323046, "event": "backend_down",
     "message": "web: 10.2.0.12:8080 is \x1b[31mdown"},
]


def answers(request):
    """The lines that answer one request."""
    key = (request["noun"], request["verb"])
    if key[0] == "monitor":
        return EVENTS
    if key == ("engine", "stop"):
        return [{"error": "there is no engine 9", "errno": "ENOENT"}]
    if key == ("scale", "to"):
        if request["args"] == ["3"]:
            return [{"progress": "engine 2 is ready"}, {"progress": "moved 85 slices"},
                    {"result": {**LOG[0], "id": 3, "from": 2, "to": 3}}]
        return [{"error": "the configuration allows 1 to 4 engines", "errno": "ERANGE"}]
    if key == ("scale", "auto"):
        return []  # the connection closes without an answer
    if key == ("service", "enable"):
        return [{"greeting": "hello"}]
    return [{"result": RESULTS[key]}]


def unread(connection):
    """Bytes that the other end has not read yet."""
    count = array.array("i", [0])
    fcntl.ioctl(connection, termios.TIOCOUTQ, count)
    return count[0]


class Handler(socketserver.StreamRequestHandler):
    """One connection, one request."""

    def handle(self):
        line = self.rfile.readline()
        with open(sys.argv[2], "ab") as log:
            log.write(line)
        text = b"".join(json.dumps(answer).encode() + b"\n"
                        for answer in answers(json.loads(line)))
        # Cut where it hurts: in the last line, and only once the first part was read.
        cut = len(text) - 5
        self.wfile.write(text[:cut])
        while unread(self.connection):
            time.sleep(0.001)
        self.wfile.write(text[cut:])


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    socketserver.ThreadingUnixStreamServer.daemon_threads = True
    with socketserver.ThreadingUnixStreamServer(sys.argv[1], Handler) as server:
        server.serve_forever()

#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# mss_syns.py - SYNs that no honest host sends, made with scapy, for test_syns
#
# usage: mss_syns.py SEED COUNT
#
# Writes COUNT frames, each after its length in two bytes, to the VIP of the unit
# tests' fleet. IP lengths and all checksums are right; options are anything: several
# MSS, lengths of 0, 1, 3 and 255, an end in the middle, options that run past the
# header, headers that are full, a data offset that cuts an option, data behind.

import random
import struct
import sys

from scapy.all import IP, TCP, Ether, IPv6, Raw, raw


def mss(rnd):
    size = rnd.choice([0, 1, 87, 88, 535, 536, 537, 999, 1000, 1001, 1220, 1460, 8960, 65535])
    return b"\x02\x04" + struct.pack("!H", size)


GOOD = [
    mss, mss, mss,
    lambda rnd: b"\x01" * rnd.randint(1, 4),
    lambda rnd: b"\x03\x03" + bytes([rnd.randint(0, 14)]),
    lambda rnd: b"\x04\x02",
    lambda rnd: b"\x08\x0a" + rnd.randbytes(8),
    lambda rnd: b"\x22" + bytes([2 + 8]) + rnd.randbytes(8),  # fast open
    lambda rnd: b"\xfe\x06" + rnd.randbytes(4),
]
BAD = [
    lambda rnd: b"\x02" + bytes([rnd.choice([0, 1, 2, 3, 5, 6, 40, 255])]) + rnd.randbytes(2),
    lambda rnd: bytes([rnd.randint(2, 255), rnd.choice([0, 1, 255])]),
    lambda rnd: b"\x00" + mss(rnd),  # what is behind the end is nobody's
    lambda rnd: rnd.randbytes(rnd.randint(1, 8)),
]


def options(rnd):
    kinds = GOOD + BAD if rnd.random() < 0.5 else GOOD
    data = b"".join(rnd.choice(kinds)(rnd) for _ in range(rnd.randint(0, 6)))
    if rnd.random() < 0.15:  # a full header
        data += b"\x01" * 40
    data = data[:rnd.choice([40, 40, 40, 36])]
    if rnd.random() < 0.3:  # without padding: the last option is cut off
        return data[:len(data) & ~3]
    return data + bytes(-len(data) % 4)


# What scapy makes of a list of options by itself.
LISTS = [
    [("MSS", 1460), ("SAckOK", b""), ("Timestamp", (1, 0)), ("NOP", None), ("WScale", 7)],
    [("NOP", None), ("MSS", 9000), ("MSS", 400)],
    [("EOL", None), ("MSS", 1460)],
    [("WScale", 3), ("NOP", None), ("SAckOK", b"")],
    [],
]


def frame(rnd, port):
    if rnd.random() < 0.5:
        ip = IP(src="10.0.5.5", dst="10.0.0.100", id=port, ttl=rnd.randint(2, 255))
    else:
        ip = IPv6(src="fd00::55", dst="fd00::100", fl=rnd.randrange(1 << 20))
    ip = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:c1:00") / ip
    data = rnd.randbytes(rnd.choice([0, 0, 0, 1, 2, 100, 101, 1399]))
    tcp = TCP(sport=port, dport=80, flags="S", seq=rnd.getrandbits(32),
              window=rnd.getrandbits(16), urgptr=rnd.choice([0, 0, 0, 7]))
    if rnd.random() < 0.2:
        tcp.options = rnd.choice(LISTS)
        return raw(ip / tcp / Raw(data))
    head = options(rnd)
    tcp.dataofs = 5 + len(head) // 4
    if rnd.random() < 0.1 and tcp.dataofs > 5:  # the header ends inside the options
        tcp.dataofs -= 1
    return raw(ip / tcp / Raw(head + data))


def main():
    rnd = random.Random(int(sys.argv[1]))
    for i in range(int(sys.argv[2])):
        data = frame(rnd, 1024 + i % 60000)
        sys.stdout.buffer.write(struct.pack("!H", len(data)) + data)


main()

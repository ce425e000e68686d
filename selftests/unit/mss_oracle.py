#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# mss_oracle.py - rows of the MSS rule, each with its answer, for test_mss
#
# usage: mss_oracle.py SEED COUNT
#
# One row a line: interface MTU, VLAN MTU, VLAN MSS, profile MSS, family, encap,
# learned MSS, path MTU, then the MSS and the rule. Written from the design's
# table, not from mss.c: all candidates first, then the smallest, the first of equals.

import random
import sys

RULES = ["interface-mtu", "vlan-mtu", "vlan-mss", "profile", "learned", "encap", "path-mtu"]


def answer(interface, vlan_mtu, vlan_mss, profile, family, encap, learned, path):
    headers, least = (40, 68) if family == 4 else (60, 1280)
    link = min(interface, vlan_mtu or interface)
    values = [(interface, interface - headers),
              (vlan_mtu, vlan_mtu - headers),
              (vlan_mss, vlan_mss),
              (profile, profile),
              (learned, learned),
              (encap, link - encap - headers),
              (path, max(max(path, least) - encap - headers, 88))]
    return min((max(v, 0), i) for i, (given, v) in enumerate(values) if given)


def near(rnd, usual):
    """A usual value or one beside it, so that ties and neighbours come up."""
    return max(rnd.choice(usual) + rnd.choice([-1, 0, 0, 0, 1]), 0)


def main():
    rnd = random.Random(int(sys.argv[1]))
    mtus = [68, 128, 500, 576, 1280, 1400, 1500, 4000, 9000, 9216]
    sizes = [88, 460, 536, 1000, 1220, 1440, 1460, 4000, 8940, 8960]
    for _ in range(int(sys.argv[2])):
        family = rnd.choice([4, 6])
        row = [min(near(rnd, mtus[-4:] if family == 6 else mtus), 9216) or 68,
               near(rnd, [0, 0] + mtus), near(rnd, [0, 0] + sizes), near(rnd, [0, 0] + sizes),
               family, rnd.choice([0, 0, 20, 32, 40, 52]),
               near(rnd, [0, 0, 0] + sizes), near(rnd, [0, 0, 0] + mtus)]
        if rnd.random() < 0.3:  # anything at all
            row = [rnd.randint(68, 9216), rnd.randint(0, 9216), rnd.randint(0, 9216),
                   rnd.randint(0, 9216), family, rnd.randint(0, 60), rnd.randint(0, 9216),
                   rnd.randint(0, 65535)]
        mss, rule = answer(*row)
        print(*row, mss, RULES[rule])


main()

#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# containers.sh - EVENTS (300) starts, stops and deaths of containers at random, under load
# timeout: 5400

EVENTS=${EVENTS:-300} exec bash "$(dirname "$(readlink -f "$0")")/../netns/container-crash.sh"

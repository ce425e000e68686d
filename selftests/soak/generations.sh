#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# generations.sh - EVENTS (200) random changes of whole sets under mixed load
# timeout: 2400

export EVENTS=${EVENTS:-200} MEGABYTES=${MEGABYTES:-100}
exec bash "$(dirname "$(readlink -f "$0")")/../netns/stress-generations.sh"

#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# generations.sh - EVENTS (200) random changes of whole sets under mixed load with
# STRESS_CONNECTS (1000) new connections a second
# timeout: 2400

export EVENTS=${EVENTS:-200} MEGABYTES=${MEGABYTES:-100} STRESS_CONNECTS=${STRESS_CONNECTS:-1000}
exec bash "$(dirname "$(readlink -f "$0")")/../netns/stress-generations.sh"

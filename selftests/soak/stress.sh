#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# stress.sh - EVENTS (200) random scale events under mixed load with STRESS_CONNECTS (1000)
# new connections a second
# timeout: 1200

export EVENTS=${EVENTS:-200} STRESS_CONNECTS=${STRESS_CONNECTS:-1000}
exec bash "$(dirname "$(readlink -f "$0")")/../netns/stress.sh"

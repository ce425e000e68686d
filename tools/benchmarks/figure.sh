# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# figure.sh - one figure of a benchmark, as the C benchmarks print and write it
#
# Sourced with BENCH, the benchmark's name, and JSON, the file to add to.

# figure CASE METRIC UNIT VALUES...: the median of the values counts
figure()
{
	local name=$1 metric=$2 unit=$3

	shift 3
	printf '%s\n' "$@" | sort -n | awk -v b="$BENCH" -v c="$name" -v m="$metric" -v u="$unit" \
		-v json="$JSON" '
		{ v[NR] = $1 }
		END {
			p50 = v[int(NR / 2) + 1]
			printf "%-7s %-14s %-20s %10.1f %-12s (%.1f .. %.1f, %u runs)\n",
				b, c, m, p50, u, v[1], v[NR], NR
			printf "{\"bench\": \"%s\", \"case\": \"%s\", \"metric\": \"%s\", " \
				"\"value\": %.2f, \"unit\": \"%s\", \"runs\": %u, " \
				"\"min\": %.2f, \"max\": %.2f}\n", b, c, m, p50, u, NR, v[1],
				v[NR] >>json
		}'
}

// SPDX-License-Identifier: BSD-3-Clause
/* lanes.c - one sample of the fleet as a page of text */
#include "lanes.h"

#include <string.h>
#include <time.h>

#include "table.h"

#define LINE_BYTES  512
#define BAR_AT	    20 /* column where the bar begins */
#define BAR_MIN	    8
#define BAR_MAX	    60
#define LANE_BESIDE 60 /* columns of a lane that are not its bar */
#define BUSY_HIGH   85 /* per cent: from here on an engine may miss packets */
#define BUSY_MUCH   60

#define GREEN	    "\033[32m"
#define YELLOW	    "\033[33m"
#define RED	    "\033[31m"
#define BOLD	    "\033[1m"
#define PLAIN	    "\033[0m"

struct page {
	FILE *out;
	const struct lanes_style *style;
	unsigned rows; /* written */
};

static bool has_room(const struct page *p, unsigned rows)
{
	return !p->style->rows || p->rows + rows <= p->style->rows;
}

/* A line of plain text, cut at the edge; nothing when the page is full. */
static void put_line(struct page *p, bool title, const char *text)
{
	bool bold = title && p->style->colours;

	if (!has_room(p, 1))
		return;
	fprintf(p->out, "%s%.*s%s\n", bold ? BOLD : "", (int)p->style->columns,
		text, bold ? PLAIN : "");
	p->rows++;
}

static long long whole(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static const char *text(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value ? value : "";
}

/* "3 engines of 1..4, auto on by threshold, moves slices     12:34:56" */
static void put_head(struct page *p, const json_t *scale)
{
	bool automatic = json_is_true(json_object_get(scale, "auto"));
	const char *status = text(scale, "status");
	char line[LINE_BYTES], clock[16];
	time_t now = time(NULL);
	struct tm tm;

	strftime(clock, sizeof(clock), "%H:%M:%S", localtime_r(&now, &tm));
	snprintf(line, sizeof(line),
		 "%s  %lld engine%s of %lld..%lld, auto %s%s%s%s", clock,
		 whole(scale, "engines"),
		 whole(scale, "engines") == 1 ? "" : "s", whole(scale, "min"),
		 whole(scale, "max"), automatic ? "on, " : "off",
		 automatic ? text(scale, "policy") : "", *status ? "; " : "",
		 status);
	put_line(p, true, line);
}

/* A bar of so many columns: whole cells, and the last one in eighths. */
static void put_bar(struct page *p, double pct, unsigned columns)
{
	static const char *const eighths[] = { " ", "▏", "▎", "▍",
					       "▌", "▋", "▊", "▉" };
	double part = pct < 0 ? 0 : pct > 100 ? 1 : pct / 100;
	unsigned steps = (unsigned)(part * columns * 8 + 0.5);
	const char *colour = pct >= BUSY_HIGH ? RED :
			     pct >= BUSY_MUCH ? YELLOW :
						GREEN;

	fputs(p->style->colours ? colour : "", p->out);
	for (unsigned i = 0; i < columns; i++) {
		unsigned filled = steps > 8 * i ? steps - 8 * i : 0;

		if (filled >= 8)
			fputs(p->style->blocks ? "█" : "#", p->out);
		else if (p->style->blocks)
			fputs(filled ? eighths[filled] : "·", p->out);
		else
			fputc(filled >= 4 ? '#' : '.', p->out);
	}
	fputs(p->style->colours ? PLAIN : "", p->out);
}

/* What the other columns leave; on a narrow terminal they are cut instead. */
static unsigned bar_columns(const struct page *p)
{
	unsigned columns = p->style->columns;

	if (columns < BAR_AT + BAR_MIN)
		return columns > BAR_AT ? columns - BAR_AT : 0;
	if (columns < LANE_BESIDE + BAR_MIN)
		return BAR_MIN;
	columns -= LANE_BESIDE;
	return columns < BAR_MAX ? columns : BAR_MAX;
}

static void cell(const json_t *row, const char *key, enum unit unit, char *out)
{
	table_cell(table_value(row, key), unit, out, CELL_BYTES);
}

/* Text from a column of the line on, cut at the edge. */
static void put_from(const struct page *p, unsigned column, const char *text)
{
	unsigned columns = p->style->columns;

	if (columns > column)
		fprintf(p->out, "%.*s", (int)(columns - column), text);
}

static void put_lane(struct page *p, const json_t *engine)
{
	char busy[CELL_BYTES], slices[CELL_BYTES], flows[CELL_BYTES];
	char rx[CELL_BYTES], tx[CELL_BYTES], line[LINE_BYTES];
	unsigned bar = bar_columns(p);

	if (!has_room(p, 1))
		return;
	cell(engine, "busy_pct", UNIT_PERCENT, busy);
	cell(engine, "slices", UNIT_NONE, slices);
	cell(engine, "flows", UNIT_COUNT, flows);
	cell(engine, "rx_pps", UNIT_COUNT, rx);
	cell(engine, "tx_pps", UNIT_COUNT, tx);
	snprintf(line, sizeof(line), "%3lld %4lld  %-8.8s  ",
		 whole(engine, "id"), whole(engine, "core"),
		 text(engine, "state"));
	put_from(p, 0, line);
	put_bar(p, json_number_value(json_object_get(engine, "busy_pct")), bar);
	snprintf(line, sizeof(line), " %5.5s %7.7s %7.7s %8.8s %8.8s", busy,
		 slices, flows, rx, tx);
	put_from(p, BAR_AT + bar, line);
	fputc('\n', p->out);
	p->rows++;
}

static void put_engines(struct page *p, const json_t *engines)
{
	char line[LINE_BYTES];
	const json_t *e;
	size_t i;

	snprintf(line, sizeof(line), "%3s %4s  %-8s  %-*s %5s %7s %7s %8s %8s",
		 "ID", "CORE", "STATE", (int)bar_columns(p), "LOAD", "BUSY",
		 "SLICES", "FLOWS", "RX PPS", "TX PPS");
	put_line(p, true, line);
	json_array_foreach(engines, i, e) {
		put_lane(p, e);
	}
	if (!i)
		put_line(p, false, "no engines");
}

/* Index of the service with most packets that is not shown yet; -1: none. */
static int busiest(const json_t *services, const bool *shown)
{
	double most = -1;
	int best = -1;
	const json_t *s;
	size_t i;

	json_array_foreach(services, i, s) {
		double pps = json_number_value(json_object_get(s, "pps"));

		if (i >= LINE_BYTES || shown[i] || pps <= most)
			continue;
		most = pps;
		best = (int)i;
	}
	return best;
}

static void put_services(struct page *p, const json_t *services, unsigned rows)
{
	unsigned n = (unsigned)json_array_size(services);
	bool shown[LINE_BYTES] = { false };
	char line[LINE_BYTES];

	snprintf(line, sizeof(line), "%-16s %-28s %9s %9s %12s", "SERVICE",
		 "VIP", "CONNS", "NEW/S", "PPS");
	put_line(p, true, line);
	for (unsigned i = 0; i < n && i + 1 < rows; i++) {
		char conns[CELL_BYTES], cps[CELL_BYTES], pps[CELL_BYTES];
		int at = busiest(services, shown);
		const json_t *s;

		if (at < 0)
			return;
		shown[at] = true;
		s = json_array_get(services, (size_t)at);
		cell(s, "connections", UNIT_COUNT, conns);
		cell(s, "cps", UNIT_COUNT, cps);
		cell(s, "pps", UNIT_COUNT, pps);
		snprintf(line, sizeof(line),
			 "%-16.16s %-28.28s %9.9s %9.9s %12.12s",
			 text(s, "name"), text(s, "vip"), conns, cps, pps);
		put_line(p, false, line);
	}
}

/* "2026-11-23T06:20:00.123Z" as a local clock */
static void event_clock(const json_t *event, char *out, size_t bytes)
{
	struct tm tm = { 0 };
	time_t when;

	if (!strptime(text(event, "time"), "%Y-%m-%dT%H:%M:%S", &tm)) {
		snprintf(out, bytes, "-");
		return;
	}
	when = timegm(&tm);
	strftime(out, bytes, "%H:%M:%S", localtime_r(&when, &tm));
}

static void put_event(struct page *p, const json_t *e)
{
	char line[LINE_BYTES], clock[16], pause[CELL_BYTES], size[32];

	event_clock(e, clock, sizeof(clock));
	cell(e, "pause_us", UNIT_US, pause);
	snprintf(size, sizeof(size), "%lld->%lld", whole(e, "from"),
		 whole(e, "to"));
	snprintf(line, sizeof(line), "%-8s %-6s %-7.7s %6lld %8s %5lld  %s",
		 clock, size, text(e, "outcome"), whole(e, "slices_moved"),
		 pause, whole(e, "lost"), text(e, "reason"));
	put_line(p, false, line);
}

/* The newest first: what is cut off is old. */
static void put_events(struct page *p, const json_t *events)
{
	size_t n = json_array_size(events);
	char line[LINE_BYTES];

	snprintf(line, sizeof(line), "%-8s %-6s %-7s %6s %8s %5s  %s", "EVENT",
		 "SIZE", "OUTCOME", "SLICES", "PAUSE", "LOST", "WHY");
	put_line(p, true, line);
	if (!n)
		put_line(p, false, "no scale events yet");
	while (n--)
		put_event(p, json_array_get(events, n));
}

/* How many rows the services get, title included, of what the engines leave: all they
 * need, if a title and four events fit beside them, at least half. */
static unsigned service_rows(const struct page *p, const json_t *services)
{
	unsigned need = (unsigned)json_array_size(services) + 1, left;

	if (!p->style->rows)
		return need;
	if (!has_room(p, 4))
		return 0;
	left = p->style->rows - p->rows - 2; /* blank lines */
	if (need + 5 <= left)
		return need;
	return left > 10 ? left - 5 : left / 2;
}

void lanes_write(FILE *out, const struct lanes_style *style,
		 const json_t *sample)
{
	const json_t *services = json_object_get(sample, "services");
	struct page p = { .out = out, .style = style };
	unsigned rows;

	put_head(&p, json_object_get(sample, "scale"));
	put_line(&p, false, "");
	put_engines(&p, json_object_get(sample, "engines"));
	rows = service_rows(&p, services);
	put_line(&p, false, "");
	if (rows) {
		put_services(&p, services, rows);
		put_line(&p, false, "");
	}
	put_events(&p, json_object_get(sample, "events"));
}

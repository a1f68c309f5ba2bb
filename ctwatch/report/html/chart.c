/* SPDX-License-Identifier: Apache-2.0 */
/* chart: the drawings of the HTML report, in SVG. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "report/html/html.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/time.h>

/* ---- findings by severity ---- */

void
html_chart_severity(const struct html_page *p)
{
	size_t total = p->sum.n_fresh + p->sum.n_older;
	struct buf *out = p->out;
	double x = 0;

	if (total == 0)
		return;
	buf_add_text(out,
	    "<div class=mix><svg viewBox=\"0 0 100 2\" "
	    "preserveAspectRatio=none role=img aria-label=\"Findings by "
	    "severity\">");
	for (int s = RULES_CRITICAL; s >= RULES_NOTE; s--) {
		size_t n = p->sum.fresh[s] + p->sum.older[s];
		double w = 100.0 * (double)n / (double)total;

		if (n > 0)
			buf_printf(out,
			    "<rect class=c-%s x=%.2f y=0 width=%.2f height=2>"
			    "</rect>",
			    rules_severity_word((enum rules_severity)s), x,
			    w > 0.5 ? w - 0.2 : w);
		x += w;
	}
	buf_add_text(out, "</svg><ul class=key>");
	for (int s = RULES_CRITICAL; s >= RULES_NOTE; s--) {
		size_t n = p->sum.fresh[s] + p->sum.older[s];
		const char *word = rules_severity_word((enum rules_severity)s);

		if (n > 0)
			buf_printf(out,
			    "<li class=%s><a href=\"#%s\">%zu %s</a></li>",
			    word, word, n, word);
	}
	buf_add_text(out, "</ul></div>\n");
}

/* ---- issuance over time ---- */

#define LANES_MAX 40
#define BARS_MAX  4000

/* Geometry, in units of the drawing. */
#define LABEL_WIDTH 330
#define CHART_WIDTH 1080
#define LANE_HEIGHT 22
#define AXIS_HEIGHT 26

/* Maximum bytes of a name and of a pin's id that fit there. */
#define NAME_MAX_SHOWN 26
#define KEY_MAX        16

/* The window: this much before and after the reference time at most. */
#define PAST   (540 * TIME_DAY)
#define FUTURE (400 * TIME_DAY)

/* One name with one key. */
struct lane {
	const char *name, *spki;
	size_t name_order, order;
};

/* One certificate and its lane; SIZE_MAX if none.  Texts are owned. */
struct bar {
	char *name, *spki;
	size_t lane;
	int64_t from, to, seen; /* ms */
	const char *class;      /* a severity, or expected; static */
	char *rule;             /* of the finding, or "" */
	char *not_before, *not_after;
};

struct timeline {
	struct lane lanes[LANES_MAX];
	size_t n_lanes;
	struct bar *bars;
	size_t n_bars;
	size_t left_out,
	    outside; /* because of the number of lanes; of the window */
	int64_t lo, hi;
};

static size_t
lane_of(struct timeline *t, const char *name, const char *spki)
{
	struct lane *lane = t->lanes;
	size_t order = t->n_lanes;

	for (size_t i = 0; i < t->n_lanes; i++) {
		if (strcmp(lane[i].name, name) != 0)
			continue;
		if (strcmp(lane[i].spki, spki) == 0)
			return i;
		if (lane[i].name_order < order)
			order = lane[i].name_order;
	}
	if (t->n_lanes == LANES_MAX)
		return SIZE_MAX;
	lane[t->n_lanes] = (struct lane){ name, spki, order, t->n_lanes };
	return t->n_lanes++;
}

static void
add_bar(struct timeline *t, const json_t *json, const json_t *cert,
    const char *name, const char *class)
{
	if (!json_is_object(cert) || *name == '\0')
		return;
	if (t->n_bars == BARS_MAX) {
		t->left_out++;
		return;
	}
	t->bars = mem_grow(t->bars, t->n_bars, sizeof *t->bars);
	t->bars[t->n_bars++] = (struct bar){ .name = mem_strdup(name),
		.spki = mem_strdup(report_json_text(cert, "spki_sha256")),
		.lane = SIZE_MAX,
		.from = report_json_time(cert, "not_before"),
		.to = report_json_time(cert, "not_after"),
		.seen = report_json_time(
		    report_json_item(json, "sightings", 0), "timestamp"),
		.class = class,
		.rule = mem_strdup(report_json_text(json, "rule")),
		.not_before = mem_strdup(report_json_text(cert, "not_before")),
		.not_after = mem_strdup(report_json_text(cert, "not_after")) };
}

/* Findings first, so that they get lanes before expected certificates. */
static void
collect(const struct html_page *p, struct timeline *t)
{
	struct report_walk w = report_walk(p->r, STORE_ITEM_FINDING);

	while (report_walk_next(&w)) {
		const json_t *v;

		if (!report_walk_is_live(&w))
			continue;
		v = report_walk_json(&w);
		add_bar(t, v, report_json_at(v, "certificate"),
		    report_json_about(v), rules_severity_word(w.severity));
	}
	w = report_walk(p->r, STORE_ITEM_EXPECTED);
	while (report_walk_next(&w)) {
		const json_t *v = report_walk_json(&w);

		add_bar(t, v, v,
		    report_json_count(v, "names") > 0
		        ? report_json_item_text(v, "names", 0)
		        : report_json_item_text(v, "addresses", 0),
		    "expected");
	}
}

/*
 * Choose the time window: around the run, or, if no certificate reaches it (an
 * archived log), around the last certificate.
 */
static void
choose_window(struct timeline *t, int64_t now)
{
	int64_t first = INT64_MAX, last = INT64_MIN, end = INT64_MIN, about;

	for (size_t i = 0; i < t->n_bars; i++) {
		const struct bar *b = &t->bars[i];

		first = b->from < first ? b->from : first;
		last = b->from > last ? b->from : last;
		end = b->to > end ? b->to : end;
	}
	about = now > last + FUTURE ? last : now;
	end = about == now && end < now ? now : end;
	t->lo = first > about - PAST ? first : about - PAST;
	t->hi = end < about + FUTURE ? end : about + FUTURE;
	t->lo -= (t->hi - t->lo) / 50 + TIME_DAY;
	t->hi += (t->hi - t->lo) / 50 + TIME_DAY;
}

/* Assign lanes to the certificates in the window. */
static void
place(struct timeline *t)
{
	for (size_t i = 0; i < t->n_bars; i++) {
		struct bar *b = &t->bars[i];

		if (b->to <= t->lo || b->from >= t->hi) {
			t->outside++;
			continue;
		}
		b->lane = lane_of(t, b->name, b->spki);
		t->left_out += b->lane == SIZE_MAX;
	}
}

static double
x_of(const struct timeline *t, int64_t time)
{
	const double width = CHART_WIDTH - LABEL_WIDTH;

	if (time <= t->lo)
		return LABEL_WIDTH;
	if (time >= t->hi)
		return CHART_WIDTH;
	return LABEL_WIDTH +
	    width * (double)(time - t->lo) / (double)(t->hi - t->lo);
}

static void
add_axis(struct buf *out, const struct timeline *t, int64_t now)
{
	static const char month[][4] = { "Jan", "Feb", "Mar", "Apr", "May",
		"Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	int64_t months = (t->hi - t->lo) / (30 * TIME_DAY) + 1;
	int step = months <= 14 ? 1 : months <= 28 ? 2 : months <= 60 ? 6 : 12;
	int bottom = AXIS_HEIGHT + (int)t->n_lanes * LANE_HEIGHT;
	char text[TIME_TEXT];
	int64_t year;

	time_format(t->lo, text);
	year = strtoll(text, NULL, 10);
	for (int m = 0; m < 12 * 40; m += step) {
		int64_t at = time_days(year + m / 12, m % 12 + 1, 1) * TIME_DAY;

		if (at <= t->lo)
			continue;
		if (at >= t->hi)
			break;
		buf_printf(out,
		    "<path class=grid d=\"M%.1f %dV%d\"></path>"
		    "<text x=%.1f y=14>%s",
		    x_of(t, at), AXIS_HEIGHT - 6, bottom, x_of(t, at) + 3,
		    month[m % 12]);
		if (m % 12 == 0 || step >= 6)
			buf_printf(out, " %" PRId64, year + m / 12);
		buf_add_text(out, "</text>");
	}
	if (now > t->lo && now < t->hi)
		buf_printf(out, "<path class=now d=\"M%.1f %dV%d\"></path>",
		    x_of(t, now), AXIS_HEIGHT - 6, bottom);
}

/* The id of the key's pin, else the beginning of its digest. */
static void
add_key(struct buf *out, const json_t *doc, const char *spki)
{
	size_t i;
	json_t *pin;

	json_array_foreach(report_json_at(doc, "pins"), i, pin)
		if (strcmp(report_json_text(pin, "spki") + strlen("sha256/"),
		        spki) == 0) {
			html_label(out, report_json_text(pin, "id"), KEY_MAX);
			return;
		}
	html_label(out, spki, KEY_MAX);
}

static void
add_lane(const struct html_page *p, const struct timeline *t, size_t lane,
    int y, bool named)
{
	const struct lane *l = &t->lanes[lane];
	struct buf *out = p->out;

	if (named) {
		buf_printf(out,
		    "<path class=grid d=\"M0 %dH%d\"></path>"
		    "<text class=name x=0 y=%d>",
		    y, CHART_WIDTH, y + 15);
		html_label(out, l->name, NAME_MAX_SHOWN);
		buf_add_text(out, "</text>");
	}
	buf_printf(
	    out, "<text x=%d y=%d text-anchor=end>", LABEL_WIDTH - 10, y + 15);
	add_key(out, p->doc, l->spki);
	buf_add_text(out, "</text>");
	for (size_t i = 0; i < t->n_bars; i++) {
		const struct bar *b = &t->bars[i];
		double from = x_of(t, b->from), to = x_of(t, b->to);

		if (b->lane != lane)
			continue;
		buf_add_text(out, "<g><title>");
		html_text(out, l->name);
		buf_printf(out, ": %s%s%s, ", b->class,
		    *b->rule != '\0' ? ", " : "", b->rule);
		buf_printf(out,
		    "%.10s to %.10s</title><rect class=\"valid c-%s\" x=%.1f "
		    "y=%d width=%.1f height=8 rx=4></rect>",
		    b->not_before, b->not_after, b->class, from, y + 7,
		    to - from > 2 ? to - from : 2);
		if (b->seen > t->lo && b->seen < t->hi)
			buf_printf(out,
			    "<circle class=c-%s cx=%.1f cy=%d r=5></circle>",
			    b->class, x_of(t, b->seen), y + 11);
		buf_add_text(out, "</g>");
	}
}

static int
compare_lanes(const void *a, const void *b)
{
	const struct lane *x = a, *y = b;

	if (x->name_order != y->name_order)
		return x->name_order < y->name_order ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

/* Put the keys of one name together; bars follow their lane. */
static void
sort_lanes(struct timeline *t)
{
	size_t moved[LANES_MAX] = { 0 };

	qsort(t->lanes, t->n_lanes, sizeof *t->lanes, compare_lanes);
	for (size_t i = 0; i < t->n_lanes; i++)
		moved[t->lanes[i].order] = i;
	for (size_t i = 0; i < t->n_bars; i++)
		if (t->bars[i].lane != SIZE_MAX)
			t->bars[i].lane = moved[t->bars[i].lane];
}

/* 0 for an expected certificate, more for a graver finding. */
static int
gravity(const struct bar *b)
{
	enum rules_severity s;

	return rules_severity_parse(b->class, &s) ? (int)s + 1 : 0;
}

static int
compare_bars(const void *a, const void *b)
{
	const struct bar *x = a, *y = b;

	if (gravity(x) != gravity(y))
		return gravity(x) - gravity(y);
	return x->seen < y->seen ? -1 : x->seen > y->seen;
}

static void
draw(const struct html_page *p, const struct timeline *t)
{
	int y = AXIS_HEIGHT;

	buf_printf(p->out,
	    "<div class=chart><svg viewBox=\"0 0 %d %d\" role=img aria-label="
	    "\"Issuance over time by name and key\">",
	    CHART_WIDTH, AXIS_HEIGHT + (int)t->n_lanes * LANE_HEIGHT);
	add_axis(p->out, t, p->now);
	for (size_t i = 0; i < t->n_lanes; i++, y += LANE_HEIGHT)
		add_lane(p, t, i, y,
		    i == 0 ||
		        strcmp(t->lanes[i].name, t->lanes[i - 1].name) != 0);
	buf_add_text(p->out,
	    "</svg></div>\n<ul class=\"key colours\">"
	    "<li class=critical>critical</li><li class=high>high</li>"
	    "<li class=medium>medium</li><li class=low>low</li>"
	    "<li class=note>note</li><li class=expected>expected</li></ul>\n");
	buf_add_text(p->out,
	    "<p class=meta>A bar is the time for which a certificate is valid, "
	    "the dot is its first log timestamp; one row per name and key. The "
	    "dashed line is this run.");
	if (t->outside > 0)
		buf_printf(p->out,
		    " %zu certificates outside this period are not shown.",
		    t->outside);
	if (t->left_out > 0)
		buf_printf(p->out,
		    " %zu certificates of further names and keys are not "
		    "shown.",
		    t->left_out);
	buf_add_text(p->out, "</p>\n");
}

void
html_chart_timeline(const struct html_page *p)
{
	struct timeline t = { .n_lanes = 0 };

	collect(p, &t);
	if (t.n_bars > 0) {
		choose_window(&t, p->now);
		place(&t);
		sort_lanes(&t);
		/* What is drawn last covers the others. */
		qsort(t.bars, t.n_bars, sizeof *t.bars, compare_bars);
		buf_add_text(
		    p->out, "<h2 id=timeline>Issuance over time</h2>\n");
		draw(p, &t);
	}
	for (size_t i = 0; i < t.n_bars; i++) {
		free(t.bars[i].name);
		free(t.bars[i].spki);
		free(t.bars[i].rule);
		free(t.bars[i].not_before);
		free(t.bars[i].not_after);
	}
	free(t.bars);
}

/* ---- the planned use of a pin ---- */

#define ROTATION_WIDTH 150

/* The period shown, before and after the run. */
#define ROTATION_PAST   (90 * TIME_DAY)
#define ROTATION_FUTURE (400 * TIME_DAY)

static int64_t
rotation_x(int64_t now, int64_t t)
{
	int64_t since = t - now + ROTATION_PAST;

	if (since <= 0)
		return 0;
	if (since >= ROTATION_PAST + ROTATION_FUTURE)
		return ROTATION_WIDTH;
	return since * ROTATION_WIDTH / (ROTATION_PAST + ROTATION_FUTURE);
}

static void
rotation_date(struct buf *out, const char *what, const char *rfc3339)
{
	if (*rfc3339 != '\0')
		buf_printf(out, "<br>%s %.10s", what, rfc3339);
}

void
html_chart_rotation(const struct html_page *p, const json_t *pin)
{
	int64_t from = report_json_time(pin, "not_before");
	int64_t rotate = report_json_time(pin, "retire_after");
	int64_t to = report_json_time(pin, "not_after");
	int64_t x = rotation_x(p->now, from);
	int64_t end = to != 0 ? to : rotate != 0 ? rotate : INT64_MAX / 2;
	struct buf *out = p->out;

	if (from == 0 && rotate == 0 && to == 0) {
		buf_add_text(out, "&ndash;");
		return;
	}
	buf_printf(out,
	    "<svg class=rotation width=%d height=14 aria-hidden=true>"
	    "<rect class=all y=4 width=%d height=6 rx=3></rect>"
	    "<rect class=left x=%" PRId64 " y=4 width=%" PRId64
	    " height=6 rx=3></rect>",
	    ROTATION_WIDTH, ROTATION_WIDTH, x,
	    rotation_x(p->now, end) > x ? rotation_x(p->now, end) - x : 1);
	if (rotate != 0)
		buf_printf(out,
		    "<rect class=by x=%" PRId64 " width=3 height=14></rect>",
		    rotation_x(p->now, rotate) - 1);
	buf_printf(out, "<path class=now d=\"M%" PRId64 " 0V14\"></path></svg>",
	    rotation_x(p->now, p->now));
	rotation_date(out, "use from", report_json_text(pin, "not_before"));
	rotation_date(out, "rotate by", report_json_text(pin, "retire_after"));
	rotation_date(out, "ends", report_json_text(pin, "not_after"));
}

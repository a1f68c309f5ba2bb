/* SPDX-License-Identifier: Apache-2.0 */
/* inventory: the expected certificates in the HTML report. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "report/html/html.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/time.h>

#define ROWS_MAX 2000

/* Maximum number of patterns of a pin listed. */
#define PATTERNS_MAX 3

/* The certificates with the key of a pin. */
struct served {
	const char *spki; /* base64; borrowed */
	size_t n;
	int64_t not_before, not_after; /* ms: of the one that expires last */
};

/* Find the certificates of all pins; the caller frees. */
static struct served *
find_served(const struct html_page *p, size_t n_pins)
{
	struct served *v = mem_alloc(n_pins, sizeof *v);
	struct report_walk w = report_walk(p->r, STORE_ITEM_EXPECTED);

	for (size_t i = 0; i < n_pins; i++)
		v[i].spki = report_json_text(
		                report_json_item(p->doc, "pins", i), "spki") +
		    strlen("sha256/");
	while (report_walk_next(&w)) {
		const json_t *c = report_walk_json(&w);
		int64_t end = report_json_time(c, "not_after");

		for (size_t i = 0; i < n_pins; i++) {
			if (strcmp(v[i].spki,
			        report_json_text(c, "spki_sha256")) != 0)
				continue;
			if (v[i].n++ > 0 && end <= v[i].not_after)
				continue;
			v[i].not_before = report_json_time(c, "not_before");
			v[i].not_after = end;
		}
	}
	return v;
}

static void
add_pin(const struct html_page *p, const json_t *pin, const struct served *c)
{
	struct buf *out = p->out;
	size_t n_for = report_json_count(pin, "patterns");

	buf_add_text(out, "<tr><td class=t><b>");
	html_text(out, report_json_text(pin, "id"));
	buf_printf(out,
	    "</b><br><span class=mono>%s</span><td data-l=State>%s<td "
	    "data-l=For>",
	    report_json_text(pin, "spki"), report_json_text(pin, "state"));
	for (size_t i = 0; i < n_for && i < PATTERNS_MAX; i++) {
		buf_add_text(out, i > 0 ? "<br>" : "");
		html_text(out, report_json_item_text(pin, "patterns", i));
	}
	if (n_for > PATTERNS_MAX)
		buf_printf(
		    out, "<br><i>and %zu more</i>", n_for - PATTERNS_MAX);
	buf_printf(out,
	    "<td class=n data-l=Certificates>%zu<td class=k data-l=\"Newest "
	    "one\">",
	    c->n);
	if (c->n > 0)
		html_days_left(out, p->now, c->not_before, c->not_after);
	else
		buf_add_text(out, "&ndash;");
	buf_add_text(out, "<td class=k data-l=Rotation>");
	html_chart_rotation(p, pin);
	buf_add_byte(out, '\n');
}

static void
add_pins(const struct html_page *p)
{
	size_t i, n = report_json_count(p->doc, "pins");
	struct served *served;
	json_t *pin;

	if (n == 0)
		return;
	served = find_served(p, n);
	buf_add_text(p->out,
	    "<h3>Pins and their rotation</h3><div class=\"scroll "
	    "stack\"><table><thead>"
	    "<tr><th>Pin<th>State<th>For<th class=n>Certificates<th>Newest "
	    "one<th>Rotation<tbody>\n");
	json_array_foreach(report_json_at(p->doc, "pins"), i, pin)
		add_pin(p, pin, &served[i]);
	free(served);
	buf_add_text(p->out, "</table></div>\n");
	if (*report_json_text(p->doc, "run.pinset.expires") != '\0')
		buf_printf(p->out,
		    "<p>The pinset itself expires on %.10s.</p>\n",
		    report_json_text(p->doc, "run.pinset.expires"));
}

static void
add_certificate(const struct html_page *p, const json_t *c)
{
	struct buf *out = p->out;
	size_t n = report_json_count(c, "names");

	buf_add_text(out, "<tr><td class=t><b>");
	html_text(out,
	    n > 0 ? report_json_item_text(c, "names", 0)
	          : report_json_item_text(c, "addresses", 0));
	buf_add_text(out, "</b>");
	if (n > 1)
		buf_printf(out, " <i>and %zu more name%s</i>", n - 1,
		    n == 2 ? "" : "s");
	buf_add_text(out, "<td data-l=Pin>");
	html_text(out, report_json_text(c, "pin.id"));
	buf_printf(out, "<td data-l=State>%s<td class=t data-l=Issuer>",
	    report_json_text(c, "pin.state"));
	html_text(out, report_json_text(c, "issuer"));
	buf_printf(out,
	    "<td class=k data-l=\"Valid to\">%.10s<td class=k data-l=Left>",
	    report_json_text(c, "not_after"));
	html_days_left(out, p->now, report_json_time(c, "not_before"),
	    report_json_time(c, "not_after"));
	buf_add_byte(out, '\n');
}

/* The expiry, in ms, of certificate number i. */
struct expiry {
	size_t i;
	int64_t end;
};

/* Order by expiry, the next first. */
static int
compare_expiry(const void *a, const void *b)
{
	const struct expiry *x = a, *y = b;

	if (x->end != y->end)
		return x->end < y->end ? -1 : 1;
	return (x->i > y->i) - (x->i < y->i);
}

/* Return the expiry of all expected certificates, in order; the caller
 * frees. */
static struct expiry *
sort_by_expiry(const struct report *r)
{
	struct report_walk w = report_walk(r, STORE_ITEM_EXPECTED);
	size_t n = report_walk_count(r, STORE_ITEM_EXPECTED), i = 0;
	struct expiry *v = mem_alloc(n, sizeof *v);

	for (; report_walk_next(&w); i++) {
		v[i].i = i;
		report_walk_not_after(&w, &v[i].end);
	}
	qsort(v, n, sizeof *v, compare_expiry);
	return v;
}

/* Valid certificates, or expired ones. */
static void
add_rows(const struct html_page *p, const struct expiry *v, size_t n,
    bool valid, size_t *room)
{
	struct report_walk w = report_walk(p->r, STORE_ITEM_EXPECTED);

	for (size_t i = 0; i<n && * room> 0; i++) {
		if ((v[i].end >= p->now) != valid)
			continue;
		w.next = v[i].i;
		if (report_walk_next(&w))
			add_certificate(p, report_walk_json(&w));
		report_output_drain(p->style, p->out);
		--*room;
	}
	report_walk_end(&w);
}

void
html_inventory(const struct html_page *p)
{
	size_t n = report_walk_count(p->r, STORE_ITEM_EXPECTED),
	       room = ROWS_MAX;
	struct expiry *v;

	buf_add_text(p->out, "<h2 id=inventory>Inventory</h2>\n");
	add_pins(p);
	buf_printf(p->out, "<h3>Expected certificates <i>%zu</i></h3>\n", n);
	if (n == 0) {
		buf_add_text(p->out, "<p>No certificates.</p>\n");
		return;
	}
	buf_add_text(p->out,
	    "<div class=\"scroll stack\"><table><thead><tr><th>Name<th>Pin<th>"
	    "State<th>"
	    "Issuer<th>Valid to<th>Left<tbody>\n");
	v = sort_by_expiry(p->r);
	add_rows(p, v, n, true, &room);
	add_rows(p, v, n, false, &room);
	free(v);
	buf_add_text(p->out, "</table></div>\n");
	if (n > ROWS_MAX)
		buf_printf(p->out,
		    "<p><i>and %zu more: see ctwatch inventory</i></p>\n",
		    n - ROWS_MAX);
}

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

/* Find the certificate of a pin that expires last, and count them. */
static const json_t *
newest_of(const json_t *doc, const char *spki, size_t *n)
{
	const json_t *best = NULL;
	size_t i;
	json_t *c;

	*n = 0;
	json_array_foreach(report_json_at(doc, "expected"), i, c) {
		if (strcmp(report_json_text(c, "spki_sha256"), spki) != 0)
			continue;
		++*n;
		if (best == NULL ||
		    report_json_time(c, "not_after") >
		        report_json_time(best, "not_after"))
			best = c;
	}
	return best;
}

static void
add_pin(const struct html_page *p, const json_t *pin)
{
	const char *spki = report_json_text(pin, "spki");
	struct buf *out = p->out;
	size_t n, n_for = report_json_count(pin, "patterns");
	const json_t *cert;

	cert = newest_of(p->doc, spki + strlen("sha256/"), &n);
	buf_add_text(out, "<tr><td class=t><b>");
	html_text(out, report_json_text(pin, "id"));
	buf_printf(out,
	    "</b><br><span class=mono>%s</span><td data-l=State>%s<td "
	    "data-l=For>",
	    spki, report_json_text(pin, "state"));
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
	    n);
	if (cert != NULL)
		html_days_left(out, p->now,
		    report_json_time(cert, "not_before"),
		    report_json_time(cert, "not_after"));
	else
		buf_add_text(out, "&ndash;");
	buf_add_text(out, "<td class=k data-l=Rotation>");
	html_chart_rotation(p, pin);
	buf_add_byte(out, '\n');
}

static void
add_pins(const struct html_page *p)
{
	size_t i;
	json_t *pin;

	if (report_json_count(p->doc, "pins") == 0)
		return;
	buf_add_text(p->out,
	    "<h3>Pins and their rotation</h3><div class=\"scroll "
	    "stack\"><table><thead>"
	    "<tr><th>Pin<th>State<th>For<th class=n>Certificates<th>Newest "
	    "one<th>Rotation<tbody>\n");
	json_array_foreach(report_json_at(p->doc, "pins"), i, pin)
		add_pin(p, pin);
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

/* Order by expiry, the next first. */
static int
compare_expiry(const void *a, const void *b)
{
	int64_t x = report_json_time(*(json_t *const *)a, "not_after");
	int64_t y = report_json_time(*(json_t *const *)b, "not_after");

	return (x > y) - (x < y);
}

/* Valid certificates, or expired ones. */
static void
add_rows(const struct html_page *p, json_t *const *v, size_t n, bool valid,
    size_t *room)
{
	for (size_t i = 0; i<n && * room> 0; i++)
		if ((report_json_time(v[i], "not_after") >= p->now) == valid) {
			add_certificate(p, v[i]);
			--*room;
		}
}

void
html_inventory(const struct html_page *p)
{
	size_t i, n = report_json_count(p->doc, "expected"), room = ROWS_MAX;
	json_t **v, *c;

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
	v = mem_alloc(n, sizeof *v);
	json_array_foreach(report_json_at(p->doc, "expected"), i, c)
		v[i] = c;
	qsort(v, n, sizeof *v, compare_expiry);
	add_rows(p, v, n, true, &room);
	add_rows(p, v, n, false, &room);
	free(v);
	buf_add_text(p->out, "</table></div>\n");
	if (n > ROWS_MAX)
		buf_printf(p->out,
		    "<p><i>and %zu more: see ctwatch inventory</i></p>\n",
		    n - ROWS_MAX);
}

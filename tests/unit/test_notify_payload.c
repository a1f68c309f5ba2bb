/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <jansson.h>

#include "notify/payload.h"

#include "../support/test.h"

/* The example of the Standard Webhooks specification. */
static void
signs_as_standard_webhooks_do(void)
{
	char signature[NOTIFY_PAYLOAD_SIGNATURE];

	notify_payload_sign(bytes_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
	    "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330",
	    bytes_of("{\"test\": 2432232314}"), signature);
	CHECK(strcmp(signature,
	          "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=") == 0);
}

/* Python: base64.b64encode(hmac.digest(b"k" * N, b"a.1.b", "sha256")) */
static void
signs_with_plain_and_long_secrets(void)
{
	static const struct {
		size_t n;
		const char *want;
	} cases[] = {
		{ 5, "v1,pNlrlTbKhjVeffQDkzMBCVGCqKIUQJyT6DW1E4PNROY=" },
		{ 64, "v1,4sNFduVp/rj/T9Md4uQGceYcZE7pbjXTWWFyPdc2o3Q=" },
		{ 65, "v1,gacYNIREfeqZ2iKkCE83h9o1xXbYoaYSuoVYa9ju12M=" },
	};
	char secret[65], signature[NOTIFY_PAYLOAD_SIGNATURE];

	memset(secret, 'k', sizeof secret);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		notify_payload_sign(
		    (struct bytes){ (uint8_t *)secret, cases[i].n }, "a", "1",
		    bytes_of("b"), signature);
		CHECK(strcmp(signature, cases[i].want) == 0);
	}
}

static struct report
document(const char *json)
{
	struct report r = { .doc = json_loads(json, 0, NULL) };

	CHECK(r.doc != NULL);
	return r;
}

static void
makes_keys_that_stay_the_same(void)
{
	struct report r = document(
	    "{\"run\": {\"id\": 7, \"started\": \"2026-11-21T02:14:09Z\"}}");
	char a[NOTIFY_PAYLOAD_KEY], b[NOTIFY_PAYLOAD_KEY];

	notify_payload_key(&r, "mail:x", "digest", a);
	notify_payload_key(&r, "mail:x", "digest", b);
	CHECK(strlen(a) == NOTIFY_PAYLOAD_KEY - 1 && strcmp(a, b) == 0);
	notify_payload_key(&r, "mail:y", "digest", b);
	CHECK(strcmp(a, b) != 0);
	notify_payload_key(&r, "mail:x", "other", b);
	CHECK(strcmp(a, b) != 0);
	json_object_set_new(
	    report_json_at(r.doc, "run"), "id", json_integer(8));
	notify_payload_key(&r, "mail:x", "digest", b);
	CHECK(strcmp(a, b) != 0);
	json_decref(r.doc);
}

static void
selects_new_findings_by_severity_and_owner(void)
{
	struct report r = document(
	    "{\"findings\": ["
	    "{\"id\": \"a\", \"status\": \"new\", \"severity\": \"high\","
	    " \"owners\": [{\"contact\": \"z@y\"}, {\"contact\": \"x@y\"}]},"
	    "{\"id\": \"b\", \"status\": \"new\", \"severity\": \"high\","
	    " \"owners\": []},"
	    "{\"id\": \"c\", \"status\": \"open\", \"severity\": \"high\","
	    " \"owners\": [{\"contact\": \"x@y\"}]},"
	    "{\"id\": \"d\", \"status\": \"new\", \"severity\": \"note\","
	    " \"owners\": [{\"contact\": \"x@y\"}]}]}");
	struct report *all, *his;
	size_t n;

	all = notify_payload_select(&r, RULES_LOW, NULL, &n);
	CHECK(n == 2 && report_json_count(all->doc, "findings") == 2);
	CHECK(strcmp(report_json_text(
	                 report_json_item(all->doc, "findings", 1), "id"),
	          "b") == 0);
	his = notify_payload_select(&r, RULES_LOW, "x@y", &n);
	CHECK(n == 1);
	CHECK(strcmp(report_json_text(
	                 report_json_item(his->doc, "findings", 0), "id"),
	          "a") == 0);
	CHECK(
	    report_json_count(r.doc, "findings") == 4); /* and leaves r alone */
	report_free(all);
	report_free(his);
	json_decref(r.doc);
}

/* A name cannot begin a header, nor end the headers. */
static void
keeps_headers_whole(void)
{
	struct report r = document(
	    "{\"run\": {\"id\": 1, \"ended\": \"2026-11-21T02:14:09Z\"},"
	    "\"findings\": [{\"status\": \"new\", \"severity\": \"high\","
	    "\"name\": \"unexpected-key\","
	    "\"matched_names\": [\"x\\r\\nBcc: evil\\n\\nHello\"]}]}");
	struct buf out;
	const char *body;

	buf_init(&out, 100000);
	notify_payload_mail(&r, "a@example.com", "me@example.com", "k", &out);
	body = strstr(buf_text(&out), "\n\n");
	CHECK(body != NULL);
	CHECK(strstr(buf_text(&out), "\nBcc") == NULL);
	CHECK(strstr(buf_text(&out), "Date: Sat, 21 Nov 2026 02:14:09 +0000") !=
	    NULL);
	CHECK(strncmp(buf_text(&out), "From: me@example.com\nTo: a@", 27) == 0);
	CHECK(strstr(buf_text(&out), "Content-Transfer-Encoding: 8bit\n\n") ==
	    body - strlen("Content-Transfer-Encoding: 8bit"));
	buf_fini(&out);
	json_decref(r.doc);
}

int
main(void)
{
	signs_as_standard_webhooks_do();
	signs_with_plain_and_long_secrets();
	makes_keys_that_stay_the_same();
	selects_new_findings_by_severity_and_owner();
	keeps_headers_whole();
	return 0;
}

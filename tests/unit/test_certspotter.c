/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <openssl/evp.h>

#include "cli/certspotter.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>

#include "../support/test.h"

static const char *
fault_of(const char *json)
{
	struct merkle_range r;

	return certspotter_position(bytes_of(json), &r);
}

/* What certspotter 0.16 wrote of a log with 21 entries, 16 + 4 + 1, and the
 * root that the log signed. */
static void
takes_what_certspotter_wrote(void)
{
	struct bytes text = test_data("fuzz/certspotter/state.json");
	struct merkle_range r;
	struct merkle_hash root;
	unsigned char want[36];
	json_t *j = json_loadb((const char *)text.p, text.n, 0, NULL);
	const char *b64;

	CHECK(certspotter_position(text, &r) == NULL);
	CHECK(r.begin == 0 && r.end == 21 && r.n == 3);
	CHECK(json_unpack(
	          j, "{s{ss}}", "verified_sth", "sha256_root_hash", &b64) == 0);
	CHECK(EVP_DecodeBlock(want, (const unsigned char *)b64, 44) == 33);
	merkle_range_root(&r, &root);
	CHECK(memcmp(root.b, want, sizeof root.b) == 0);
	json_decref(j);
	free((void *)(uintptr_t)text.p);
	text = test_data("fuzz/certspotter/new.json");
	CHECK(certspotter_position(text, &r) == NULL && r.end == 0);
	free((void *)(uintptr_t)text.p);
}

/* The whole of it ends with a brace and a line end. */
static void
refuses_every_prefix(void)
{
	struct bytes text = test_data("fuzz/certspotter/state.json");
	struct merkle_range r;

	CHECK(text.n > 2 && text.p[text.n - 2] == '}');
	for (text.n -= 2; text.n > 0; text.n--)
		CHECK(certspotter_position(text, &r) != NULL);
	CHECK(certspotter_position(text, &r) != NULL);
	free((void *)(uintptr_t)text.p);
}

#define HASH  "\"sn55S9CGkTinAuA74CstCcB+Mo/lxBT+3CBZMuQ9ndY=\""
#define OTHER "\"y81hpkusMgxxrAgaRKYy2aEHGf8nyy1+8F1kj7Owh+c=\""
#define ONE   "{\"verified_position\":{\"size\":1,\"nodes\":[" HASH "]}"

static void
refuses_a_malformed_position(void)
{
	static const char no_json[] = "not JSON";
	static const char none[] = "no valid verified_position";
	struct buf many;

	CHECK(fault_of(ONE "}") == NULL);
	CHECK(strcmp(fault_of(""), no_json) == 0);
	CHECK(strcmp(fault_of(ONE ",\"verified_position\":1}"), no_json) == 0);
	for (const char **p = (const char *[]){ "null", "[]", "{}",
	         "{\"size\":0}", "{\"nodes\":[]}",
	         "{\"size\":-1,\"nodes\":[" HASH "]}",
	         "{\"size\":1.0,\"nodes\":[" HASH "]}",
	         "{\"size\":\"1\",\"nodes\":[" HASH "]}",
	         "{\"size\":1,\"nodes\":" HASH "}",
	         "{\"size\":1,\"nodes\":null}", "{\"size\":1,\"nodes\":[1]}",
	         "{\"size\":1,\"nodes\":[\"AAAA\"]}",
	         "{\"size\":1,\"nodes\":[" HASH "," OTHER "]}",
	         "{\"size\":0,\"nodes\":[" HASH "]}", NULL };
	     *p != NULL; p++) {
		char *json = mem_printf("{\"verified_position\":%s}", *p);

		CHECK(strcmp(fault_of(json), none) == 0);
		free(json);
	}
	/* As many subtrees as the largest tree has, and one more. */
	buf_init(&many, 1 << 13);
	buf_printf(&many,
	    "{\"verified_position\":{\"size\":%" PRId64 ",\"nodes\":[" HASH,
	    INT64_MAX);
	for (int n = 2; n <= MERKLE_RANGE_NODES + 1; n++) {
		char *json;

		buf_add_text(&many, "," OTHER);
		json = mem_printf("%s]}}", buf_text(&many));
		CHECK((fault_of(json) == NULL) == (n == 63));
		free(json);
	}
	buf_fini(&many);
}

static void
refuses_positions_with_another_root(void)
{
	static const char none[] =
	    "its hashes do not give the root of its verified head";
	char *json;

	CHECK(fault_of(ONE ",\"verified_sth\":null}") == NULL);
	/* The root of a tree of one leaf is that leaf's hash. */
	CHECK(fault_of(ONE ",\"verified_sth\":{\"tree_size\":1,"
	                   "\"sha256_root_hash\":" HASH "}}") == NULL);
	for (const char **p = (const char *[]){ "{}", "[]", "1",
	         "{\"tree_size\":2,\"sha256_root_hash\":" HASH "}",
	         "{\"tree_size\":1.0,\"sha256_root_hash\":" HASH "}",
	         "{\"tree_size\":1,\"sha256_root_hash\":" OTHER "}",
	         "{\"tree_size\":1,\"sha256_root_hash\":\"\"}",
	         "{\"tree_size\":1}", NULL };
	     *p != NULL; p++) {
		json = mem_printf(ONE ",\"verified_sth\":%s}", *p);
		CHECK(strcmp(fault_of(json), none) == 0);
		free(json);
	}
}

/* ---- recipients ---- */

/* How many recipients text has; -1 after checking that the error says of
 * email_recipients what said is. */
static int
recipients(const char *text, const char *said)
{
	struct buf error;
	json_t *v;
	int n;

	buf_init(&error, 4096);
	v = certspotter_recipients(bytes_of(text), "email_recipients", &error);
	n = v != NULL ? (int)json_array_size(v) : -1;
	CHECK(strcmp(buf_text(&error), v != NULL ? "" : said) == 0);
	json_decref(v);
	buf_fini(&error);
	return n;
}

static void
takes_recipients(void)
{
	struct bytes text = test_data("fuzz/certspotter/recipients");
	struct buf error;
	json_t *v,
	    *want =
	        json_pack("[ss]", "security@example.com", "night@example.com");

	buf_init(&error, 4096);
	v = certspotter_recipients(text, "email_recipients", &error);
	CHECK(json_equal(v, want) && error.n == 0);
	json_decref(v);
	json_decref(want);
	buf_fini(&error);
	free((void *)(uintptr_t)text.p);
	CHECK(recipients("", NULL) == 0 && recipients("\n\n#a\n", NULL) == 0);
}

static void
reports_the_line_of_a_wrong_address(void)
{
	char long_one[300];

#define SAID(line, what)                                                       \
	"email_recipients: line " line ": '" what "' is not a mail address"
	CHECK(recipients("a@example.com\n\nn\xe9@example.com\n",
	          SAID("3", "n\xe9@example.com")) == -1);
	CHECK(recipients("-oQ/tmp\n", SAID("1", "-oQ/tmp")) == -1);
	CHECK(recipients("#\na@x,b@x", SAID("2", "a@x,b@x")) == -1);
	CHECK(recipients("A <a@x>\n", SAID("1", "A <a@x>")) == -1);
	CHECK(recipients("a\x7f@x\n", SAID("1", "a\x7f@x")) == -1);
	memset(long_one, 'a', sizeof long_one);
	long_one[LIMIT_ADDRESS] = '\0';
	CHECK(recipients(long_one, NULL) == 1);
	long_one[LIMIT_ADDRESS] = 'a';
	long_one[LIMIT_ADDRESS + 1] = '\0';
	{
		char *said = mem_printf(SAID("1", "%s"), long_one);

		CHECK(recipients(long_one, said) == -1);
		free(said);
	}
}

int
main(void)
{
	takes_what_certspotter_wrote();
	refuses_every_prefix();
	refuses_a_malformed_position();
	refuses_positions_with_another_root();
	takes_recipients();
	reports_the_line_of_a_wrong_address();
	return 0;
}

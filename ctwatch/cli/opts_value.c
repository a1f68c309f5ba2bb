/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/opts_value.h"
#include <ctwatch/base/buf.h>
#include <ctwatch/base/guess.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/time.h>

static bool
parse_count(const char *s, uint64_t *out, bool units)
{
	uint64_t scale = 1;
	char *end;

	if (*s < '0' || *s > '9')
		return false;
	errno = 0;
	*out = strtoull(s, &end, 10);
	if (errno != 0)
		return false;
	if (units && *end != '\0') {
		static const char unit[] = "KMG";
		const char *u = strchr(unit, *end & ~0x20);

		if (u == NULL || *u == '\0')
			return false;
		scale = UINT64_C(1) << (10 * (u - unit + 1));
		end++;
	}
	return *end == '\0' && !__builtin_mul_overflow(*out, scale, out);
}

static bool
parse_word(const char *s, const char *const *words, int *out)
{
	for (int i = 0; words[i] != NULL; i++)
		if (strcmp(s, words[i]) == 0) {
			*out = i;
			return true;
		}
	return false;
}

void *
opts_value_keep(void *p)
{
	static void **kept;
	static size_t n;

	kept = mem_grow(kept, n, sizeof *kept);
	kept[n++] = p;
	return p;
}

static void
add_to_list(struct opts_list *list, const char *s)
{
	list->v = mem_grow(list->v, list->n, sizeof *list->v);
	list->v[list->n++] = s;
}

/* Append the words of an option: "note, low or high". */
static void
add_words(struct buf *out, const char *const *words)
{
	for (size_t i = 0; words[i] != NULL; i++)
		buf_printf(out, "%s%s",
		    i == 0                     ? ""
		        : words[i + 1] != NULL ? ", "
		                               : " or ",
		    words[i]);
}

/* Append the value that the option takes, in the configuration file if json. */
static void
add_wanted(struct buf *out, const struct opts_opt *o, bool json)
{
	const char *quote = json ? "\"" : "";

	switch (o->kind) {
	case OPTS_FLAG:
		buf_add_text(out, "true or false");
		break;
	case OPTS_TEXT:
		buf_printf(out, "a string, %s", o->arg);
		break;
	case OPTS_LIST:
		buf_printf(
		    out, "a string or an array of strings, each %s", o->arg);
		break;
	case OPTS_COUNT:
		buf_add_text(out, "a whole number below 2^64");
		break;
	case OPTS_SIZE:
		buf_printf(out, "a size such as %s64M%s", quote, quote);
		break;
	case OPTS_DURATION:
		buf_printf(out, "a duration such as %s90s%s or %s7d%s", quote,
		    quote, quote, quote);
		break;
	case OPTS_TIME:
		buf_printf(out, "a time such as %s2026-11-21T09:00:00Z%s",
		    quote, quote);
		break;
	case OPTS_WORD:
		add_words(out, o->words);
		break;
	}
}

static void
report_bad_value(const struct opts_opt *o, const char *value, const char *label)
{
	struct guess g = { .typed = value };
	struct buf wanted;

	buf_init(&wanted, SIZE_MAX / 2);
	add_wanted(&wanted, o, false);
	for (size_t i = 0; o->kind == OPTS_WORD && o->words[i] != NULL; i++)
		guess_offer(&g, o->words[i]);
	if (g.word != NULL)
		msg_error("%s: '%s' is not %s; did you mean %s?", label, value,
		    buf_text(&wanted), g.word);
	else
		msg_error(
		    "%s: '%s' is not %s", label, value, buf_text(&wanted));
	buf_fini(&wanted);
}

bool
opts_value_set(const struct opts_opt *o, const char *value, const char *label)
{
	bool ok = true;

	switch (o->kind) {
	case OPTS_FLAG:
		*(bool *)o->out = true;
		break;
	case OPTS_TEXT:
		*(const char **)o->out = value;
		break;
	case OPTS_LIST:
		add_to_list(o->out, value);
		break;
	case OPTS_COUNT:
		ok = parse_count(value, o->out, false);
		break;
	case OPTS_SIZE:
		ok = parse_count(value, o->out, true);
		break;
	case OPTS_DURATION:
		ok = time_parse_duration(value, o->out);
		break;
	case OPTS_TIME:
		ok = time_parse(value, o->out);
		break;
	case OPTS_WORD:
		ok = parse_word(value, o->words, o->out);
		break;
	}
	if (!ok)
		report_bad_value(o, value, label);
	return ok;
}

/* ---- the configuration file ---- */

/* The argument of an option whose values are paths, perhaps after a format. */
#define FORMAT_FILE "[FORMAT:]FILE"

/* Report whether the values of an option are paths, or may be. */
static bool
is_path(const struct opts_opt *o, const char *value)
{
	static const char *const args[] = { "FILE", "DIR", "PEM", FORMAT_FILE };

	if (*value == '/' || *value == '\0' || strcmp(value, "-") == 0 ||
	    strstr(value, "://") != NULL)
		return false;
	if (strcmp(o->arg, "PROGRAM") == 0)
		return strchr(value, '/') != NULL;
	for (size_t i = 0; i < sizeof args / sizeof args[0]; i++)
		if (strncmp(o->arg, args[i], strlen(args[i])) == 0)
			return true;
	return false;
}

/* Return value, or its path from the folder of the file that names it. */
static const char *
resolve(const struct opts_opt *o, const char *value, const char *path)
{
	const char *slash = strrchr(path, '/'), *file = value;

	if (strcmp(o->arg, FORMAT_FILE) == 0) {
		file += strspn(value, "abcdefghijklmnopqrstuvwxyz-");
		file = file > value && *file == ':' ? file + 1 : value;
	}
	if (slash == NULL || !is_path(o, file))
		return opts_value_keep(mem_strdup(value));
	return opts_value_keep(mem_printf("%.*s%.*s/%s", (int)(file - value),
	    value, (int)(slash - path), path, file));
}

static bool
set_array(const struct opts_opt *o, const json_t *v, const char *path)
{
	size_t i;
	json_t *e;

	json_array_foreach(v, i, e) {
		if (!json_is_string(e)) {
			msg_error("%s: \"%s\"[%zu] is not a string", path,
			    o->name, i);
			return false;
		}
		add_to_list(o->out, resolve(o, json_string_value(e), path));
	}
	return true;
}

static const char *
type_word(const json_t *v)
{
	static const char *const words[] = { [JSON_OBJECT] = "an object",
		[JSON_ARRAY] = "an array",
		[JSON_STRING] = "a string",
		[JSON_INTEGER] = "a number",
		[JSON_REAL] = "a number",
		[JSON_TRUE] = "true",
		[JSON_FALSE] = "false",
		[JSON_NULL] = "null" };

	return words[json_typeof(v)];
}

static bool
set_string(const struct opts_opt *o, const char *value, const char *path)
{
	char *label = mem_printf("%s: \"%s\"", path, o->name);
	bool ok = opts_value_set(o,
	    o->kind == OPTS_TEXT || o->kind == OPTS_LIST
	        ? resolve(o, value, path)
	        : value,
	    label);

	free(label);
	return ok;
}

bool
opts_value_set_json(const struct opts_opt *o, const json_t *v, const char *path)
{
	struct buf wanted;

	if (o->kind == OPTS_FLAG && json_is_boolean(v)) {
		*(bool *)o->out = json_is_true(v);
		return true;
	}
	if (o->kind != OPTS_FLAG && json_is_string(v))
		return set_string(o, json_string_value(v), path);
	if (o->kind == OPTS_LIST && json_is_array(v))
		return set_array(o, v, path);
	if ((o->kind == OPTS_COUNT || o->kind == OPTS_SIZE) &&
	    json_is_integer(v) && json_integer_value(v) >= 0) {
		*(uint64_t *)o->out = (uint64_t)json_integer_value(v);
		return true;
	}
	buf_init(&wanted, SIZE_MAX / 2);
	add_wanted(&wanted, o, true);
	msg_error("%s: \"%s\" must be %s, not %s", path, o->name,
	    buf_text(&wanted), type_word(v));
	buf_fini(&wanted);
	return false;
}

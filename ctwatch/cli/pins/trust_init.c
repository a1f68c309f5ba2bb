/* SPDX-License-Identifier: Apache-2.0 */
/* trust_init: the verb `trust init': write the trust file. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "cli/pins/pins.h"
#include <ctwatch/base/file.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/text.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/rotate/approvers.h>
#include <ctwatch/wire/ssh_sig.h>

struct trust_init {
	struct opts_common common;
	struct opts_list approvers, owners;
	uint64_t threshold;
};

/* Split NAME=VALUE; NULL after msg_error.  The caller frees the name. */
static char *
split(const char *option, const char *text, const char **value)
{
	const char *equals = strchr(text, '=');

	if (equals == NULL || equals == text || equals[1] == '\0') {
		msg_error("--%s: '%s' is not NAME=VALUE", option, text);
		return NULL;
	}
	*value = equals + 1;
	return mem_printf("%.*s", (int)(equals - text), text);
}

/* Return the public key in the file in the form of a trust file; NULL after
 * msg_error. */
static json_t *
read_public(const char *file)
{
	struct key_input_list l;
	json_t *v = NULL;
	struct blob text;
	char *b64;

	if (!opts_read_file(file, LIMIT_SMALL_BODY, &text))
		return NULL;
	if (ssh_sig_is_key(blob_view(text))) {
		struct bytes line = text_trim(blob_view(text));

		v = json_stringn((const char *)line.p, line.n);
		if (v == NULL)
			msg_error("%s: not a public key of OpenSSH", file);
	} else if (pins_material(file, &l)) {
		b64 = mem_alloc(TEXT_BASE64_LEN(l.v[0].spki.n) + 1, 1);
		text_base64(blob_view(l.v[0].spki), b64);
		v = json_string(b64);
		free(b64);
		key_input_fini(&l);
	}
	blob_fini(&text);
	return v;
}

static bool
add_approvers(const struct trust_init *o, json_t *root)
{
	json_t *keys = json_object();

	json_object_set_new(root, "keys", keys);
	for (size_t i = 0; i < o->approvers.n; i++) {
		const char *file;
		char *name = split("approver", o->approvers.v[i], &file);
		json_t *key = name != NULL ? read_public(file) : NULL;

		if (key != NULL && json_object_get(keys, name) != NULL) {
			msg_error("--approver: %s is given twice", name);
			json_decref(key);
			key = NULL;
		}
		if (key == NULL || json_object_set_new(keys, name, key) != 0) {
			free(name);
			return false;
		}
		free(name);
	}
	return true;
}

static bool
add_owners(const struct trust_init *o, json_t *root)
{
	json_t *owners = json_object(), *list;

	if (o->owners.n == 0) {
		json_decref(owners);
		return true;
	}
	json_object_set_new(root, "owners", owners);
	for (size_t i = 0; i < o->owners.n; i++) {
		const char *approver;
		char *owner = split("owner", o->owners.v[i], &approver);

		if (owner == NULL)
			return false;
		list = json_object_get(owners, owner);
		if (list == NULL) {
			list = json_array();
			json_object_set_new(owners, owner, list);
		}
		json_array_append_new(list, json_string(approver));
		free(owner);
	}
	return true;
}

/* Write the trust file, which must not exist. */
static bool
write_new(const char *path, const char *text)
{
	int fd = open(
	    path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	bool ok = fd >= 0 && file_write(fd, bytes_of(text)) && fsync(fd) == 0;

	if (!ok)
		msg_error("%s: %s", path, strerror(errno));
	if (fd >= 0 && close(fd) != 0)
		ok = false;
	return ok;
}

static int
write_trust(const struct trust_init *o, json_t *root)
{
	char *text = json_dumps(root, JSON_INDENT(2));
	char *whole = mem_printf("%s\n", text);
	char *path = mem_printf("%s.trust", o->common.pinset);
	int status = CLI_USAGE;
	struct approvers *t;
	struct buf error;

	buf_init(&error, LIMIT_SMALL_BODY);
	t = approvers_parse(bytes_of(whole), "the trust file", &error);
	if (t == NULL)
		msg_error("%s", buf_text(&error));
	else if (access(path, F_OK) == 0)
		msg_error("%s: exists; edit it to change the approvers", path);
	else
		status = write_new(path, whole) ? CLI_CLEAN : CLI_UNDELIVERED;
	if (status == CLI_CLEAN) {
		printf("wrote ");
		pins_print(path);
		printf("\nnext: ctwatch pins propose --edit ");
		pins_print(o->common.pinset);
		printf(" --reason 'first signed version'\n");
	}
	approvers_free(t);
	buf_fini(&error);
	free(text);
	free(whole);
	free(path);
	return status;
}

int
pins_trust_init(int argc, char *argv[])
{
	struct trust_init o = { .threshold = 2 };
	const struct opts_opt opts[] = {
		{ "approver", OPTS_LIST, &o.approvers, "NAME=FILE",
		    "an approver and their public key; repeat", NULL },
		{ "threshold", OPTS_COUNT, &o.threshold, "N",
		    "required signatures (default 2)", NULL },
		{ "owner", OPTS_LIST, &o.owners, "OWNER=NAME",
		    "an approver for an owner's domains; repeat", NULL },
	};
	const struct opts_command command = { "pins trust", "init",
		"Write the trust file: the approvers of changes of the pinset.",
		opts, sizeof opts / sizeof *opts };
	int n = opts_parse(&command, &o.common, argc, argv);
	int status = CLI_USAGE;
	json_t *root;

	if (n < 0)
		return n == -2 ? CLI_CLEAN : CLI_USAGE;
	if (n != 1 || strcmp(argv[1], "init") != 0) {
		msg_error("pins trust: give the word init; see --help");
		return CLI_USAGE;
	}
	if (o.common.pinset == NULL) {
		msg_error("no pinset: give --pinset FILE");
		return CLI_USAGE;
	}
	root = json_pack("{s:s, s:I}", "format", "ctwatch-trust/1", "threshold",
	    (json_int_t)o.threshold);
	if (add_approvers(&o, root) && add_owners(&o, root))
		status = write_trust(&o, root);
	json_decref(root);
	return status;
}

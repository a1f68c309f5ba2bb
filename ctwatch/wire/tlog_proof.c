/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/wire/note.h>
#include <ctwatch/wire/tlog_proof.h>

#define FORMAT "c2sp.org/tlog-proof@v1"

/* static-ct-api: the type of an RFC 6962 signature in a note. */
#define TYPE_RFC6962 0x05

bool
tlog_proof_write(const struct tlog_proof *proof, struct buf *out)
{
	bool ok = buf_printf(out, FORMAT "\nindex %" PRIu64 "\n", proof->index);

	for (size_t i = 0; ok && i < proof->n; i++)
		ok = text_base64_add(out,
		         (struct bytes){ proof->path[i].b, SHA256_SIZE }) &&
		    buf_add_byte(out, '\n');
	return ok && buf_add_byte(out, '\n') && buf_add(out, proof->checkpoint);
}

bool
tlog_proof_checkpoint(const struct tree_head *head, const char *origin,
    const uint8_t log_id[static SHA256_SIZE], struct buf *out)
{
	struct buf line;
	uint8_t id[4];
	bool ok;

	buf_init(&line, sizeof id + 8 + TREE_HEAD_SIGNATURE_MAX);
	note_key_id(bytes_of(origin), TYPE_RFC6962,
	    (struct bytes){ log_id, SHA256_SIZE }, id);
	buf_add(&line, (struct bytes){ id, sizeof id });
	for (int shift = 56; shift >= 0; shift -= 8)
		buf_add_byte(&line, (uint8_t)(head->timestamp >> shift));
	buf_add(&line, (struct bytes){ head->signature, head->n_signature });
	ok = buf_printf(out, "%s\n%" PRIu64 "\n", origin, head->size) &&
	    text_base64_add(out, (struct bytes){ head->root.b, SHA256_SIZE }) &&
	    buf_printf(out, "\n\n\xe2\x80\x94 %s ", origin) &&
	    text_base64_add(out, buf_view(&line)) && buf_add_byte(out, '\n');
	buf_fini(&line);
	return ok;
}

char *
tlog_proof_origin(const char *url)
{
	const char *scheme = strstr(url, "://");
	const char *begin = scheme != NULL ? scheme + 3 : url;
	size_t n = strlen(begin);

	while (n > 0 && begin[n - 1] == '/')
		n--;
	return mem_printf("%.*s", (int)n, begin);
}

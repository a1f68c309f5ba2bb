/* SPDX-License-Identifier: Apache-2.0 */
/* Compare a tree head with stored ones: by root, by timestamp, by a proof. */
#include <inttypes.h>
#include <string.h>

#include <ctwatch/base/time.h>
#include <ctwatch/sync/compare_head.h>

/* Return what the proof between two heads of different sizes shows. */
static enum compare_head_result
prove(const struct tree_head *h, const struct tree_head *ours,
    const struct compare_head_proof *proof, struct buf *error)
{
	bool newer = h->size > ours->size;
	const struct tree_head *small = newer ? ours : h;

	switch (proof->consistent(
	    proof->arg, small->size, &small->root, newer ? h : ours, error)) {
	case LOG_CLIENT_OK:
		return newer ? COMPARE_HEAD_NEWER : COMPARE_HEAD_OLDER;
	case LOG_CLIENT_ROOT_DIFFERS:
		return COMPARE_HEAD_CONTRADICTS;
	case LOG_CLIENT_PROOF_INVALID:
		return COMPARE_HEAD_UNPROVED;
	default:
		return COMPARE_HEAD_UNREACHABLE;
	}
}

enum compare_head_result
compare_head(struct store *s, const uint8_t log_id[static SHA256_SIZE],
    const struct tree_head *h, const struct tree_head *ours,
    const struct compare_head_proof *proof, struct tree_head *other,
    struct buf *error)
{
	enum compare_head_result result;
	enum store_head_state state;

	if (store_head_contradiction(s, log_id, h, other))
		return COMPARE_HEAD_CONTRADICTS;
	if (store_head_state(s, log_id, h, &state) &&
	    state == STORE_HEAD_PROVED)
		return COMPARE_HEAD_SAME;
	if (h->size == ours->size && merkle_equal(&h->root, &ours->root))
		return COMPARE_HEAD_SAME;
	result = prove(h, ours, proof, error);
	if (result == COMPARE_HEAD_CONTRADICTS)
		*other = *ours;
	return result;
}

/* Report whether b is larger than a and has an earlier timestamp. */
static bool
shrinks(const struct tree_head *a, const struct tree_head *b)
{
	return b->size > a->size && b->timestamp < a->timestamp;
}

void
compare_head_describe(
    const struct tree_head *h, const struct tree_head *other, struct buf *out)
{
	if (shrinks(h, other) || shrinks(other, h))
		buf_printf(out,
		    "the log signed a tree head of %" PRIu64 " entries dated "
		    "%" PRIu64 " ms and one of %" PRIu64 " entries dated "
		    "%" PRIu64 " ms, and a log never shrinks (RFC 6962, 3.5); "
		    "both are kept as evidence (ctwatch logs --heads)",
		    h->size, h->timestamp, other->size, other->timestamp);
	else
		buf_printf(out,
		    "the log signed a tree head of %" PRIu64 " entries that is "
		    "not consistent with its head of %" PRIu64 " entries; both "
		    "are kept as evidence (ctwatch logs --heads)",
		    h->size, other->size);
}

static bool
save(struct store *s, const uint8_t log_id[static SHA256_SIZE],
    const struct tree_head *h, struct bytes raw)
{
	struct store_head sh = { .head = *h,
		.seen = time_now(),
		.state = STORE_HEAD_CONFLICT,
		.raw = raw };

	memcpy(sh.log_id, log_id, sizeof sh.log_id);
	return store_head_save(s, &sh);
}

bool
compare_head_keep(struct store *s, const uint8_t log_id[static SHA256_SIZE],
    const struct tree_head *h, struct bytes raw, const struct tree_head *other)
{
	return save(s, log_id, h, raw) &&
	    (other == NULL || save(s, log_id, other, (struct bytes){ 0 }));
}

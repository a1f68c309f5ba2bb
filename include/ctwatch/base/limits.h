/* SPDX-License-Identifier: Apache-2.0 */
/*
 * limits: every limit on untrusted input, and its reason.
 *
 * Input beyond a limit is reported, never dropped silently.  A test meets each
 * limit exactly, and exceeds it by one.
 */
#ifndef CTWATCH_BASE_LIMITS_H
#define CTWATCH_BASE_LIMITS_H

/* A get-entries body or a data tile, as sent and after inflating: 256 entries
 * of 128 KiB; ordinary ones have 0.5 to 2 MB. */
#define LIMIT_PAGE (32u << 20)

/* A body may inflate to at most this many times its length (plus a little):
 * deflate cannot do more than 1032, real tiles do 3 to 20. */
#define LIMIT_INFLATE_RATIO 100u
#define LIMIT_INFLATE_SLACK (64u << 10)

/* An answer with one entry of an RFC 6962 log, or a data tile that is read for
 * one timestamp: each log may hold one in memory. */
#define LIMIT_ENTRY_BODY (4u << 20)

/* get-sth, proofs, checkpoints: the largest real one has a few KiB; a signed
 * note may carry 16 post-quantum signatures of 5 KiB. */
#define LIMIT_SMALL_BODY (1u << 20)

/* A log list; Apple's has 120 KB. */
#define LIMIT_LOG_LIST (8u << 20)

/* Logs in one list: all that were ever known are some 250. */
#define LIMIT_LOGS 4096u

/* A URL, which messages quote as a whole: a log has some 60 characters, a
 * request twice that, a webhook with its secret some hundreds. */
#define LIMIT_URL 2048u

/* Headers and trailers of one answer, each counted as 128 bytes and its text:
 * real answers have 1 to 8 KiB in up to 40 of them. */
#define LIMIT_HEADERS (64u << 10)

/* The body of an error answer, kept for the message. */
#define LIMIT_ERROR_BODY (64u << 10)

/* An entity tag, stored and sent back; real ones have some 40 bytes. */
#define LIMIT_ETAG 256u

/* How long an operator's Retry-After is obeyed, in ms: an error of one server
 * must not stop the run for all logs of its operator. */
#define LIMIT_HOLD (10 * 60 * 1000)

/* An issuer certificate of a static-ct-api log. */
#define LIMIT_ISSUER (64u << 10)

/* Failed requests for issuers of one static-ct-api log in one run, at some ten
 * seconds each, in all and in a row; then fetch no more of them until the next
 * run.  Logs have a few hundred. */
#define LIMIT_MISSING_ISSUERS 32
#define LIMIT_ISSUER_FAILURES 8

/* A configuration, pinset or trust file of the user's. */
#define LIMIT_USER_FILE (64u << 20)

/* A watch list: a million names of 253 characters. */
#define LIMIT_WATCH_LIST (300u << 20)

/* Entries in one get-entries answer: Trillian's default is 1000. */
#define LIMIT_PAGE_ENTRIES 4096u

/* Entries in a data tile (static-ct-api: tiles are 256 wide). */
#define LIMIT_TILE_WIDTH 256u

/* Objects and arrays inside one another in JSON that is skipped. */
#define LIMIT_JSON_DEPTH 64

/* Nested ASN.1 elements that are followed (as deep as real ones ever go,
 * four times over). */
#define LIMIT_DER_DEPTH 32

/* CA certificates of a chain whose keys are checked; real ones have 1 to 4, and
 * path builders stop earlier. */
#define LIMIT_CHAIN 16

/* CA certificates searched for paths other than the logged one: all public CAs
 * have some 5000. */
#define LIMIT_CA_POOL 16384

/* CA certificates with a matching subject checked for one certificate, each
 * with a signature to verify; a cross-signed CA has up to ten. */
#define LIMIT_PATH_STEPS 256

/* Signatures of certificates whose verification is remembered in a run, of 33
 * bytes each: those of all public CAs, and of the matches of a first run. */
#define LIMIT_SIGNATURES 65536

/* An RSA modulus of more bits is not computed with; OpenSSL stops there. */
#define LIMIT_RSA_BITS 16384

/* Pages of a log, of one entry or one tile, that a run skips because the log
 * serves others but not these: a log with more is broken. */
#define LIMIT_SKIPS 64

/* Steps in a Merkle proof: a tree has at most 2^64 leaves. */
#define LIMIT_PROOF 128

/* Signature lines of a signed note that are read; a log with 16 witnesses, each
 * with two algorithms, has 33. */
#define LIMIT_NOTE_LINES 256

/* Notes of other installations that are compared at once, and consistency
 * proofs requested from one log for them: an installation stores one head per
 * log and day, and browsers' lists have some 60 logs. */
#define LIMIT_COMPARE_NOTES  100000
#define LIMIT_COMPARE_PROOFS 100

/* Witnesses and groups of a witness policy; tlog-policy asks for 64. */
#define LIMIT_WITNESS_NAMES 256

/* Logs of a Merkle Tree CA after the configured ones that a run looks for: a CA
 * begins another log only after a failure. */
#define LIMIT_MTC_NEXT 4

/* Active landmarks of an issuance log: of 47 days, by the hour, 1128. */
#define LIMIT_MTC_LANDMARKS 4096

/* A domain name, RFC 1035, 2.3.4, in characters, and one label. */
#define LIMIT_NAME  253
#define LIMIT_LABEL 63

/* One reading of a name in a certificate; a watched name in UTF-8 has at most
 * four bytes for each character. */
#define LIMIT_READING 1024

/* Conversions to A-labels for one certificate, 10 us each.  Ordinary ones
 * need none; further labels count as unreadable. */
#define LIMIT_IDNA 2000

/* A name in a certificate as UTF-8: a leaf has at most 2^24 bytes, and no
 * character set more than doubles them. */
#define LIMIT_CERT_TEXT (32u << 20)

/* Names of one certificate that are listed beside the first one of each watched
 * item, and names of one item: CAs sell up to 1000 names in one certificate.
 * Items are always listed. */
#define LIMIT_WATCH_HITS  1024
#define LIMIT_WATCH_NAMES 64

/* Keys of one certificate in the index of names: one with 1000 names of
 * different domains has 2000.  One with more is a candidate of every search. */
#define LIMIT_NAME_KEYS 4096

/* Keys of one block of 65,536 entries in the index: ordinary ones have two for
 * each entry.  Later tiles of a block with more are candidates of every
 * search. */
#define LIMIT_BLOCK_KEYS (4u << 20)

/* A file of the index: a block has some 300 KB, one with all these keys 10 MB. */
#define LIMIT_INDEX_FILE (32u << 20)

/* Watched labels that the patterns in one certificate's names are compared
 * with: 0.2 ms.  Further names match as unclear. */
#define LIMIT_WATCH_STEPS 20000

/* Patterns in the names of a certificate that matched, which are compared with
 * as many labels as there are watched items. */
#define LIMIT_WATCH_PATTERNS 8

/* A tree may grow by no more than this between two heads: a thousand times
 * the busiest log's day.  More is a broken log or a stolen key. */
#define LIMIT_TREE_GROWTH (UINT64_C(1) << 36)

/* Stored heads of a log without a proof (the latest), and heads that contradict
 * others (the first): a log that signs any number of heads must not fill the
 * disk. */
#define LIMIT_HEADS_SIGNED   32
#define LIMIT_HEADS_CONFLICT 64

/* The verbatim answer with a head is stored up to this length; a head has a few
 * hundred bytes, a note with 16 witnesses 3 KiB. */
#define LIMIT_HEAD_RAW (16u << 10)

/* Refused entries of a log that are listed, and those of them that may match a
 * watched name, with their bytes: the latest.  All are counted. */
#define LIMIT_REFUSED_KEPT         4096
#define LIMIT_REFUSED_MATCHES_KEPT 16384

/* The extra_data of a refused entry, in base64, is stored for hooks up to this
 * length; a chain has some 10 KB. */
#define LIMIT_EXTRA_KEPT (256u << 10)

/* Names of one certificate that are shown, of each kind together, and bytes
 * of its serial number (RFC 5280, 4.1.2.2, allows 20). */
#define LIMIT_SHOWN_NAMES  1000
#define LIMIT_SHOWN_SERIAL 64

/* Names of a certificate that each finding about it lists; all are counted.
 * One with 1000 names meets several rules, and a report has thousands. */
#define LIMIT_FINDING_NAMES 100

/* Precertificates stored of a leaf that is not theirs: an honest log
 * serves none. */
#define LIMIT_OTHER_PRECERTS 8

/* Inclusion proofs stored as evidence: 2 KB each. */
#define LIMIT_PROOFS 20000
/* Of these, fetched in one run. */
#define LIMIT_PROOFS_RUN 1000

/* Runs of which the whole report is kept. */
#define LIMIT_RUN_REPORTS 400
/* Bytes of those reports: with thousands of open findings each report has
 * megabytes, and the state must not grow by that with each run. */
#define LIMIT_RUN_REPORT_BYTES (64 << 20)

/* XML of a property list or a network security configuration: a real app's
 * has 9 elements inside one another, 4 attributes on one, and 2,000 in all. */
#define LIMIT_XML_DEPTH      32
#define LIMIT_XML_ATTRIBUTES 16
#define LIMIT_XML_ELEMENTS   65536

/* A file with pins in it: Firefox's header has 80 KB, and an application's
 * source or property list less. */
#define LIMIT_PIN_FILE (16u << 20)

/* Certificates, requests and keys in one PEM file: a root store has 150. */
#define LIMIT_PEM_BLOCKS 4096

/* A public key or a signature of OpenSSH, in bytes: one by RSA with 16384 bits
 * takes 6 KB. */
#define LIMIT_SSH_STRING (8u << 10)

/* Characters of untrusted text that one line of a text report shows. */
#define LIMIT_SHOWN_TEXT 200

/* Bytes of one untrusted text that an HTML report shows. */
#define LIMIT_SHOWN_HTML 400

/* A mail address, in characters: RFC 5321, 4.5.3.1.3, allows 256 with the
 * brackets around it. */
#define LIMIT_ADDRESS 254

/* Output of a hook or sendmail that is kept, in bytes; the rest is read and
 * dropped, so that the program does not block. */
#define LIMIT_CHILD_OUTPUT (16u << 10)

/* A value in a hook's environment, in bytes; files have the whole value. */
#define LIMIT_HOOK_VALUE 4096u

/* A CRL, which is a file and not in memory: the largest of 2026 has 60 MB. */
#define LIMIT_CRL (256u << 20)

/* Certificates of which one run asks logs for entries that it must have read,
 * and did not see: if there are more, a log lost many entries. */
#define LIMIT_SUSPECT_CERTS 200

/* Certificates that one run looks up in CRLs; the others come next. */
#define LIMIT_REVOCATIONS_RUN 1000

/* CRLs requested for one certificate: Let's Encrypt has 128 partitions. */
#define LIMIT_CRL_URLS 200

/* Downloads in one run of lookups that a host may leave without an answer. */
#define LIMIT_HOST_FAILURES 3

/* An OCSP response with the certificates of its signer; real ones have 0.3 to
 * 3 KB. */
#define LIMIT_OCSP (64u << 10)

/* Bytes of header and trailers of a download. */
#define LIMIT_DOWNLOAD_HEADERS (64 << 10)

/* A file of CCADB: the certificate records have 9 MB and 89 columns. */
#define LIMIT_CSV_FILE  (64 << 20)
#define LIMIT_CSV_FIELD (1 << 20)

/* Parts of a plan of a backfill: an array of Slurm has at most 1001 indexes by
 * default. */
#define LIMIT_PLAN_PARTS 1000

/* Requests a second to one operator in a plan. */
#define LIMIT_PLAN_RATE 1000

/* The file of a part, and twice the matching entries of one in memory: 30,000
 * entries with their chains. */
#define LIMIT_PART_BYTES (256u << 20)

/* The CAA set of a name, in bytes: real ones have below 1 KB. */
#define LIMIT_CAA_SET 8192

/* Names whose CAA sets one run looks up; the others come next. */
#define LIMIT_CAA_NAMES 5000

/* CAA sets of one name that are kept: the latest. */
#define LIMIT_CAA_HISTORY 200

/* Days for which a message that cannot be delivered is kept. */
#define LIMIT_OUTBOX_DAYS 90

#endif

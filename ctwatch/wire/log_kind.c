/* SPDX-License-Identifier: Apache-2.0 */
#include <ctwatch/wire/log_kind.h>
#include <ctwatch/wire/mtc_cert.h>

const char *
log_kind_word(enum log_kind k)
{
	switch (k) {
	case LOG_KIND_STATIC:
		return "static";
	case LOG_KIND_MTC:
		return "mtc";
	case LOG_KIND_RFC6962:
		break;
	}
	return "rfc6962";
}

const char *
log_kind_name(enum log_kind k)
{
	switch (k) {
	case LOG_KIND_STATIC:
		return "static-ct-api";
	case LOG_KIND_MTC:
		return "Merkle Tree Certificates, " MTC_CERT_DRAFT;
	case LOG_KIND_RFC6962:
		break;
	}
	return "RFC 6962";
}

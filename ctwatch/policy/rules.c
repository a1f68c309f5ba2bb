/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <strings.h>

#include <ctwatch/base/text.h>
#include <ctwatch/policy/rules.h>
#include <ctwatch/wire/sha256.h>

/* Raise it with each change that may alter the verdict on a certificate. */
#define REVISION "5"

#define BR "CA/Browser Forum Baseline Requirements"

static const struct rules_rule rules[] = {
	{ "CTW000", "certificate-seen", RULES_MEDIUM, RULES_CERT,
	    "A certificate was logged for a watched name that has no pinned "
	    "keys. No certificate is expected there, so check each one.",
	    "Your organisation ordered it, or a hosting or mail provider did "
	    "so for you; automatic renewal does it every few weeks.",
	    "Ask who ordered it. If the name has a regular owner, pin its keys "
	    "or list its issuers in the pinset: expected certificates are then "
	    "listed in the inventory and are no findings.",
	    "RFC 6962, 1" },
	{ "CTW001", "unexpected-key", RULES_CRITICAL, RULES_CERT,
	    "A certificate for a pinned name has a key that is not in the "
	    "pinset. The holder of that key can impersonate the name to every "
	    "client that does not pin.",
	    "A renewal that made a new key (certbot does so without "
	    "--reuse-key); a team, a CDN or a hosting provider that ordered a "
	    "certificate without notice; a rotation whose new key was not "
	    "announced.",
	    "Compare the key with the keys on your servers, and ask the "
	    "domain's owner. If it is yours, add it with `ctwatch pins "
	    "propose`. If it is not: send the CA a Certificate Problem Report "
	    "(it must answer within 24 hours), demand revocation, restrict CAA "
	    "to your CA and account, and find out how the attacker passed "
	    "domain validation (DNS, BGP, a forgotten host).",
	    "RFC 7469, 2.6; " BR " 4.9.1.1, 4.9.5" },
	{ "CTW002", "unexpected-issuer", RULES_HIGH, RULES_CERT,
	    "The CA key that issued this certificate is not among the issuers "
	    "listed for the domain. ctwatch identifies CAs by their keys, "
	    "because names can be imitated.",
	    "The CA moved to a new intermediate (several do so every year, and "
	    "use several at a time); a team tried another CA; a provider uses "
	    "its own.",
	    "If the CA is one of yours, add its new issuing key to issuers[]. "
	    "If not, ask the CA who ordered the certificate, and restrict CAA. "
	    "If the key is unknown too, treat it as an attack.",
	    "RFC 8659; " BR " 3.2.2.8" },
	{ "CTW003", "known-key-unexpected-name", RULES_HIGH, RULES_CERT,
	    "A certificate has one of your keys and a name for which the "
	    "pinset does not list that key. The key is used for more names "
	    "than agreed, or its holder also serves another organisation.",
	    "A server was given another name and the pinset was not updated; "
	    "several sites share one key and the pinset does not list all of "
	    "them.",
	    "Ask the key's owner. If the use is intended, add the key to that "
	    "domain, or better, give the other name its own key. If the name "
	    "is not yours, the private key may have leaked: check the key's "
	    "custody.",
	    "RFC 7469, 4.1" },
	{ "CTW004", "compromised-key-seen", RULES_CRITICAL, RULES_CERT,
	    "A certificate has a key whose private key is known to others: the "
	    "pinset marks it compromised (in any encoding of the key), or it "
	    "is published, such as the test keys of RFC 9500. Anyone can "
	    "impersonate the name.",
	    "A renewal job still uses the old key; a test certificate was "
	    "logged by mistake.",
	    "Have every certificate with this key revoked for keyCompromise, "
	    "replace it where it is deployed, and find the job that still uses "
	    "it.",
	    BR " 4.9.1.1, 6.1.1.3; RFC 9500" },
	{ "CTW005", "backup-pin-used", RULES_NOTE, RULES_SPKI,
	    "A certificate with a backup key was logged for the first time: a "
	    "rotation has begun. It is high if the pinset plans the first use "
	    "of that key for later.",
	    "A planned rotation.",
	    "If the rotation is planned: `ctwatch pins propose --key ID --as "
	    "active`, generate a new backup, and retire the old key. If it is "
	    "not planned, find out who had access to the backup key.",
	    "RFC 7469, 2.5, 4.3" },
	{ "CTW006", "retired-pin-used", RULES_HIGH, RULES_CERT,
	    "A certificate was issued with a key after that key was retired.",
	    "A renewal job that still has the old key; a machine restored from "
	    "an old backup.",
	    "Stop the job that still uses the key, order the certificate again "
	    "with a current key, and have this one revoked. If no job of yours "
	    "ordered it, treat the key as compromised.",
	    "RFC 7469, 4.3" },
	{ "CTW007", "ca-pin-match-only", RULES_NOTE, RULES_CERT,
	    "The key is new and its CA is pinned. For a domain that pins its "
	    "CA this is an ordinary renewal.",
	    "An ordinary renewal.",
	    "None, unless there are more of them than your renewals explain.",
	    "RFC 7469, 2.6" },
	{ "CTW008", "ca-pin-only-on-leaf-pinned", RULES_HIGH, RULES_CERT,
	    "The key is unknown and only a CA in its chain matches a pin, "
	    "although the domain pins leaf keys. Clients that compare the leaf "
	    "refuse this certificate; clients that compare the whole chain "
	    "accept it.",
	    "A renewal with an unannounced key at your usual CA.",
	    "As for CTW001. If a match of the CA pin alone is not meant to "
	    "suffice, remove it from the domain's keys and list the CA under "
	    "issuers.",
	    "RFC 7469, 2.6" },
	{ "CTW009", "wildcard-covers-pinned", RULES_CRITICAL, RULES_CERT,
	    "A wildcard certificate is valid for a pinned host and has a key "
	    "that is not expected there. The holder of its key can use it "
	    "against that host wherever the certificate is deployed.",
	    "A team ordered a wildcard for its own hosts in the same zone; a "
	    "CDN or load balancer covers the whole zone with one.",
	    "Find the wildcard's owner. Move pinned hosts to their own zone, "
	    "forbid wildcards there by CAA (issuewild \";\"), or add the key "
	    "to the host if it is right. If you find no owner, as for CTW001.",
	    "RFC 6125, 6.4.3; RFC 8659, 4.3" },
	{ "CTW010", "issuer-name-spoof", RULES_HIGH, RULES_CERT,
	    "The issuer has the name of a CA that you expect, and signed with "
	    "another key.",
	    "The CA renewed its intermediate under the same name.",
	    "Compare with the CA's published certificates. If it is the CA's "
	    "new key, add it to issuers[]; if not, report it to the CA and the "
	    "root programs.",
	    "RFC 5280, 4.1.2.4" },
	{ "CTW011", "unexpected-validation-level", RULES_MEDIUM, RULES_CERT,
	    "The certificate asserts none of the validation policies (DV, OV, "
	    "EV) that the domain expects. An organisation that orders only OV "
	    "certificates expects no DV certificate.",
	    "A team used a free CA for a test; a provider orders DV.",
	    "Ask the owner; add the DV policy to policy_oids if it is right.",
	    BR " 7.1.6.1" },
	{ "CTW012", "unexpected-san-sibling", RULES_MEDIUM, RULES_CERT,
	    "The certificate names domains of others and yours, so that one "
	    "key serves both.",
	    "A CDN or hosting provider that puts several customers on one "
	    "certificate; a domain of yours that the pinset does not name.",
	    "If the other names are yours, add them to the pinset. If a "
	    "provider shares certificates, ask for a separate one.",
	    "RFC 5280, 4.2.1.6" },
	{ "CTW013", "renewed-same-key", RULES_NOTE, RULES_CERT,
	    "A new certificate with an expected key from an expected issuer, "
	    "for a name that had one with this key before.",
	    "An ordinary renewal.", "None.", "RFC 7469, 2.4" },
	{ "CTW014", "caa-mismatch", RULES_MEDIUM, RULES_CERT,
	    "The CAA records of a name did not allow the CA to issue when it "
	    "issued the certificate: each look-up of the runs (--caa) before "
	    "and after gave the same records. CAs must check them, so either "
	    "the CA made a mistake, or it was shown other records than the "
	    "runs were.",
	    "The DNS servers of the domain give different answers; the records "
	    "were changed for a short time between two runs, to order the "
	    "certificate; the table of CCADB is old.",
	    "Ask who ordered the certificate. If your organisation did not, "
	    "send the CA a Certificate Problem Report: it must revoke the "
	    "certificate within 24 hours if it may not rely on its check of "
	    "CAA.",
	    "RFC 8659, 3, 4; " BR " 3.2.2.8, 4.9.1.1" },
	{ "CTW015", "new-issuer-first-seen", RULES_LOW, RULES_CERT,
	    "A certificate for a watched name without pinned keys was issued "
	    "with a CA key that issued none of the earlier certificates for "
	    "that name.",
	    "The CA moved to a new intermediate, or another team or provider "
	    "uses another CA.",
	    "Ask who ordered it. If the domain's issuers are listed in the "
	    "pinset, another issuer is reported as CTW002.",
	    "RFC 8659" },
	{ "CTW017", "relinquished-domain-our-key", RULES_HIGH, RULES_CERT,
	    "A certificate with one of your keys was issued for a domain after "
	    "the day on which you relinquished it.",
	    "A renewal job still runs, and the domain still points to your "
	    "servers.",
	    "Stop the job. If no job of yours ordered it, the new owner of the "
	    "domain has your private key: mark it as compromised.",
	    BR " 4.9.1.1" },
	{ "CTW018", "issuer-unknown", RULES_NOTE, RULES_CERT,
	    "The CA key that issued the certificate is unknown: the chain is "
	    "absent, incomplete, or does not verify. The issuer is not judged; "
	    "for a domain that pins CAs, neither is the key, and the finding "
	    "is medium.",
	    "A log that serves no issuers at the moment; `ctwatch eval` was "
	    "run without the chain.",
	    "Pass the whole chain to `ctwatch eval`. Each run requests missing "
	    "issuers again and then judges the certificate again.",
	    "RFC 6962, 4.6" },
	{ "CTW019", "other-purpose", RULES_MEDIUM, RULES_CERT,
	    "A certificate for a pinned name has a key that is not in the "
	    "pinset, and it is not for servers: its extended key usage has "
	    "neither serverAuth nor anyExtendedKeyUsage, or only e-mail "
	    "addresses and accounts of it match. TLS clients refuse it for a "
	    "server. Its holder can sign mail or code, show a verified "
	    "mark, or authenticate as the name.",
	    "An S/MIME certificate of a colleague, a mark certificate (VMC) of "
	    "the marketing department, a code-signing certificate, a client "
	    "certificate of a device.",
	    "Ask who ordered it. Software that checks no usage accepts it for "
	    "a server: if no owner is found, act as for CTW001.",
	    "RFC 5280, 4.2.1.12" },
	{ "CTW020", "pinned-leaf-expiring", RULES_MEDIUM, RULES_PIN,
	    "The newest certificate with an active key expires soon, and no "
	    "successor was logged.",
	    "The renewal is due in the next days; the new certificate has "
	    "another key already and this one should be retired.",
	    "Renew, or retire the key when its successor is active.",
	    "RFC 5280, 4.1.2.5" },
	{ "CTW021", "pinned-leaf-expired", RULES_HIGH, RULES_PIN,
	    "The newest certificate with an active key has expired.",
	    "The key is out of use and its state is still active.",
	    "Renew at once if it is deployed; otherwise retire the key.",
	    "RFC 5280, 4.1.2.5" },
	{ "CTW022", "pinset-expiring", RULES_MEDIUM, RULES_PIN,
	    "The pinset expires soon, or has expired. ctwatch still uses an "
	    "expired pinset, but apps that received it may stop pinning "
	    "silently.",
	    "It has not been renewed yet.",
	    "Review the pinset, propose the next version with a later date, "
	    "have it approved and ship the exports.",
	    "RFC 7469, 2.1.2" },
	{ "CTW023", "pinned-ca-expiring", RULES_MEDIUM, RULES_PIN,
	    "The certificate of a pinned CA expires soon.",
	    "The CA has a successor already.",
	    "Add the successor's key as a backup now and ship it, so that "
	    "clients have it before the CA switches.",
	    "RFC 5280, 4.1.2.5" },
	{ "CTW024", "rotation-due", RULES_LOW, RULES_PIN,
	    "A key is past the date at which the pinset plans its replacement "
	    "or retirement.",
	    "The rotation is done, and the file was not updated.",
	    "Continue the rotation: `ctwatch pins timeline` shows the next "
	    "step.",
	    "NIST SP 800-57 Part 1, 5.3" },
	{ "CTW025", "rotation-lead-short", RULES_HIGH, RULES_PIN,
	    "The remaining time is shorter than a consumer needs to ship a new "
	    "pin: when the certificate expires, installed apps will refuse the "
	    "next one.",
	    "A renewal with the same key is planned.",
	    "Renew with the same key if you can; ship a pinset with the "
	    "backup now; plan the next rotation earlier.",
	    "RFC 7469, 4.3" },
	{ "CTW026", "pin-never-seen", RULES_MEDIUM, RULES_PIN,
	    "A key is active in the pinset, and no log has shown a certificate "
	    "with it. A pin that never matches does not protect.",
	    "The key belongs to a private CA, which does not log; its "
	    "certificate was logged before the first run of this store.",
	    "Check the pin with `ctwatch pins explain`. If it is a typing "
	    "error, correct it; if the key is not in use yet, set its state to "
	    "backup.",
	    "RFC 7469, 2.4" },
	{ "CTW027", "backup-missing", RULES_HIGH, RULES_DOMAIN,
	    "An enforcing domain has no unused backup key. If the active key "
	    "is lost or stolen, installed apps will refuse its replacement. In "
	    "a first version that has never had a backup key it is low.",
	    "The backup has just become active, and a new backup is not in the "
	    "pinset yet.",
	    "Generate a backup key, keep it in another place, propose its pin "
	    "(ctwatch pins add --as backup), and ship it.",
	    "RFC 7469, 2.5, 4.3" },
	{ "CTW028", "backup-custody", RULES_LOW, RULES_DOMAIN,
	    "The backup key is kept in the same place as the active key, so "
	    "that both can be lost or stolen together.",
	    "The location was copied from one key to the other in the file.",
	    "Keep the backup in another place.", "RFC 7469, 4.3" },
	{ "CTW030", "validity-too-long", RULES_MEDIUM, RULES_CERT,
	    "The certificate is valid for longer than the Baseline "
	    "Requirements allowed on its first day. Browsers refuse it.",
	    "A private or test CA. The severity is note if only the "
	    "recommended limit is exceeded.",
	    "Order one with a shorter validity. A public CA must revoke this "
	    "one and report the incident.",
	    BR " 6.3.2; RFC 5280, 4.1.2.5" },
	{ "CTW031", "backdated", RULES_LOW, RULES_CERT,
	    "The first day of validity is more than 48 hours before the "
	    "certificate was logged, or in the future. Backdating has been "
	    "used to evade deadlines.",
	    "A clock that was wrong; a CA that ordered its logging late.",
	    "Ask the CA.", BR " 7.1.2.7" },
	{ "CTW032", "name-constraints-violation", RULES_MEDIUM, RULES_CERT,
	    "The name constraints of a CA in the chain forbid this name, or "
	    "the certificate has name constraints although it is no CA.",
	    "A mistake of the CA: clients refuse the certificate, so it may "
	    "have gone unnoticed.",
	    "Tell the CA that operates the constrained intermediate.",
	    "RFC 5280, 4.2.1.10; " BR " 7.1.2.7.6" },
	{ "CTW033", "ca-certificate-for-watched-name", RULES_CRITICAL,
	    RULES_CERT,
	    "A certificate for a watched name may itself issue certificates: "
	    "it says CA:TRUE, so that its holder can make one for any name. "
	    "Or a CA certificate has name constraints that permit a watched "
	    "name.",
	    "A private root that was submitted to a test log.",
	    "Report it to the issuing CA and to the root programs at once.",
	    BR " 7.1.2.7; RFC 5280, 4.2.1.9" },
	{ "CTW034", "eku-anomaly", RULES_LOW, RULES_CERT,
	    "The extended key usage is not that of a server certificate: "
	    "serverAuth is not in it, any usage is allowed, or there is one "
	    "that a server certificate must not have.",
	    "A client, mail or code-signing certificate that names the host; "
	    "a template of a private CA.",
	    "Find out what the certificate is for. If it is for a server, have "
	    "it issued again.",
	    BR " 7.1.2.7.10; Chrome Root Program Policy 1.8, 1.3.2" },
	{ "CTW035", "no-revocation-pointer", RULES_LOW, RULES_CERT,
	    "The certificate asserts a policy of the CA/Browser Forum, but "
	    "names neither a CRL nor an OCSP responder and is not short-lived: "
	    "clients cannot learn of its revocation.",
	    "A test CA that copied the profile of a public one.",
	    "Ask the CA for one with a CRL distribution point.",
	    BR " 7.1.2.11.2" },
	{ "CTW036", "no-embedded-sct", RULES_NOTE, RULES_CERT,
	    "The final certificate of a public CA has fewer signed certificate "
	    "timestamps than browsers require. This is no misissuance: the "
	    "server may send them by TLS or OCSP.",
	    "The server staples them; the certificate is not for browsers.",
	    "If browsers refuse the site, order one with embedded SCTs.",
	    "RFC 6962, 3.3; Chrome CT policy" },
	{ "CTW037", "sct-invalid", RULES_MEDIUM, RULES_CERT,
	    "An embedded signed certificate timestamp does not verify under "
	    "its log's key, or is from a log in no log list (low).",
	    "The log was retired and left the list; a test log.",
	    "If the signature is bad, report it to the CA and to the log's "
	    "operator: the SCT does not oblige the log to include the "
	    "certificate.",
	    "RFC 6962, 3.2, 3.3" },
	{ "CTW039", "precertificate-differs", RULES_MEDIUM, RULES_CERT,
	    "The precertificate that a log serves with an entry has a watched "
	    "name that the entry itself does not have. The log's tree covers "
	    "only the entry: either the CA signed the precertificate and the "
	    "log stored another certificate for it, or the precertificate was "
	    "changed later. Or a certificate differs from the logged "
	    "precertificate of its issuer and serial number in more than "
	    "poison and SCTs.",
	    "A fault of the log in storing precertificates.",
	    "Ask the CA whether it issued a certificate with this serial "
	    "number, and report it to the log's operator.",
	    "RFC 6962, 3.1, 3.4" },
	{ "CTW040", "weak-rsa-size", RULES_HIGH, RULES_SPKI,
	    "The RSA modulus has less than 2048 bits, or a length that is "
	    "not a multiple of 8 bits.",
	    "A test certificate, or one of many years ago.",
	    "Replace the key with RSA 2048 or more, or ECDSA P-256.",
	    BR " 6.1.5" },
	{ "CTW041", "weak-rsa-exponent", RULES_HIGH, RULES_SPKI,
	    "The RSA exponent is even or below 3, or the modulus is even or "
	    "has a prime factor below 752: no working generator makes such "
	    "a key. An exponent that is only outside the recommended range "
	    "is low.",
	    "Old software that used the exponent 3 (low).",
	    "Replace the key, and find the software that made it.",
	    BR " 6.1.6" },
	{ "CTW042", "fermat-close-primes", RULES_CRITICAL, RULES_SPKI,
	    "The two primes of the RSA modulus are so close that Fermat's "
	    "method factors it at once. Anyone can compute the private key.",
	    "None: printers and embedded devices with a broken generator "
	    "made such keys.",
	    "Treat the key as public: revoke for keyCompromise, replace it, "
	    "and stop using the device or library that made it.",
	    BR " 6.1.1.3" },
	{ "CTW043", "roca", RULES_CRITICAL, RULES_SPKI,
	    "The RSA modulus has the fingerprint of ROCA (CVE-2017-15361): a "
	    "faulty Infineon chip made it, and it can be factored.",
	    "About one sound key in 2^27 has the fingerprint by chance.",
	    "As for CTW042; update or replace the smart card, token or TPM.",
	    BR " 6.1.1.3; CVE-2017-15361" },
	{ "CTW044", "curve-not-allowed", RULES_MEDIUM, RULES_SPKI,
	    "The key is neither RSA nor on P-256, P-384 or P-521, or the "
	    "encoding of its algorithm is not the one that the Baseline "
	    "Requirements fix. Public CAs may not certify it.",
	    "A private CA; an encoder that leaves out the NULL of RSA.",
	    "Replace the key with one that public CAs may certify.",
	    BR " 6.1.5, 7.1.3.1" },
	{ "CTW045", "weak-signature", RULES_HIGH, RULES_CERT,
	    "The certificate is signed with MD5 or SHA-1, whose collisions "
	    "let others forge certificates; or with an algorithm that public "
	    "CAs may not use (medium).",
	    "A certificate from before 2016, or a private CA.",
	    "Have it issued again with SHA-256.", BR " 7.1.3.2" },
	{ "CTW046", "shared-modulus", RULES_CRITICAL, RULES_SPKI,
	    "Two of your RSA keys share a prime: from the two public keys "
	    "anyone can compute both private ones.",
	    "None: the generator had too little entropy when it made them.",
	    "As for CTW042, for both keys and all others of that generator.",
	    BR " 6.1.1.3" },
	{ "CTW047", "serial-number-reused", RULES_HIGH, RULES_CERT,
	    "Another certificate with the same issuer and the same serial "
	    "number was logged, and differs in more than its SCTs. A CRL "
	    "cannot distinguish the two, and a CA that repeats serial numbers "
	    "may be made to sign what it did not log.",
	    "A fault of the CA, or of a private CA with a counter.",
	    "Compare both certificates (their TBS hashes are in the message). "
	    "Ask the CA for both, and report it to the root programs.",
	    "RFC 5280, 4.1.2.2; " BR " 7.1" },
	{ "CTW050", "certificate-revoked", RULES_NOTE, RULES_CERT,
	    "The CA's CRL or OCSP responder says that the certificate of a "
	    "finding is revoked. The finding is closed: clients that check "
	    "revocation refuse the certificate from then on.",
	    "You reported it, or its subscriber asked for it.",
	    "Check the reason: keyCompromise may be added to a CRL later. "
	    "Clients that pin refuse the certificate anyway; others may not "
	    "check revocation.",
	    "RFC 5280, 5.3.1; " BR " 4.9.1.1" },
	{ "CTW051", "not-revoked-in-time", RULES_HIGH, RULES_CERT,
	    "A certificate was reported to its CA and is not revoked, although "
	    "the time within which the CA must revoke it has ended.",
	    "The report reached no one (a spam folder, a wrong address), or "
	    "the CA decided against revocation and said so.",
	    "Ask the CA for its preliminary report. If it does not answer, "
	    "report the delay in public: Mozilla's Bugzilla, component CA "
	    "Certificate Compliance; `ctwatch problem-report ID --output DIR' "
	    "writes the text, escalation.txt. If it declined with reason, "
	    "close the finding.",
	    BR " 4.9.1.1, 4.9.5" },
	{ "CTW052", "revocation-unknown", RULES_LOW, RULES_CERT,
	    "Whether the certificate of a finding is revoked cannot be known: "
	    "its CRL or the answer of its OCSP responder cannot be had, does "
	    "not verify, or has expired.",
	    "The CA's web server was down.",
	    "The message says why. Give --ccadb a folder with CCADB's CSV "
	    "files if the certificate names no CRL. A CA whose CRL remains "
	    "expired violates the Baseline Requirements: report that.",
	    "RFC 5280, 5; " BR " 4.9.7" },
	{ "CTW053", "sct-not-included", RULES_CRITICAL, RULES_LOG,
	    "A log signed an SCT for a certificate of yours, the maximum merge "
	    "delay has passed, and the log does not have the entry. Clients "
	    "accept the certificate, and no monitor sees it. A static-ct-api "
	    "log proves that: another entry is at the index in the SCT. Of an "
	    "RFC 6962 log it rests on the log's answer.",
	    "A front end of the log that lags behind; a log that lost entries "
	    "in an outage.",
	    "Run `ctwatch audit` again on the certificate. If the entry stays "
	    "missing, send the evidence (ctwatch evidence ID) to the "
	    "log's operator and to the CT policy lists, and replace the "
	    "certificate: browsers will distrust the log.",
	    "RFC 6962, 3, 5.4, 7.3" },
	{ "CTW054", "own-certificate-unseen", RULES_HIGH, RULES_CERT,
	    "A valid certificate of yours is in a log, in an entry that was "
	    "read, and no watched name matched that entry. Other certificates "
	    "for the same names may be missed in the same way.",
	    "The watch list does not have its names, or had not when the "
	    "entry was read.",
	    "Add its names to the watch list. If they were watched when the "
	    "entry was read, report it: ctwatch has a fault, or the log showed "
	    "it another entry.",
	    "RFC 6962, 5.3" },
	{ "CTW055", "ct-policy-failed", RULES_HIGH, RULES_CERT,
	    "Chrome or Apple refuse a certificate of yours, if it is of a "
	    "public CA: its SCTs do not meet their Certificate Transparency "
	    "policy. It is low when the policy is met, but will not be once a "
	    "log retires.",
	    "The certificate is of a private CA; the log list is outdated; the "
	    "server sends further SCTs in TLS (audit --host).",
	    "Order the certificate again before it is due.",
	    "GoogleChrome/CertificateTransparency, ct_policy.md; Apple "
	    "103214" },
	{ "CTW056", "late-merge", RULES_MEDIUM, RULES_LOG,
	    "An entry's timestamp does not fit the log's tree heads: it was "
	    "merged later than the maximum merge delay, is dated after the "
	    "head that covers it, or its certificate ends outside the log's "
	    "temporal interval. A back-dated SCT passes for an older one, "
	    "where clients distrust a CA from a date on.",
	    "An outage of the log; front ends whose clocks differ.",
	    "Report it to the log's operator and to the CT policy lists. If "
	    "the entry is of one of your names, look when it was issued.",
	    "RFC 6962, 3, 3.5, 5.2" },
	{ "CTW057", "log-list-suspect", RULES_HIGH, RULES_RUN,
	    "A log list is well formed and perhaps signed, but it is not the "
	    "list that browsers use: it has a mimic log, whose private key is "
	    "public; it lacks more than 30 % of the logs of the last good "
	    "list, or all tiled logs; or no log accepts certificates issued "
	    "today. Certificates in logs that a list leaves out are not seen. "
	    "The last good list is used where there is one.",
	    "The server mistakes ctwatch for another client and serves an old "
	    "list; a cache serves an old list; many logs ended at once; the "
	    "clock is wrong.",
	    "Compare with the list in a browser's source, or use another "
	    "list as well (--log-list may be repeated). If the new list is "
	    "right, delete the copy in the folder `lists' of the state.",
	    "GoogleChrome/CertificateTransparency, 3p_libraries.md" },
	{ "CTW058", "cosignature-invalid", RULES_MEDIUM, RULES_LOG,
	    "A checkpoint of the log carries a cosignature, under the name "
	    "and key ID of a witness of the policy, that does not verify. "
	    "What is between the witness and this machine may have changed "
	    "the checkpoint.",
	    "An error of the log or of the witness.",
	    "Fetch the checkpoint again from another network. If the "
	    "cosignature is still invalid, report it to the operators of the "
	    "log and of the witness.",
	    "C2SP tlog-cosignature, tlog-witness" },
	{ "CTW059", "caa-changed", RULES_MEDIUM, RULES_DOMAIN,
	    "The CAA records of a watched registrable name are not those of "
	    "the look-up before (run --caa). It is low if fewer CAs may issue "
	    "than before, note if the same may. An attacker who controls the "
	    "DNS of a domain can have certificates issued for it, and may "
	    "change CAA first.",
	    "Your organisation changed its CA or its DNS provider.",
	    "Ask who changed the records. If your organisation did not, look "
	    "for other changes in the zone and at the registrar, and for new "
	    "certificates; treat the access to the DNS as compromised. If the "
	    "change is right, close the finding.",
	    "RFC 8659" },
	{ "CTW060", "malformed-cert-mentions-domain", RULES_HIGH, RULES_LOG,
	    "An entry of a log could not be parsed as a certificate, but "
	    "contains a watched name. Malformed entries can hide a certificate "
	    "from monitors.",
	    "A CA's old encoding error; a test log.",
	    "Inspect the entry: log and index are in the finding.",
	    "RFC 6962, 3.4" },
	{ "CTW061", "ambiguous-name", RULES_MEDIUM, RULES_CERT,
	    "Programs read a name in the certificate differently: a NUL or a "
	    "blank in it, a star at an unusual position, a second "
	    "subjectAltName, an address of wrong length. Or a name has "
	    "unreadable characters, and may match a watched name.",
	    "Sloppy order forms; CAs of the years before 2015.",
	    "Have it issued again. If you did not order it, it may be a test "
	    "of name comparison: act as for CTW001.",
	    "RFC 6125, 6.4; RFC 5280, 4.2.1.6" },
	{ "CTW070", "log-inconsistent", RULES_CRITICAL, RULES_LOG,
	    "A log signed tree heads that contradict each other: two roots of "
	    "one size, or a smaller tree at a later time. Or its entries, read "
	    "twice, hash to another root than it signed. Its entries are not "
	    "reliable.",
	    "A front end that serves a mixture of old and new; a proxy that "
	    "changed the entries in both reads. When a later run reads them "
	    "as the log signed them, the finding closes.",
	    "The evidence is kept in the store. Report it to the log's "
	    "operator and to the CT policy lists.",
	    "RFC 6962, 3.5, 5.4, 7.3" },
	{ "CTW071", "log-unreachable", RULES_MEDIUM, RULES_LOG,
	    "A log could not be read, or only in part, for longer than its "
	    "merge delay: its entries in that range are not covered. Or it did "
	    "not give an issuer that its entries name: the finding closes when "
	    "any log has given all of them.",
	    "The log is down, is frozen, or limits the rate; a proxy "
	    "interferes.",
	    "See `ctwatch logs`. The next run continues where this one "
	    "stopped; more time (--max-time) helps against a backlog.",
	    "RFC 6962, 3" },
	{ "CTW072", "clock-skew", RULES_MEDIUM, RULES_RUN,
	    "Most logs signed heads that are more than five minutes ahead of "
	    "this machine's clock, or more than a day behind it. While the "
	    "clock is ahead of the newest verified heads, no finding closes "
	    "as expired, no suppression ends and no log is skipped as "
	    "expired.",
	    "Time synchronisation is off. Where few logs are read, they may "
	    "have stopped.",
	    "Set the clock and run again.", "RFC 6962, 3.5" },
	{ "CTW073", "pinset-untrusted", RULES_CRITICAL, RULES_RUN,
	    "The pinset does not match the signatures of the approvers: "
	    "signatures are missing, do not verify, or the version is older "
	    "than the last one.",
	    "The file was edited by hand, or deployed without its signatures; "
	    "or the trust file is new, and no version is signed yet.",
	    "If no version was signed yet, propose the pinset as it is "
	    "(pins propose --edit) and have it approved and activated.  Else "
	    "restore the last approved version, and find out who changed it.",
	    "C2SP signed-note" },
	{ "CTW074", "config-drift", RULES_MEDIUM, RULES_RUN,
	    "The pins that a consumer ships differ from the pinset: pins are "
	    "missing, extra or retired, or its file cannot be read.",
	    "The export has not been merged or released yet.",
	    "Run `ctwatch pins export` and merge its output.",
	    "RFC 7469, 4.3" },
	{ "CTW075", "expected-cert-not-logged", RULES_LOW, RULES_CERT,
	    "A valid certificate of yours has no SCT that shows it to be in a "
	    "log, and no run has seen it in one. Browsers that ask for SCTs "
	    "refuse it, and monitors do not see it.",
	    "A private CA, which does not log; a server that sends SCTs in TLS "
	    "(audit --host).",
	    "Ask the CA why it did not log the certificate, if it is a public "
	    "one.",
	    "RFC 6962, 1" },
};

#define N_RULES (sizeof rules / sizeof *rules)

const struct rules_rule *
rules_all(size_t *n)
{
	*n = N_RULES;
	return rules;
}

const struct rules_rule *
rules_find(const char *id)
{
	for (size_t i = 0; i < N_RULES; i++)
		if (strcasecmp(rules[i].id, id) == 0 ||
		    strcasecmp(rules[i].name, id) == 0)
			return &rules[i];
	return NULL;
}

void
rules_stamp(uint8_t out[static 32])
{
	struct buf b;

	buf_init(&b, 64 * N_RULES);
	buf_add_text(&b, "ctwatch-rules/" REVISION "\n");
	for (size_t i = 0; i < N_RULES; i++)
		buf_printf(&b, "%s %s\n", rules[i].id,
		    rules_severity_word(rules[i].severity));
	sha256_digest(buf_view(&b), out);
	buf_fini(&b);
}

void
rules_fingerprint(const struct rules_rule *rule, const char *const *fields,
    size_t n, char out[static 65])
{
	static const char kinds[] = {
		[RULES_CERT] = 'C',
		[RULES_SPKI] = 'K',
		[RULES_PIN] = 'P',
		[RULES_DOMAIN] = 'D',
		[RULES_LOG] = 'L',
		[RULES_RUN] = 'R',
	};
	struct buf b;

	buf_init(&b, 1u << 20);
	buf_printf(
	    &b, "ctwatch-finding/1\n%s\n%c\n", rule->id, kinds[rule->key]);
	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%s%s", i > 0 ? "\n" : "", fields[i]);
	sha256_hex(buf_view(&b), out);
	buf_fini(&b);
}

static const char *const severities[] = {
	[RULES_NOTE] = "note",
	[RULES_LOW] = "low",
	[RULES_MEDIUM] = "medium",
	[RULES_HIGH] = "high",
	[RULES_CRITICAL] = "critical",
};

bool
rules_is_expected(const char *reason)
{
	return reason != NULL &&
	    (strcmp(reason, RULES_APPROVED) == 0 ||
	        strcmp(reason, RULES_BY_PATH) == 0);
}

bool
rules_is_unexpected(const struct rules_rule *rule, enum rules_severity severity)
{
	static const char *const notes_too[] = {
		"CTW001", /* a key that is only proposed */
		"CTW018", /* an unknown issuer cannot be an expected one */
	};
	const char *id = rule->id;

	for (size_t i = 0; i < sizeof notes_too / sizeof *notes_too; i++)
		if (strcmp(id, notes_too[i]) == 0)
			return true;
	return severity > RULES_NOTE &&
	    (strcmp(id, "CTW019") <= 0 || strcmp(id, "CTW033") == 0 ||
	        strcmp(id, "CTW061") == 0);
}

const char *
rules_severity_word(enum rules_severity s)
{
	return severities[s];
}

bool
rules_severity_parse(const char *word, enum rules_severity *out)
{
	for (int i = RULES_NOTE; i <= RULES_CRITICAL; i++)
		if (strcmp(word, severities[i]) == 0) {
			*out = (enum rules_severity)i;
			return true;
		}
	return false;
}

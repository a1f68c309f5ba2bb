#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Check messages for webhooks against what each service documents.

usage: webhook_check.py FORMAT DOCUMENT MESSAGES   (from webhook_render)
       webhook_check.py --examples

--examples checks the checkers: they must accept the shapes of the examples in
the documentation of each service, and refuse each of these with one fault.
"""
import copy
import json
import re
import sys

BAD = []


def bad(what):
    BAD.append(what)


def members(value, where, required, optional=()):
    """An object with these members, which are not empty, and no others."""
    if not isinstance(value, dict):
        bad("%s is no object" % where)
        return False
    for name in required:
        if value.get(name) in (None, ""):
            bad("%s lacks %s" % (where, name))
    for name in value:
        if name not in required and name not in optional:
            bad("%s has %s" % (where, name))
    return True


def text_within(text, where, limit):
    if not isinstance(text, str) or not 1 <= len(text) <= limit:
        bad("%s: %.60r is not a text of 1 to %d characters" %
            (where, text, limit))
        return ""
    return text


# ---- Slack: docs.slack.dev/messaging/sending-messages-using-incoming-webhooks,
# reference/block-kit/blocks, messaging/formatting-message-text ----

def slack_escaped(text, where):
    if re.search(r"[<>]|&(?!(amp|lt|gt);)", text):
        bad("%s is not escaped: %.80r" % (where, text))


def slack_text(o, where, limit, kinds):
    if not members(o, where, ("type", "text"), ("emoji", "verbatim")):
        return
    if o["type"] not in kinds:
        bad("%s has the type %r" % (where, o["type"]))
    # Each of these belongs to one type of text.
    if "emoji" in o and o["type"] != "plain_text" or \
            "verbatim" in o and o["type"] != "mrkdwn":
        bad("%s: emoji or verbatim with %s" % (where, o["type"]))
    text = text_within(o["text"], where, limit)
    slack_escaped(text, where)
    if o["type"] == "mrkdwn":
        # Outside of code spans there are words of our own only.
        rest = re.sub(r"`[^`\n]*`", "", text)
        if not re.fullmatch(r"[\w *,.:()?!-]*\n?[\w ,.]*\n?", rest, re.ASCII) \
                or re.search("[*_~].*[_~]", rest.replace("\n", "")):
            bad("%s has markup: %.80r" % (where, rest))


def slack(message):
    members(message, "message", ("text", "blocks"))
    slack_escaped(text_within(message.get("text"), "text", 40000), "text")
    blocks = message.get("blocks", [])
    if not 1 <= len(blocks) <= 50:
        bad("%d blocks" % len(blocks))
    # Not documented, but measured by users (slackapi/bolt-js#2509).
    if len(json.dumps(blocks, ensure_ascii=False).encode()) > 13000:
        bad("blocks of more than 13000 bytes")
    for i, block in enumerate(blocks):
        where = "blocks[%d]" % i
        if block.get("type") == "header":
            members(block, where, ("type", "text"))
            slack_text(block.get("text"), where, 150, ("plain_text",))
        elif block.get("type") == "section":
            members(block, where, ("type", "text"))
            slack_text(block.get("text"), where, 3000,
                       ("plain_text", "mrkdwn"))
        else:
            bad("%s has the type %r" % (where, block.get("type")))


# ---- Teams: learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors,
# adaptivecards.io/explorer ----

TEAMS = {
    "TextRun": {"required": ("text",), "optional": {
        "fontType": ("Default", "Monospace"), "isSubtle": (True, False),
        "weight": ("Default", "Lighter", "Bolder"),
        "size": ("Default", "Small", "Medium", "Large", "ExtraLarge")}},
    "RichTextBlock": {"required": ("inlines",), "optional": {}},
    "TextBlock": {"required": ("text",), "optional": {}},
    "Container": {"required": ("items",), "optional": {
        "style": ("default", "emphasis", "good", "attention", "warning",
                  "accent"), "separator": (True, False)}},
}


def teams_element(o, where):
    known = TEAMS.get(o.get("type"))
    if known is None:
        bad("%s has the type %r" % (where, o.get("type")))
        return
    members(o, where, ("type",) + known["required"], known["optional"])
    for name, values in known["optional"].items():
        if name in o and o[name] not in values:
            bad("%s.%s is %r" % (where, name, o[name]))
    for name in ("items", "inlines"):
        for i, part in enumerate(o.get(name, [])):
            teams_element(part, "%s.%s[%d]" % (where, name, i))
            if (name == "inlines") != (part.get("type") == "TextRun"):
                bad("%s.%s[%d] is a %s" % (where, name, i, part.get("type")))
    if "text" in o:
        text_within(o["text"], where, 28000)


def teams(message):
    if len(json.dumps(message, ensure_ascii=False).encode()) > 28 * 1024:
        bad("more than 28 KB")
    members(message, "message", ("type", "attachments"))
    if message.get("type") != "message":
        bad("message.type is %r" % message.get("type"))
    for attachment in message.get("attachments", [{}]):
        members(attachment, "attachment", ("contentType", "content"),
                ("contentUrl",))
        if attachment.get("contentType") != \
                "application/vnd.microsoft.card.adaptive":
            bad("attachment.contentType")
        card = attachment.get("content", {})
        members(card, "content", ("$schema", "type", "version", "body"),
                ("msteams",))
        if card.get("type") != "AdaptiveCard" or \
                card.get("version") not in ("1.2", "1.3", "1.4"):
            bad("content is no Adaptive Card for Teams")
        for i, element in enumerate(card.get("body", [])):
            teams_element(element, "body[%d]" % i)


# ---- PagerDuty: developer.pagerduty.com/docs/events-api-v2 ----

def pagerduty(event, key=()):
    if len(json.dumps(event).encode()) > 512 * 1024:
        bad("more than 512 KB")
    action = event.get("event_action")
    if action == "resolve":
        members(event, "event", ("event_action", "dedup_key", *key))
    elif action != "trigger":
        bad("event_action is %r" % action)
    text_within(event.get("dedup_key"), "dedup_key", 255)
    if action != "trigger":
        return
    members(event, "event", ("event_action", "dedup_key", "payload", *key),
            ("client", "client_url", "images", "links"))
    payload = event.get("payload", {})
    members(payload, "payload", ("summary", "source", "severity"),
            ("timestamp", "component", "group", "class", "custom_details"))
    text_within(payload.get("summary"), "summary", 1024)
    if payload.get("severity") not in ("critical", "error", "warning", "info"):
        bad("severity is %r" % payload.get("severity"))
    if not isinstance(payload.get("custom_details", {}), dict):
        bad("custom_details is no object")
    if not re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d",
                    payload.get("timestamp", "2026-01-01T00:00:00Z")):
        bad("timestamp is %r" % payload.get("timestamp"))


# ---- Splunk: docs.splunk.com, "Format events for HTTP Event Collector" ----

def splunk(body):
    """Objects one after the other, not in an array."""
    if len(body.encode()) > 1000000:
        bad("more than 1000000 bytes")
    decoder, at, events = json.JSONDecoder(), 0, []
    while body[at:].strip():
        event, at = decoder.raw_decode(body, at)
        while body[at:at + 1].isspace():
            at += 1
        events.append(event)
        members(event, "event", ("event",), (
            "time", "host", "source", "sourcetype", "index", "fields"))
        if not isinstance(event.get("time", 0), (int, float)) or \
                not 0 <= event.get("time", 0) < 10 ** 11:
            bad("time is %r: not in seconds" % event.get("time"))
    return events


CHECKS = {"slack": slack, "teams": teams, "pagerduty": pagerduty,
          "splunk-hec": splunk}


# ---- what the messages say ----

def all_text(value):
    if isinstance(value, str):
        return value
    parts = value.values() if isinstance(value, dict) else \
        value if isinstance(value, list) else ()
    return "\n".join(map(all_text, parts))


def unescaped(text):
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def check(form, doc, messages):
    new = [f for f in doc["findings"] if f["status"] == "new" and
           f["severity"] != "note"]
    items = [item for item, _ in messages]
    if len(set(items)) != len(items):
        bad("two messages with one item")
    if form == "ctwatch":
        parts = [json.loads(body) for _, body in messages]
        if [f for p in parts for f in p["findings"]] != new:
            bad("other findings")
        if [(p["id"], p["part"], p["more"]) for p in parts] != [
                (item, n + 1, n + 1 < len(items))
                for n, item in enumerate(items)]:
            bad("parts %s" % items)
        for (_, body), p in zip(messages, parts):
            if p["run"] != doc["run"] or p["coverage"] != doc["coverage"]:
                bad("another run or coverage")
            if len(body.encode()) > 1000000:
                bad("%d bytes" % len(body))
        if len(new) > 600 and len(parts) < 2:
            bad("%d findings in one message" % len(new))
        return
    if form == "splunk-hec":
        events = [e for _, body in messages for e in splunk(body)]
        runs = [e for e in events if e["sourcetype"] == "ctwatch:run"]
        found = [e for e in events if e["sourcetype"] == "ctwatch:finding"]
        if len(runs) != 1 or [e["event"]["id"] for e in found] != \
                [f["id"] for f in new]:
            bad("%d runs, %d findings of %d" %
                (len(runs), len(found), len(new)))
        for e, f in zip(found, new):
            if e["event"]["message"] != f["message"]:
                bad("another message: %.60r" % e["event"]["message"])
        return
    parsed = [json.loads(body) for _, body in messages]
    for message in parsed:
        CHECKS[form](message)
    if form == "pagerduty":
        triggers = [m for m in parsed if m["event_action"] == "trigger"]
        resolves = [m for m in parsed if m["event_action"] == "resolve"]
        if [m["dedup_key"] for m in triggers] != [f["id"] for f in new]:
            bad("%d alerts of %d" % (len(triggers), len(new)))
        if [m["dedup_key"] for m in resolves] != \
                [f["id"] for f in doc["findings"] if f.get("resolved")]:
            bad("%d resolved" % len(resolves))
        for m, f in zip(triggers, new):
            want = {"critical": "critical", "high": "error",
                    "medium": "warning"}.get(f["severity"], "info")
            if m["payload"]["severity"] != want:
                bad("severity %s" % m["payload"]["severity"])
        return
    if len(parsed) != 1:
        bad("%d messages" % len(parsed))
    text = unescaped(all_text(parsed[0])) if form == "slack" else \
        all_text(parsed[0])
    shown = [f for f in new if "findings show " + f["id"][:12] in text]
    rest = re.search(r"(\d+) more new findings?: ", text)
    if len(shown) + int(rest.group(1) if rest else 0) != len(new) or \
            shown != new[:len(shown)] or (new and not shown):
        bad("%d findings shown, %s more, of %d" %
            (len(shown), rest and rest.group(1), len(new)))
    for f in shown:
        if f["message"][:300] not in text:
            bad("not shown: %.60r" % f["message"])


# ---- the documented shapes ----

EXAMPLES = {
    "slack": {"text": "A change &amp; a date", "blocks": [
        {"type": "header", "text": {"type": "plain_text", "text": "Title",
                                    "emoji": True}},
        {"type": "section", "text": {"type": "mrkdwn",
                                     "text": "*Bold*\n`code`"}}]},
    "teams": {"type": "message", "attachments": [
        {"contentType": "application/vnd.microsoft.card.adaptive",
         "contentUrl": None, "content": {
             "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
             "type": "AdaptiveCard", "version": "1.2", "body": [
                 {"type": "TextBlock", "text": "Text"},
                 {"type": "RichTextBlock", "inlines": [
                     {"type": "TextRun", "text": "Text"}]}]}}]},
    "pagerduty": {
        "payload": {"summary": "An alert", "source": "host1.example.com",
                    "timestamp": "2015-07-17T08:42:58.315+0000",
                    "severity": "info", "component": "postgres",
                    "group": "prod", "class": "deploy",
                    "custom_details": {"ping time": "1500ms"}},
        "dedup_key": "samplekey", "event_action": "trigger",
        "images": [], "links": [{"href": "https://example.com/"}],
        "client": "A monitor", "client_url": "https://monitoring.example.com"},
    "splunk-hec": '{"time": 1426279439, "host": "localhost", "source": "s", '
                  '"sourcetype": "txt", "index": "main", "event": "Hello"}'
                  '{"event": {"message": "Hello", "severity": "INFO"}}',
}


def spoil(form):
    """The example with one fault each."""
    def change(**new):
        return {**copy.deepcopy(EXAMPLES[form]), **new}
    if form == "slack":
        yield change(text="")
        yield change(text="<!channel>")
        yield change(blocks=EXAMPLES[form]["blocks"][:1] * 51)
        for text, kind in (("x" * 3001, "plain_text"), ("", "plain_text"),
                           ("*.example.com and _x_", "mrkdwn"),
                           ("a & b", "plain_text"), ("x", "html")):
            yield change(blocks=[{"type": "section", "text": {
                "type": kind, "text": text}}])
        yield change(blocks=[{"type": "header", "text": {
            "type": "plain_text", "text": "x" * 151}}])
    elif form == "teams":
        yield change(type="card")
        for name, value in (("version", "9"), ("body", [{"type": "Text"}]),
                            ("type", "Card"), ("body", [
                                {"type": "RichTextBlock", "inlines": [
                                    {"type": "TextRun", "text": ""}]}])):
            out = change()
            out["attachments"][0]["content"][name] = value
            yield out
        out = change()
        out["attachments"][0]["content"]["body"] *= 2000
        yield out
    elif form == "pagerduty":
        yield change(event_action="open")
        yield change(dedup_key="x" * 256)
        yield change(summary="x")
        for name, value in (("summary", "x" * 1025), ("summary", ""),
                            ("severity", "high"), ("source", None),
                            ("custom_details", "x" * 600000)):
            out = change()
            out["payload"][name] = value
            yield out
    else:
        yield '{"time": 1426279439000, "event": "x"}'
        yield '{"time": 1, "event": ""}'
        yield '{"time": "1", "message": "x"}'
        yield '{"event": "%s"}' % ("x" * 1000000)


def examples():
    for form, example in EXAMPLES.items():
        CHECKS[form](example)
        if BAD:
            sys.exit("%s: the documented example: %s" % (form, BAD))
        for i, wrong in enumerate(spoil(form)):
            CHECKS[form](wrong)
            if not BAD:
                sys.exit("%s: fault %d is not seen" % (form, i))
            BAD.clear()


if __name__ == "__main__":
    if sys.argv[1] == "--examples":
        examples()
        sys.exit(0)
    with open(sys.argv[2]) as f:
        document = json.load(f)
    with open(sys.argv[3], encoding="utf-8") as f:
        lines = [line.rstrip("\n").split("\t") for line in f]
    check(sys.argv[1], document, [(a, json.loads(b)) for a, b in lines])
    for what in BAD[:10]:
        print("%s: %s" % (sys.argv[1], what), file=sys.stderr)
    sys.exit(1 if BAD else 0)

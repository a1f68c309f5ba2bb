# SPDX-License-Identifier: Apache-2.0
"""receiver: takes POSTs and keeps what it gets.

usage: receiver.py DIR

It writes its port to DIR/hook-port, each POST to DIR/post.N and its headers in
JSON to DIR/headers.N, and answers with the status in DIR/answer; where that is
`slow', after three seconds.
"""

import http.server
import json
import sys
import time

top = sys.argv[1]


class Receiver(http.server.BaseHTTPRequestHandler):
    count = 0

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        Receiver.count += 1
        with open("%s/post.%d" % (top, Receiver.count), "wb") as f:
            for name in ("Content-Type", "Webhook-Id", "Webhook-Timestamp",
                         "Webhook-Signature"):
                f.write(("%s\n" % self.headers[name]).encode())
            f.write(body)
        with open("%s/headers.%d" % (top, Receiver.count), "w") as f:
            json.dump(dict(self.headers), f)
        with open(top + "/answer") as f:
            answer = f.read().strip()
        if answer == "slow":
            time.sleep(3)
        self.send_response(200 if answer == "slow" else int(answer))
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *a):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
server.daemon_threads = True
with open(top + "/hook-port", "w") as f:
    f.write(str(server.server_port))
server.serve_forever()

# SPDX-License-Identifier: Apache-2.0
"""smtp_receiver: an SMTP server that keeps the mails it gets.

usage: smtp_receiver.py DIR

It writes its port to DIR/smtp-port and each mail, as it arrived, to
DIR/smtp.N, below a line with the sender, the recipient and the credentials.
DIR/smtp-refuse holds a verb and a reply: that verb is answered so.  It offers
AUTH PLAIN, and no STARTTLS.
"""
import base64
import os
import socketserver
import sys

top = sys.argv[1]


class Receiver(socketserver.StreamRequestHandler):
    count = 0

    def say(self, line):
        self.wfile.write(line + b"\r\n")

    def refuses(self, verb):
        path = top + "/smtp-refuse"
        if not os.path.exists(path):
            return False
        with open(path, "rb") as f:
            refused, _, reply = f.read().strip().partition(b" ")
        if verb == refused.upper():
            self.say(reply)
        return verb == refused.upper()

    def data(self, envelope):
        self.say(b"354 go on")
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return
            lines.append(line[1:] if line.startswith(b".") else line)
        Receiver.count += 1
        with open("%s/smtp.%d" % (top, Receiver.count), "wb") as f:
            f.write(b" ".join(envelope) + b"\n" + b"".join(lines))
        self.say(b"250 kept")

    def handle(self):
        envelope = [b"", b"", b"-"]
        self.say(b"220 receiver")
        while line := self.rfile.readline().strip():
            verb = line.split()[0].upper()
            if self.refuses(verb):
                continue
            if verb == b"EHLO":
                self.say(b"250-receiver\r\n250 AUTH PLAIN")
            elif verb == b"AUTH":
                word = line.split()[2:]
                if not word:
                    self.say(b"334 ")
                    word = [self.rfile.readline().strip()]
                envelope[2] = base64.b64decode(word[0]).replace(b"\0", b":")
                self.say(b"235 welcome")
            elif verb == b"MAIL":
                envelope[0] = line.split(b":")[1].split()[0]
                self.say(b"250 sender")
            elif verb == b"RCPT":
                envelope[1] = line.split(b":")[1].split()[0]
                self.say(b"250 recipient")
            elif verb == b"DATA":
                self.data(envelope)
            elif verb == b"QUIT":
                self.say(b"221 bye")
                return
            else:
                self.say(b"502 what?")


server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Receiver)
server.daemon_threads = True
with open(top + "/smtp-port.new", "w") as f:
    f.write(str(server.server_address[1]))
os.rename(top + "/smtp-port.new", top + "/smtp-port")
server.serve_forever()

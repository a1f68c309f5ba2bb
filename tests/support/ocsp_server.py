# SPDX-License-Identifier: Apache-2.0
"""ocsp_server: an OCSP responder on loopback, for stories.

ocsp_server.py DIR: each POST is answered by `openssl ocsp' with the
certificates of index.txt, signed by signer.pem with signer.key; the issuer is
ca.pem.  DIR/mode may hold another answer: html, 404, moved, huge, later,
unauthorized, or a file NAME.der with a response to another request.  The port
is written to DIR/ocsp-port, each request is counted in DIR/ocsp-requests.
"""
import http.server
import os
import subprocess
import sys

folder = sys.argv[1]


def path(name):
    return os.path.join(folder, name)


def read(name):
    try:
        with open(path(name), "rb") as f:
            return f.read()
    except FileNotFoundError:
        return b""


def openssl(request):
    with open(path("ocsp-request.der"), "wb") as f:
        f.write(request)
    words = read("ocsp-options").decode().split()
    subprocess.run(
        ["openssl", "ocsp", "-index", path("index.txt"), "-CA", path("ca.pem"),
         "-rsigner", path("signer.pem"), "-rkey", path("signer.key"),
         "-reqin", path("ocsp-request.der"),
         "-respout", path("ocsp-response.der"), *words],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return read("ocsp-response.der")


def answer(mode, request):
    """The status and the body of an answer."""
    if mode == "html":
        return 200, b"<html>Welcome</html>"
    if mode == "404":
        return 404, b""
    if mode == "moved":
        return 302, b""
    if mode == "huge":
        return 200, bytes(1 << 20)
    if mode == "later":  # OCSPResponse of status tryLater (RFC 6960, 4.2.1)
        return 200, b"\x30\x03\x0a\x01\x03"
    if mode == "unauthorized":
        return 200, b"\x30\x03\x0a\x01\x06"
    if mode:
        return 200, read(mode)
    return 200, openssl(request)


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_POST(self):
        request = self.rfile.read(int(self.headers["Content-Length"]))
        with open(path("ocsp-requests"), "a") as f:
            f.write(self.headers["Content-Type"] + "\n")
        status, body = answer(read("mode").decode().strip(), request)
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if status == 302:
            self.send_header("Location", "/elsewhere")
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open(path("ocsp-port.new"), "w") as f:
    f.write(str(server.server_port))
os.rename(path("ocsp-port.new"), path("ocsp-port"))
server.serve_forever()

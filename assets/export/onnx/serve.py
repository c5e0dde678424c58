"""Answers POST /predict with what model.onnx says of pictures. The standard library, ONNX Runtime and Pillow do it all.

    pip install onnxruntime pillow
    python serve.py
    curl -F file=@photo.jpg -F file=@another.png http://127.0.0.1:8080/predict
    curl -H "Content-Type: image/jpeg" --data-binary @photo.jpg http://127.0.0.1:8080/predict

GET /labels and GET /healthz answer too. picture.py reads the pictures. Settings come from the environment:
HOST (127.0.0.1; 0.0.0.0 for every network), PORT (8080), MAX_BYTES of a request (20971520), QUEUE (16 requests under way
at a time; more are answered 503), TOKEN (callers must send "Authorization: Bearer TOKEN"; none by default).
The connection is not encrypted, and a slow client may hold a place for a minute: on the internet, put a proxy before it.
"""

import hmac
import io
import json
import os
import signal
import socket
import threading
import time
import traceback
import warnings
from email.parser import Parser
from email.policy import HTTP
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

from picture import load_picture

HOST = os.environ.get("HOST", "127.0.0.1")
PORT = int(os.environ.get("PORT", "8080"))
MAX_BYTES = int(os.environ.get("MAX_BYTES", str(20 * 2**20)))
TOKEN = os.environ.get("TOKEN", "")
BODY_SECONDS = 60
ROOM = threading.BoundedSemaphore(int(os.environ.get("QUEUE", "16")))

# A small file may unfold into a giant picture. Pillow only warns above this many pixels; here it is an error.
Image.MAX_IMAGE_PIXELS = 100_000_000
warnings.simplefilter("error", Image.DecompressionBombWarning)

MODEL = Path(__file__).resolve().with_name("model.onnx")
SESSION = onnxruntime.InferenceSession(MODEL, providers=["CPUExecutionProvider"])
LABELS = json.loads(SESSION.get_modelmeta().custom_metadata_map["labels"])
SIZE = SESSION.get_inputs()[0].shape[2]


class Problem(Exception):
    """A request that is answered with a status of its own."""

    def __init__(self, status, code, detail, headers=(), skipped=None):
        super().__init__(detail)
        self.status, self.code, self.detail, self.headers, self.skipped = status, code, detail, headers, skipped


def refused(status, detail, headers=()):
    return Problem(status, "request/refused", detail, headers)


def classify(pictures):
    """The answer for (name, bytes) pairs; those that cannot be read do not harm the others."""
    predictions, skipped = [], []
    for name, content in pictures:
        started = time.perf_counter()
        try:
            planes = load_picture(io.BytesIO(content), SIZE).transpose(2, 0, 1).astype(np.float32)
        except MemoryError:
            raise
        except Exception as error:  # Pillow's readers raise many kinds: each means that this picture cannot be used
            skipped.append({"file": name, "code": "image/unreadable", "message": f"not a readable picture: {error}"})
            continue
        probabilities = SESSION.run(None, {"image": planes[np.newaxis]})[0][0]
        predictions.append(
            {
                "file": name,
                "predicted": LABELS[int(probabilities.argmax())],
                "probabilities": dict(zip(LABELS, probabilities.tolist())),
                "milliseconds": round((time.perf_counter() - started) * 1000, 1),
            }
        )
    if not predictions:
        detail = f"No picture can be used. The first: {skipped[0]['message']}"
        raise Problem(422, "image/unreadable", detail, skipped=skipped)
    return {"model": MODEL.parent.name, "predictions": predictions, "skipped": skipped}


def pictures_of_form(body, boundary):
    """(name, bytes) of each file of a multipart/form-data body, by RFC 2046."""
    parts = (b"\r\n" + body).split(b"\r\n--" + boundary)
    if len(parts) < 2 or not parts[-1].startswith(b"--"):
        raise refused(400, "The form cannot be read: its last boundary is missing.")
    pictures = []
    for part in parts[1:-1]:
        head, gap, content = part.partition(b"\r\n\r\n")
        if not gap:
            raise refused(400, "The form cannot be read: a part has no end of its headers.")
        headers = Parser(policy=HTTP).parsestr(head.decode("utf-8", "replace").lstrip(), headersonly=True)
        name = headers.get_filename()
        if name is not None or headers.get_content_maintype() == "image":
            pictures.append((None if name is None else name.replace("\\", "/").split("/")[-1], content))
    if not pictures:
        raise refused(400, "The form holds no file. Send at least one, with a file name.")
    return pictures


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # so that "Expect: 100-continue" is answered
    timeout = 10  # seconds without a byte

    def do_GET(self):
        self.answer(self.read)

    do_HEAD = do_GET

    def do_POST(self):
        self.answer(self.predict)

    def read(self):
        path = self.path.split("?")[0]
        if path == "/healthz":
            return {"status": "ok", "model": MODEL.parent.name}
        self.require_token()
        if path == "/labels":
            return {"labels": LABELS}
        if path == "/predict":
            raise refused(405, "/predict is asked with POST.", [("Allow", "POST")])
        raise refused(404, f"There is nothing at {path}. Try POST /predict, GET /labels or GET /healthz.")

    def predict(self):
        self.require_token()
        path = self.path.split("?")[0]
        if path in ("/labels", "/healthz"):
            raise refused(405, f"{path} is asked with GET.", [("Allow", "GET, HEAD")])
        if path != "/predict":
            raise refused(404, f"There is nothing at {path}. Try POST /predict.")
        kind = self.headers.get_content_type() if "Content-Type" in self.headers else "nothing"
        is_form = kind == "multipart/form-data"
        if not is_form and not kind.startswith("image/") and kind != "application/octet-stream":
            raise refused(415, f"The content type is {kind}. Send image/jpeg (or another) or multipart/form-data.")
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            raise refused(411, "Send a Content-Length.")
        if int(length) > MAX_BYTES:
            raise refused(413, f"The body has {length} bytes; the most that is taken is {MAX_BYTES}.")
        if not ROOM.acquire(blocking=False):
            raise Problem(503, "run/busy", "All places are taken. Ask again soon.", [("Retry-After", "1")])
        try:
            body = self.read_body(int(length))
            if not body:
                raise refused(400, "The body is empty. Send the bytes of a picture.")
            if not is_form:
                return classify([(None, body)])
            boundary = self.headers.get_boundary()
            if not boundary:
                raise refused(400, "The form cannot be read: its content type names no boundary.")
            return classify(pictures_of_form(body, boundary.encode()))
        finally:
            ROOM.release()

    def read_body(self, length):
        body, until = bytearray(), time.monotonic() + BODY_SECONDS
        while len(body) < length:
            chunk = self.rfile.read1(min(length - len(body), 65536))
            if not chunk:
                raise refused(400, "The body ends before its Content-Length.")
            if time.monotonic() > until:
                raise refused(408, f"The body took longer than {BODY_SECONDS} seconds.")
            body += chunk
        self.is_read = True
        return bytes(body)

    def require_token(self):
        given = self.headers.get("Authorization", "")
        if TOKEN and not hmac.compare_digest(given.encode(), f"Bearer {TOKEN}".encode()):
            raise Problem(401, "session/refused", "The token is missing or wrong.", [("WWW-Authenticate", "Bearer")])

    def answer(self, work):
        self.is_read = self.command != "POST"
        self.close_connection = True  # an idle connection would hold up the end of the server
        try:
            self.send(200, "application/json", work())
        except Problem as problem:
            self.send_problem(problem)
        except (ConnectionError, TimeoutError):
            raise  # nobody is there to answer
        except Exception:
            traceback.print_exc()
            self.send_problem(Problem(500, "internal", "Something went wrong; the server's log says more."))
        if not self.is_read:
            self.let_go()

    def send_problem(self, problem):
        body = {"type": "about:blank", "title": HTTPStatus(problem.status).phrase, "status": problem.status}
        body |= {"detail": problem.detail, "code": problem.code}
        if problem.skipped is not None:
            body["skipped"] = problem.skipped
        self.send(problem.status, "application/problem+json", body, problem.headers)

    def send(self, status, kind, body, headers=()):
        content = json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        for name, value in [
            ("Content-Type", kind),
            ("Content-Length", str(len(content))),
            ("X-Content-Type-Options", "nosniff"),
            ("Connection", "close"),
            *headers,
        ]:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def let_go(self):
        """Reads on for a moment: a client that is still sending would lose the answer if the connection were cut."""
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_WR)
        self.connection.settimeout(1)
        until = time.monotonic() + 5
        try:
            while time.monotonic() < until and self.connection.recv(65536):
                pass
        except OSError:
            pass  # the client is gone, or says no more


def main():
    server = ThreadingHTTPServer((HOST, PORT), Handler)
    server.daemon_threads = False  # what is under way is finished
    # A container's first process has to handle these itself. shutdown() waits for the loop, so it needs another thread.
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: threading.Thread(target=server.shutdown).start())
    host, port = server.server_address[:2]
    print(f"Serving {len(LABELS)} classes at http://{host}:{port}", flush=True)
    server.serve_forever()
    server.server_close()


if __name__ == "__main__":
    main()

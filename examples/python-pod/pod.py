"""A pod in Python beside pods in any other language: it counts the visits of each user, in memory.

The agent claims users for it: stateful-route-agent --exec -- python3 pod.py. Counts are saved to a
storage that all pods share and that refuses tokens of earlier owners. POST /UID {"token"} registers
an owner and answers {"count"}; with a "count" it saves that; 409 {"token"} names a later owner's.
"""

import json
import os
import signal
import socket
import threading
import time
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote, unquote, urlsplit

AGENT, STORAGE = os.environ["STATEFUL_ROUTE_AGENT"], os.environ["STORAGE_URL"]
POD_ID = int(os.environ["STATEFUL_ROUTE_ORDINAL"])
FAILURES = (OSError, ValueError, HTTPException)
HEADERS = {421: ("stateful-route", "not-mine"), 503: ("retry-after", "1")}


def send(address, method, path, body=None, timeout=10):
    connection = HTTPConnection(urlsplit(address).netloc or "localhost", timeout=timeout)
    if address.startswith("unix:"):
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(timeout)
        connection.sock.connect(address.removeprefix("unix:"))
    connection.request(method, path, json.dumps(body))
    return connection.getresponse()


def post(address, path, body):
    response = send(address, "POST", path, body)
    return response.status, json.loads(response.read() or "{}")


class User:
    def __init__(self, uid):
        self.path, self.lock = quote(uid, safe=""), threading.Lock()
        self.token = self.ended = self.count = 0

    def is_mine(self):
        return self.token > self.ended and time.monotonic() * 1000 < pod.serves_until

    def end(self, token):
        """Claims up to this token are over, also one whose answer has not arrived."""
        self.ended = max(self.ended, token)

    def claim(self, least):
        """Claims the user, registers the token, then loads: returns an HTTP status."""
        status, claim = post(AGENT, f"/v1/users/{self.path}/claim", {"minToken": least})
        if status != 200:
            return 421 if status == 409 else 503
        status, stored = post(STORAGE, f"/{self.path}", {"token": claim["token"]})
        if status == 409:
            return self.claim(stored["token"] + 1)
        self.token, self.count = claim["token"], stored["count"]
        return 200 if self.is_mine() else 503

    def visit(self):
        with self.lock:
            # An event that was read late may have ended the newest claim: only a later one is served.
            status = 200 if self.is_mine() else self.claim(self.ended + 1)
            self.count += status == 200
            return status, self.count

    def hand_off(self, id, token):
        """Waits for the visit that runs, then saves."""
        with self.lock:
            self.end(token)
            state = {"token": token, "count": self.count}
            # What was not loaded under this token is not ours to save.
            status = post(STORAGE, f"/{self.path}", state)[0] if self.token == token else 200
            post(AGENT, f"/v1/hand-offs/{id}", {} if status == 200 else {"failed": str(status)})


class Pod:
    users, serves_until = {}, 0

    def user(self, uid):
        return self.users.setdefault(uid, User(uid))

    def on(self, name, sent):
        if name in ("state", "fenced"):
            kept = {c["uid"]: c["token"] for c in sent.get("users", []) + sent.get("handOffs", [])}
            for uid, user in list(self.users.items()):
                user.end(user.token if kept.get(uid) != user.token else 0)
        for claim in sent.get("claims", []):
            self.user(claim["uid"]).end(claim["token"] - (name == "unfenced"))
        if name == "handOff":
            save = self.user(sent["uid"]).hand_off
            threading.Thread(target=save, args=(sent["id"], sent["token"])).start()
        if name == "handOffEnded" and not sent["moved"]:
            self.user(sent["uid"]).ended = sent["token"] - 1
        if name == "fenced" or "validForMs" in sent:
            until = time.monotonic() * 1000 + sent.get("validForMs", 0)
            self.serves_until = sent.get("validUntilMs", until)

    def listen(self):
        """Follows the agent. Without it the lease runs out, and nobody is served."""
        while True:
            with suppress(*FAILURES):
                for line in send(AGENT, "GET", "/v1/events", timeout=None):
                    key, _, value = line.decode().rstrip().partition(": ")
                    name = value if key == "event" else name
                    if key == "data":
                        self.on(name, json.loads(value))
            time.sleep(0.1)


class Handler(BaseHTTPRequestHandler):
    protocol_version, log_message = "HTTP/1.1", lambda *_: None
    do_GET = lambda self: self.send_error(204)

    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        uid = unquote(self.headers.get("stateful-route-uid") or self.path.rsplit("/")[-1])
        status, visits = 503, 0
        with suppress(*FAILURES):
            status, visits = pod.user(uid).visit()
        body = json.dumps(dict(podId=POD_ID, visits=visits, held=True)) if status == 200 else ""
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.send_header(*HEADERS.get(status, ("content-type", "application/json")))
        self.end_headers()
        self.wfile.write(body.encode())


pod = Pod()
# Its users have left by then: requests that are still on their way get the answer "not mine".
signal.signal(signal.SIGTERM, lambda *_: threading.Timer(1, os._exit, [0]).start())
threading.Thread(target=pod.listen, daemon=True).start()
ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()

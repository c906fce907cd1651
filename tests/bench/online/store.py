"""A stand-in for DynamoDB's BatchGetItem over TLS: `store.py <certificate> <key> <items> <seconds>`.

It prints its port, and answers no sooner than after so many seconds. What it takes beside is no figure; it only has to
be there.
"""

from __future__ import annotations

import json
import socketserver
import ssl
import sys
import time
from pathlib import Path


class _Store(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def main(certificate: str, key: str, items: str, seconds: str) -> None:
    held = {(pk, sk): body for pk, sk, body in json.loads(Path(items).read_text())}
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    class Handler(socketserver.StreamRequestHandler):
        disable_nagle_algorithm = True

        def setup(self) -> None:
            self.request = context.wrap_socket(self.request, server_side=True)
            super().setup()

        def handle(self) -> None:
            while self.rfile.readline():
                length = 0
                while (line := self.rfile.readline()) not in (b"\r\n", b""):
                    name, _, value = line.partition(b":")
                    if name.lower() == b"content-length":
                        length = int(value)
                time.sleep(float(seconds))
                [(table, asked)] = json.loads(self.rfile.read(length))["RequestItems"].items()
                keys = [(one["pk"]["S"], one["sk"]["S"]) for one in asked["Keys"]]
                found = [
                    {"pk": {"S": pk}, "sk": {"S": sk}, "body": {"S": held[pk, sk]}, "writes": {"N": "1"}}
                    for pk, sk in keys
                    if (pk, sk) in held
                ]
                body = json.dumps({"Responses": {table: found}, "UnprocessedKeys": {}}).encode()
                head = b"HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: "
                self.wfile.write(head + str(len(body)).encode() + b"\r\n\r\n" + body)

    with _Store(("127.0.0.1", 0), Handler) as server:
        sys.stdout.write(f"{server.server_address[1]}\n")
        sys.stdout.flush()
        server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])

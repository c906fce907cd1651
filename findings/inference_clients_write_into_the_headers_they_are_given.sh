#!/bin/sh
# The headers that a user gives to one call of an inference client go, changed, into the next call.
#
# tritonclient 2.73.0 and KServe's client 0.21.0 put the headers of a request into the dict that the caller passed: the length of the
# JSON before binary tensors, and content-encoding. Who keeps a dict with his token, as one does, sends them again: a plain JSON
# request after a compressed one says that it is gzip, and one after a binary request says that its JSON is as long as the other's.
# A server that reads what headers say has to refuse it. A copy of the dict for each call helps.
# Seen on 2026-11-30 with Python 3.11.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet install "tritonclient[http]==2.73.0" kserve==0.21.0
"$folder/venv/bin/python" - <<'PROGRAM'
import asyncio
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version

import numpy as np
import tritonclient.http as triton
from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig

seen = []


class Server(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        seen.append({name.lower(): value for name, value in self.headers.items()})
        output = {"name": "y", "datatype": "FP32", "shape": [1], "data": [0.5]}
        body = json.dumps({"id": "1", "model_name": "m", "model_version": "1", "outputs": [output]}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
port, LENGTH, ENCODING = server.server_port, "inference-header-content-length", "content-encoding"
values = np.zeros(1, np.float32)


def tensor(kind, binary):
    made = kind("x", [1], "FP32")
    made.set_data_from_numpy(values, binary_data=binary)
    return made


mine = {"authorization": "Bearer mine"}
client = triton.InferenceServerClient(f"127.0.0.1:{port}")
client.infer("m", [tensor(triton.InferInput, False)], headers=mine, request_compression_algorithm="gzip")
client.infer("m", [tensor(triton.InferInput, False)], headers=mine)
print(f"tritonclient {version('tritonclient')}: plain JSON is sent with {ENCODING}: {seen[-1].get(ENCODING)}")
assert seen[-1].get(ENCODING) == "gzip", seen[-1]
assert [*mine] != ["authorization"], mine

mine = {"authorization": "Bearer mine"}


async def by_kserve():
    kserve = InferenceRESTClient(RESTConfig(protocol="v2"))
    for binary in (True, False):
        request = InferRequest(model_name="m", infer_inputs=[tensor(InferInput, binary)])
        await kserve.infer(f"http://127.0.0.1:{port}", request, model_name="m", headers=mine)


asyncio.run(by_kserve())
print(f"kserve {version('kserve')}: plain JSON is sent with {LENGTH}: {seen[-1].get(LENGTH)}")
assert seen[-1].get(LENGTH) is not None, seen[-1]
assert [*mine] != ["authorization"], mine
PROGRAM

#!/usr/bin/env python3
"""Measures what one job costs the systems around a worker: S3 requests and bytes, events and their bytes, seconds of each
phase, a handover. Prints JSON; benchmark/capacity.py reckons with it.

usage: measure.py --model DIR [--out FILE]

DIR is a model in Hugging Face layout. The script starts `./tenfold up --workers 0` (Kafka and S3), a worker of its own whose S3
endpoint is a proxy that counts, and runs jobs: LoRA with an empty cache, with a full one, with more checkpoints; full fine-tuning; and one that
is stopped by SIGTERM in the middle and taken up by a second worker. This script needs the standard library alone.
"""
import argparse
import collections
import datetime
import hashlib
import hmac
import json
import os
import platform
import random
import signal
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LABELS = ("invoice", "delivery", "login", "refund")
ROWS, STEPS, SAVE_EVERY = 2000, 40, 20
TERMINAL = ("succeeded", "failed", "cancelled", "rejected")


class CountingProxy(socketserver.ThreadingTCPServer):
    """Hands HTTP/1.1 on to one server, unchanged, and counts requests by method and bytes of bodies by direction."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, target):
        super().__init__(("127.0.0.1", 0), ProxyConnection)
        self.target = target
        self.lock = threading.Lock()
        self.reset()

    def reset(self):
        with self.lock:
            self.requests, self.sent, self.received = collections.Counter(), 0, 0

    def figures(self):
        with self.lock:
            return {"requests": sum(self.requests.values()), "by_method": dict(sorted(self.requests.items())),
                    "bytes_up": self.sent, "bytes_down": self.received}


class ProxyConnection(socketserver.StreamRequestHandler):
    def handle(self):
        with socket.create_connection(self.server.target) as upstream:
            answers = upstream.makefile("rb")
            while self.exchange(upstream, answers):
                pass

    def exchange(self, upstream, answers):
        method, head, length, chunked, _ = read_head(self.rfile)
        if method is None:
            return False
        upstream.sendall(head)
        sent = copy_body(self.rfile, upstream.sendall, length, chunked)
        status = b"100"
        while status == b"100":
            status, head, length, chunked, close = read_head(answers, answer=True)
            if status is None:
                return False
            self.wfile.write(head)
        bodiless = method == b"HEAD" or status in (b"204", b"304")
        received = 0 if bodiless else copy_body(answers, self.wfile.write, length, chunked)
        with self.server.lock:
            self.server.requests[method.decode()] += 1
            self.server.sent += sent
            self.server.received += received
        return not close


def read_head(stream, answer=False):
    first = stream.readline()
    if not first:
        return None, b"", 0, False, True
    head, length, chunked, close = first, 0, False, False
    while True:
        line = stream.readline()
        head += line
        if line in (b"\r\n", b"\n", b""):
            break
        name, _, value = line.decode("latin-1").partition(":")
        value = value.strip().lower()
        if name.lower() == "content-length":
            length = int(value)
        elif name.lower() == "transfer-encoding":
            chunked = value == "chunked"
        elif name.lower() == "connection":
            close = value == "close"
    return first.split(b" ")[1 if answer else 0].strip(), head, length, chunked, close


def copy_body(stream, write, length, chunked):
    copied = 0
    if not chunked:
        while copied < length:
            piece = stream.read1(min(65536, length - copied)) if hasattr(stream, "read1") else stream.read(min(65536, length - copied))
            if not piece:
                break
            write(piece)
            copied += len(piece)
        return copied
    while True:
        size = stream.readline()
        write(size)
        left = int(size.split(b";")[0], 16)
        piece = stream.read(left + 2)
        write(piece)
        copied += left
        if left == 0:
            return copied


def put(s3, bucket, key, body):
    """PUT Object with AWS's signature, version 4."""
    host = urllib.parse.urlsplit(s3["endpoint"]).netloc
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    path, digest = f"/{bucket}/{key}", hashlib.sha256(body).hexdigest()
    canonical = f"PUT\n{path}\n\nhost:{host}\nx-amz-content-sha256:{digest}\nx-amz-date:{now}\n\nhost;x-amz-content-sha256;x-amz-date\n{digest}"
    scope = f"{now[:8]}/us-east-1/s3/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    secret = ("AWS4" + s3["secret_key"]).encode()
    for part in scope.split("/"):
        secret = hmac.new(secret, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()
    request = urllib.request.Request(s3["endpoint"] + path, data=body, method="PUT", headers={
        "Content-Type": "application/octet-stream", "x-amz-date": now, "x-amz-content-sha256": digest, "Authorization":
        f"AWS4-HMAC-SHA256 Credential={s3['access_key']}/{scope}, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature={signature}"})
    with urllib.request.urlopen(request):
        pass


def rows(count, seed):
    draw = random.Random(seed)
    lines = ["text,label"]
    for _ in range(count):
        label = draw.choice(LABELS)
        words = [draw.choice(("please", "my", "order", "account", "is", "still", "not", "there", "why", label)) for _ in range(draw.randint(5, 25))]
        lines.append(f"{' '.join(words)},{label}")
    return ("\n".join(lines) + "\n").encode()


def request_of(job, method, steps, save_every=SAVE_EVERY):
    return {"id": job, "model": "s3://models/base", "task": {"type": "sequence_classification", "labels": list(LABELS)},
            "data": {"train": "s3://data/measure/train.csv", "validation": "s3://data/measure/dev.csv"},
            "method": method, "training": {"max_steps": steps, "batch_size": 32, "save_steps": save_every, "eval_steps": steps},
            "output": f"s3://artifacts/{job}"}


class Worker:
    """`./tenfold worker` with a database of its own; the second one of a folder takes up what the first one left."""

    def __init__(self, ready, proxy, folder, name):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        environment = dict(os.environ, KAFKA_BOOTSTRAP_SERVERS=ready["kafka"], QUARKUS_HTTP_PORT=str(port), QUARKUS_HTTP_HOST="127.0.0.1",
                           QUARKUS_DATASOURCE_JDBC_URL=f"jdbc:h2:file:{folder}/jobs", TENFOLD_STORAGE_CACHE_DIR=f"{folder}/cache",
                           TENFOLD_STORAGE_S3_ENDPOINT="http://127.0.0.1:%d" % proxy.server_address[1],
                           TENFOLD_STORAGE_S3_ACCESS_KEY=ready["s3"]["access_key"], TENFOLD_STORAGE_S3_SECRET_KEY=ready["s3"]["secret_key"])
        began = time.monotonic()
        log = open(f"{folder}/{name}.log", "wb")
        self.process = subprocess.Popen([str(ROOT / "tenfold"), "worker"], env=environment, stdout=log, stderr=subprocess.STDOUT)
        while True:
            try:
                urllib.request.urlopen(self.url + "/q/health/ready", timeout=2).close()
                break
            except OSError:
                if self.process.poll() is not None:
                    raise SystemExit(f"the worker ended; see {log.name}")
                time.sleep(0.05)
        self.seconds_to_ready = time.monotonic() - began

    def submit(self, request):
        sent = urllib.request.Request(self.url + "/v1/jobs", data=json.dumps(request).encode(), headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(sent):
            pass

    def events(self, job):
        with urllib.request.urlopen(f"{self.url}/v1/jobs/{job}/events?limit=1000") as answer:
            return json.load(answer)

    def until(self, job, wanted):
        while True:
            found = self.events(job)
            if any(kind(event) in wanted for event in found):
                return found
            time.sleep(0.1)

    def stop(self):
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        return {"exit_code": self.process.wait(60), "seconds": round(time.monotonic() - began, 3)}


def kind(event):
    return event["type"].split(".")[3]


def moment(event):
    return datetime.datetime.fromisoformat(event["time"].replace("Z", "+00:00")).timestamp()


def figures(events, s3):
    sizes = collections.defaultdict(list)
    for event in events:
        sizes[kind(event)].append(len(json.dumps(event, separators=(",", ":")).encode()))
    first = {}
    for event in events:
        first.setdefault(kind(event), moment(event))
    end = events[-1]
    checkpoints = [event["data"] for event in events if kind(event) == "checkpoint"]
    return {
        "ended": kind(end), "s3": s3, "events": len(events),
        "event_bytes": {name: {"count": len(found), "mean": round(sum(found) / len(found))} for name, found in sorted(sizes.items())},
        "seconds": {"accepted_to_started": round(first["started"] - first["accepted"], 3),
                    "started_to_first_progress": round(first["progress"] - first["started"], 3),
                    "started_to_end": round(moment(end) - first["started"], 3),
                    "publish": end["data"]["seconds"]["publish"]},
        "checkpoints": [{"bytes": found["bytes"], "seconds": found["seconds"]} for found in checkpoints],
        "artifact_bytes": end["data"].get("artifact_bytes"),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, type=Path)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    result = {"mode": "job", "at": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
              "machine": {"cores": os.cpu_count(), "system": platform.system(), "load_before": round(os.getloadavg()[0], 2),
                          "commit": subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout.strip()},
              "model_bytes": sum(file.stat().st_size for file in options.model.iterdir()), "steps": STEPS, "save_every": SAVE_EVERY,
              "training_rows": ROWS, "batch_size": 32, "jobs": {}}
    with tempfile.TemporaryDirectory(prefix="tenfold-measure") as folder:
        up = subprocess.Popen([str(ROOT / "tenfold"), "up", "--workers", "0", "--dir", f"{folder}/up", "--kafka-port", "0", "--s3-port", "0",
                               "--http-port", "0"], stdout=subprocess.PIPE, stderr=sys.stderr)
        try:
            run(json.loads(up.stdout.readline()), options.model, folder, result)
        finally:
            up.send_signal(signal.SIGTERM)
            up.wait(60)
    text = json.dumps(result, indent=1)
    if options.out:
        options.out.write_text(text + "\n")
    print(text)


def run(ready, model, folder, result):
    for file in model.iterdir():
        put(ready["s3"], "models", f"base/{file.name}", file.read_bytes())
    for name, count, seed in (("train", ROWS, 1), ("dev", 200, 2)):
        put(ready["s3"], "data", f"measure/{name}.csv", rows(count, seed))
    endpoint = urllib.parse.urlsplit(ready["s3"]["endpoint"])
    with CountingProxy((endpoint.hostname, endpoint.port)) as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        worker = Worker(ready, proxy, folder, "first")
        result["seconds_to_ready"] = round(worker.seconds_to_ready, 2)
        lora = {"name": "lora", "r": 8, "lora_alpha": 16, "target_modules": ["query", "value"]}
        for job, method, save_every in (("lora-cold", lora, SAVE_EVERY), ("lora-warm", lora, SAVE_EVERY),
                                        ("lora-often", lora, SAVE_EVERY // 4), ("full-warm", {"name": "full"}, SAVE_EVERY)):
            proxy.reset()
            worker.submit(request_of(job, method, STEPS, save_every))
            result["jobs"][job] = figures(worker.until(job, TERMINAL), proxy.figures())
        proxy.reset()
        worker.submit(request_of("handover", lora, 10 * STEPS))
        worker.until("handover", ("checkpoint",))
        stopped = worker.stop()
        second = Worker(ready, proxy, folder, "second")
        try:
            found = second.until("handover", ("handed_over",))
            handed = next(event for event in found if kind(event) == "handed_over")
            resumed = [event for event in second.until("handover", ("started",)) if kind(event) == "started"]
            while len(resumed) < 2:
                time.sleep(0.1)
                resumed = [event for event in second.events("handover") if kind(event) == "started"]
            result["handover"] = {**stopped, "step": handed["data"]["step"], "resumed_from_step": resumed[1]["data"]["resumed_from_step"],
                                  "second_seconds_to_ready": round(second.seconds_to_ready, 2)}
        finally:
            second.stop()


if __name__ == "__main__":
    main()

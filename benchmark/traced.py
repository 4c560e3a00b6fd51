#!/usr/bin/env python3
"""Traces and metrics of one job, from the packaged program: draws the trace and prints the metrics.

usage: traced.py run [--model DIR] [--steps N] --out FILE
       traced.py draw FILE --plot SVG

`run` starts `./tenfold up`, a collector of spans beside it, and sends one LoRA job over HTTP as a producer that traces: the job joins its
`traceparent`. FILE holds the spans, the events with the moment each was seen by a client, and what /q/metrics said of the job.
DIR is a model in Hugging Face layout (default: the tests' smallest). `draw` makes the picture and prints the table of metrics.
This script needs the standard library alone.
"""
import argparse
import datetime
import gzip
import http.server
import json
import os
import platform
import re
import secrets
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

import measure
import plots

ROOT = measure.ROOT
JOB = "traced"
SAMPLE = re.compile(r"^(tenfold_[a-z_]+)(\{[^}]*\})? ([0-9.eE+-]+)(?: # \{(.*)\}.*)?$")


class Collector(http.server.ThreadingHTTPServer):
    """OTLP over HTTP, in protobuf; keeps the spans."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), CollectorConnection)
        self.spans = []


class CollectorConnection(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        for resource in fields(body).get(1, []):
            for scope in fields(resource).get(2, []):
                self.server.spans += [span(found) for found in fields(scope).get(2, [])]
        self.send_response(200)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def fields(message):
    """A protobuf message without its schema: number to a list of integers, or of bytes."""
    found, at = {}, 0
    while at < len(message):
        key, at = varint(message, at)
        if key & 7 == 0:
            value, at = varint(message, at)
        elif key & 7 == 2:
            length, at = varint(message, at)
            value, at = message[at:at + length], at + length
        else:
            width = 8 if key & 7 == 1 else 4
            value, at = int.from_bytes(message[at:at + width], "little"), at + width
        found.setdefault(key >> 3, []).append(value)
    return found


def varint(message, at):
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def span(message):
    f = fields(message)
    return {"name": f[5][0].decode(), "trace": f[1][0].hex(), "id": f[2][0].hex(), "parent": f.get(4, [b""])[0].hex(),
            "state": f.get(3, [b""])[0].decode(), "start": f[7][0] / 1e9, "end": f[8][0] / 1e9,
            "attributes": attributes(f.get(9, [])),
            "moments": [{"name": m[2][0].decode(), "at": m[1][0] / 1e9, "attributes": attributes(m.get(3, []))} for m in map(fields, f.get(11, []))]}


def attributes(pairs):
    found = {}
    for pair in map(fields, pairs):
        value = fields(pair[2][0])
        if 1 in value:
            found[pair[1][0].decode()] = value[1][0].decode()
        elif 4 in value:
            found[pair[1][0].decode()] = struct.unpack("<d", value[4][0].to_bytes(8, "little"))[0]
        else:
            found[pair[1][0].decode()] = next(iter(value.values()))[0]
    return dict(sorted(found.items()))


def follow(url, seen):
    """Reads the job's events as they come, until its last one."""
    request = urllib.request.Request(f"{url}/v1/jobs/{JOB}/events", headers={"Accept": "text/event-stream"})
    with urllib.request.urlopen(request) as stream:
        for line in stream:
            if line.startswith(b"data:"):
                seen.append((time.time(), json.loads(line[5:])))


def samples(url):
    """Of each of our metrics its labels, value and exemplar, as Prometheus asks for them."""
    request = urllib.request.Request(url + "/q/metrics", headers={"Accept": "application/openmetrics-text;version=1.0.0"})
    with urllib.request.urlopen(request) as answer:
        return [parts for parts in map(SAMPLE.match, answer.read().decode().splitlines()) if parts]


def metrics(found):
    """A few numbers: buckets, the largest of late and what is zero are left out."""
    return {parts[1] + (parts[2] or ""): float(parts[3]) for parts in found
            if not parts[1].endswith(("_bucket", "_max")) and float(parts[3]) != 0}


def run(options):
    collector = Collector()
    threading.Thread(target=collector.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory(prefix="tenfold-trace") as folder:
        environment = dict(os.environ, TENFOLD_TELEMETRY_OTLP_ENDPOINT="http://127.0.0.1:%d" % collector.server_address[1],
                           QUARKUS_OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf", TENFOLD_COST_DEVICE_SECOND="0.0006", TENFOLD_COST_CURRENCY="EUR")
        up = subprocess.Popen([str(ROOT / "tenfold"), "up", "--dir", f"{folder}/up", "--kafka-port", "0", "--s3-port", "0", "--http-port", "0"],
                              stdout=subprocess.PIPE, stderr=sys.stderr, env=environment)
        try:
            result = trace(json.loads(up.stdout.readline()), options, collector)
        finally:
            up.send_signal(signal.SIGTERM)
            up.wait(60)
    options.out.write_text(json.dumps(result, indent=1) + "\n")


def trace(ready, options, collector):
    for file in options.model.iterdir():
        measure.put(ready["s3"], "models", f"base/{file.name}", file.read_bytes())
    for name, count, seed in (("train", 800, 1), ("dev", 200, 2)):
        measure.put(ready["s3"], "data", f"measure/{name}.csv", measure.rows(count, seed))
    request = measure.request_of(JOB, {"name": "lora", "r": 8, "target_modules": ["query", "value"]}, options.steps, options.steps // 3)
    request["training"].update(max_length=32, logging_steps=5, eval_steps=options.steps // 3)
    trace_id, parent = secrets.token_hex(16), secrets.token_hex(8)
    sent = urllib.request.Request(ready["http"] + "/v1/jobs", data=json.dumps(request).encode(), headers={
        "Content-Type": "application/json", "traceparent": f"00-{trace_id}-{parent}-01", "tracestate": "producer=traced.py"})
    load, start = os.getloadavg()[0], time.time()
    with urllib.request.urlopen(sent):
        pass
    producer = {"name": "producer", "trace": trace_id, "id": parent, "parent": "", "state": "", "start": start, "end": time.time(),
                "attributes": {}, "moments": []}
    seen, during = [], {}
    follower = threading.Thread(target=follow, args=(ready["http"], seen))
    follower.start()
    while follower.is_alive():
        # What a runner tells of now is gone when its job is.
        during.update({name: value for name, value in metrics(samples(ready["http"])).items() if "_second{" in name or "_device_memory" in name or "utilisation" in name})
        time.sleep(0.25)
    wanted = {"intake", "queue", "attempt", "load", "train", "checkpoint", "publish"}
    until = time.time() + 60
    while not wanted <= {found["name"] for found in collector.spans if found["trace"] == trace_id} and time.time() < until:
        time.sleep(0.5)
    time.sleep(16)  # rows are counted every 15 seconds
    after = samples(ready["http"])
    spans = [producer] + sorted((found for found in collector.spans if found["trace"] == trace_id), key=lambda found: (found["start"], found["name"]))
    for found in spans:
        for place in [found] + found["moments"]:
            place.update({key: round(place[key] - start, 4) for key in ("start", "end", "at") if key in place})
    return {"mode": "trace", "at": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
            "machine": {"cores": os.cpu_count(), "system": platform.system(), "load_before": round(load, 2)},
            "model": options.model.name, "request": request, "spans": spans,
            "events": [{"kind": measure.kind(event), "written": round(measure.moment(event) - start, 3), "seen": round(at - start, 3)} for at, event in seen],
            "last_event": seen[-1][1]["data"], "metrics_during": during, "metrics_after": metrics(after),
            "samples_with_this_trace_as_exemplar": sum(trace_id in (parts[4] or "") for parts in after)}


def draw(options):
    found = json.loads(options.file.read_text())
    by_id = {place["id"]: place for place in found["spans"]}

    def depth(place):
        return 1 + depth(by_id[place["parent"]]) if place["parent"] in by_id else 0

    rows = []
    for place in in_order(found["spans"]):
        seconds = place["end"] - place["start"]
        step = place["attributes"].get("tenfold.step")
        words = f"{seconds:.3f} s" if place["name"] != "intake" else f"at {place['start']:.3f} s"
        name = {"checkpoint": f"checkpoint {step}", "queue": "queue, until the claim"}.get(place["name"], place["name"])
        rows.append((depth(place), name, place["start"], place["end"], words, [moment["at"] for moment in place["moments"]]))
    last = found["events"][-1]
    moments = {f"{last['kind']}: written {last['written']:.2f} s, seen {last['seen']:.2f} s": last["seen"]}
    plots.write(options.plot, plots.waterfall("One job's trace", "seconds since the producer sent the request", rows, moments))
    print("| metric | value |\n|---|---:|")
    for name, value in sorted({**found["metrics_after"], **found["metrics_during"]}.items()):
        if "_phase_seconds_count" not in name:
            print(f"| `{name}` | {value:,.6g} |" if value % 1 else f"| `{name}` | {value:,.0f} |")


def in_order(spans):
    """Each span before those below it, and these by their start."""
    below = lambda parent: [place for place in spans if place["parent"] == parent]
    def walk(place):
        yield place
        for child in sorted(below(place["id"]), key=lambda found: found["start"]):
            yield from walk(child)
    return list(walk(spans[0]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    running = commands.add_parser("run")
    running.add_argument("--model", type=Path, default=ROOT / "src/test/resources/golden/bert-bare")
    running.add_argument("--steps", type=int, default=600)
    running.add_argument("--out", type=Path, required=True)
    running.set_defaults(act=run)
    drawing = commands.add_parser("draw")
    drawing.add_argument("file", type=Path)
    drawing.add_argument("--plot", type=Path, required=True)
    drawing.set_defaults(act=draw)
    options = parser.parse_args()
    options.act(options)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Asks Tenfold for a training and follows it to its end.

usage: request_training.py [--kafka localhost:9092] [--train s3://…/train.csv] [--validation s3://…] [--model s3://…] [--method lora]

Needs kafka-python (pip install kafka-python). The exit code is 0 when the job succeeded, 1 when it did not.
"""
import argparse
import hashlib
import json
import sys
import uuid

from kafka import KafkaConsumer, KafkaProducer

TERMINAL = ("succeeded", "failed", "cancelled", "rejected")


def request_of(options):
    body = {
        "model": options.model,
        "task": {"type": "sequence_classification"},
        "data": {"train": options.train, "validation": options.validation},
        "method": {"name": options.method},
        "training": {"epochs": options.epochs, "seed": 42},
    }
    # The id says what is asked: the same question twice is one job, and a retry of this script trains nothing anew.
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:12]
    job = f"{options.name}-{digest}"
    return {"id": job, **body, "output": f"s3://artifacts/{job}"}


def send(kafka, topic, request):
    """Returns when every copy of the record is on disk."""
    producer = KafkaProducer(bootstrap_servers=kafka, acks="all", enable_idempotence=True)
    # W3C trace context: the job's trace goes on from here.
    trace = f"00-{uuid.uuid4().hex}-{uuid.uuid4().hex[:16]}-01"
    producer.send(topic, key=request["id"].encode(), value=json.dumps(request).encode(),
                  headers=[("traceparent", trace.encode())]).get(timeout=30)
    producer.close()


def events_of(kafka, topic, job):
    """The job's events in order, each once. They may have been published before we look, so the topic is read from its beginning;
    a service keeps a consumer group of its own instead and hears of all jobs."""
    consumer = KafkaConsumer(topic, bootstrap_servers=kafka, auto_offset_reset="earliest", enable_auto_commit=False)
    seen = 0
    for record in consumer:
        if record.key is None or record.key.decode() != job:
            continue
        event = json.loads(record.value)
        if event["data"]["seq"] <= seen:
            continue  # Published twice after a crash.
        seen = event["data"]["seq"]
        yield event["type"].split(".")[3], event["data"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kafka", default="localhost:9092")
    parser.add_argument("--name", default="support")
    parser.add_argument("--model", default="s3://models/minilm")
    parser.add_argument("--train", default="s3://data/support/train.csv")
    parser.add_argument("--validation", default="s3://data/support/validation.csv")
    parser.add_argument("--method", default="lora")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--requests-topic", default="tenfold.requests")
    parser.add_argument("--events-topic", default="tenfold.events")
    options = parser.parse_args()
    request = request_of(options)
    send(options.kafka, options.requests_topic, request)
    print(f"asked for {request['id']}", file=sys.stderr)
    for kind, data in events_of(options.kafka, options.events_topic, request["id"]):
        if kind == "progress":
            print(f"  {data['percent']:.0f} %, loss {data['loss']:.3f}", file=sys.stderr)
        elif kind in TERMINAL:
            print(json.dumps(data, indent=1))
            return 0 if kind == "succeeded" else 1
        else:
            print(f"  {kind}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Reckons what a cluster asks of Kafka, the database, S3 and Kubernetes, from one node to ten thousand.

usage: capacity.py [--job FILE] [--gateway FILE] [--plots DIR]

FILE of --job is what measure.py wrote, FILE of --gateway what CapacityMeasure wrote (default: the newest results/*-job.json and
*-gateway.json). What is assumed stands in ASSUMED; every line of the table is a product that `loads` shows. This script needs the
standard library alone.
"""
import argparse
import json
from pathlib import Path

import plots

HERE = Path(__file__).resolve().parent
NODES = (1, 10, 100, 1000, 10000)
ASSUMED = {
    "gpus_a_node": 4,
    # The mean of simulate.py's jobs, and what a request gets if it says nothing: a checkpoint every 300 s.
    "job_seconds": 1080, "save_seconds": 300,
    # The most there can be: logging_steps reports at most once in two seconds.
    "progress_seconds": 2,
    "model_bytes": 440e6, "models_a_node_uses": 6, "node_hours": 8,
    "copies_in_kafka": 3, "event_days_in_kafka": 7, "row_days": 90,
}


def loads(nodes, job, gateway, a):
    """What `nodes` nodes with all GPUs busy ask for, in a second unless said otherwise."""
    warm, often = job["jobs"]["lora-warm"], job["jobs"]["lora-often"]
    runners = nodes * a["gpus_a_node"]
    jobs = runners / a["job_seconds"]
    progress = a["job_seconds"] / a["progress_seconds"]
    saves = a["job_seconds"] / a["save_seconds"]
    kinds = warm["event_bytes"]
    once = sum(found["count"] for kind, found in kinds.items() if kind not in ("progress", "checkpoint"))
    once_bytes = sum(found["count"] * found["mean"] for kind, found in kinds.items() if kind not in ("progress", "checkpoint"))
    events_a_job = once + progress + saves
    bytes_a_job = once_bytes + progress * kinds["progress"]["mean"] + saves * kinds["checkpoint"]["mean"]
    # More checkpoints, else the same job: the difference is what a checkpoint asks of S3.
    more = len(often["checkpoints"]) - len(warm["checkpoints"])
    s3_a_save = (often["s3"]["requests"] - warm["s3"]["requests"]) / more
    s3_a_job = warm["s3"]["requests"] + (saves - len(warm["checkpoints"])) * s3_a_save
    idle, running = gateway["database"]["idle"], gateway["database"]["running"]
    each = lambda counter: (running[counter] - idle[counter]) / running["jobs"]
    row_bytes = gateway["disk"]["bytes_a_job"] + events_a_job * gateway["disk"]["bytes_an_event"]
    return {
        "runners": runners,
        "requests": jobs,
        "events": jobs * events_a_job,
        "event bytes": jobs * bytes_a_job,
        "events kept in Kafka, bytes": jobs * bytes_a_job * 86400 * a["event_days_in_kafka"] * a["copies_in_kafka"],
        "database commits": runners * each("xact_commit_per_second"),
        "rows written": runners * (each("tup_inserted_per_second") + each("tup_updated_per_second")),
        # Nothing is taken off, and pages that are written whole after a checkpoint are in it.
        "write-ahead log, bytes": runners * running["wal_bytes_per_second"] / running["jobs"],
        "rows kept, bytes": jobs * row_bytes * 86400 * a["row_days"],
        "S3 requests": jobs * s3_a_job,
        "base models without a cache, bytes": jobs * a["model_bytes"],
        "base models with a cache on nodes, bytes": nodes * a["models_a_node_uses"] * a["model_bytes"] / (a["node_hours"] * 3600),
    }


def limits(job, gateway, a):
    """The nodes at which something measured is used up: what it does in a second, over what a node asks of it."""
    one = loads(1, job, gateway, a)
    best = lambda found: max(entry["claims_per_second"] for entry in found.values() if isinstance(entry, dict))
    able = {
        "intake of one gateway": (gateway["intake"]["rows_per_second"], one["requests"]),
        "one relay, events of many jobs": (gateway["relay"]["wide"]["events_per_second"], one["events"]),
        "claims": (best(gateway["claims"]), one["requests"]),
        f"claims with {gateway['claims_in_a_backlog']['rows_queued']:,.0f} rows that wait": (best(gateway["claims_in_a_backlog"]), one["requests"]),
    }
    return {name: (rate, need, rate / need) for name, (rate, need) in able.items()}


def human(value):
    for size, unit in ((1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value:.2g} " if value < 1 else f"{value:.3g} "


def newest(pattern):
    found = sorted((HERE / "results").glob(pattern))
    if not found:
        raise SystemExit(f"no results/{pattern}; README.md says how it is made")
    return found[-1]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--job", type=Path)
    parser.add_argument("--gateway", type=Path)
    parser.add_argument("--plots", type=Path)
    options = parser.parse_args()
    job = json.loads((options.job or newest("*-job.json")).read_text())
    gateway = json.loads((options.gateway or newest("*-gateway.json")).read_text())
    columns = [loads(nodes, job, gateway, ASSUMED) for nodes in NODES]
    print("| a second, or kept | " + " | ".join(f"{nodes:,} node{'s' if nodes > 1 else ''}" for nodes in NODES) + " |")
    print("|---|" + "---:|" * len(NODES))
    for name in columns[0]:
        cells = [human(column[name]).strip() + ("B" if "bytes" in name else "") for column in columns]
        print(f"| {name.replace(', bytes', '').replace(' bytes', ' volume')} | " + " | ".join(cells) + " |")
    print("\n| measured on one machine | a second | a node asks | enough for |\n|---|---:|---:|---:|")
    for name, (rate, need, nodes) in limits(job, gateway, ASSUMED).items():
        print(f"| {name} | {rate:,.0f} | {need:.2g} | {float(f'{nodes:.2g}'):,.0f} nodes |")
    if options.plots:
        names = {"events": "events", "database commits": "database commits", "S3 requests": "S3 requests", "requests": "requests = claims"}
        lines = {words: [(nodes, column[name]) for nodes, column in zip(NODES, columns)] for name, words in names.items()}
        plots.write(options.plots / "capacity-scale.svg", plots.lines("What nodes ask for, in a second", "nodes of four GPUs", "a second", lines, log=True))


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Plays one bursty day on a GPU cluster, once for each way to run workers: a discrete-event simulation.

usage: simulate.py [--figures FILE] [--days 5] [--out FILE] [--plots DIR]
       simulate.py table FILE

FILE of --figures is what measure.py wrote (default: the newest results/*-job.json): start of a worker, load, checkpoint,
publication are as measured. Everything else that a cluster has (node start, image, bandwidth) stands in ASSUMED, below, and in the
results. Equal arguments give equal bytes. This script needs the standard library alone.

The ways: `fixed` (nodes always on, workers that stay), `scaledjob` (a pod for each row, which ends after one job), `scaledobject`
(workers that stay; the autoscaler adds and takes them and does not know which are busy; slowly, as we ship it, or with the usual
defaults, `scaledobject-fast`), `kueue` (a ScaledJob for each of two teams,
admitted by quota; what a team does not use the other borrows, and gives back by handing over).
"""
import argparse
import heapq
import itertools
import json
import math
import random
import statistics
import sys
from pathlib import Path

import plots

HERE = Path(__file__).resolve().parent
HOUR, DAY, LOOK = 3600.0, 86400.0, 300.0
WAYS = ("fixed", "scaledjob", "scaledobject", "scaledobject-fast", "kueue")
TEAMS = ("search", "ads")
ASSUMED = {
    "gpus_a_node": 4, "most_nodes": 8,
    "node_start_seconds": [150, 300], "autoscaler_scan_seconds": 10, "node_idle_seconds": 600,
    "pod_start_seconds": 3, "image_bytes": 4e9, "image_bytes_per_second": 100e6,
    "model_bytes": 440e6, "models": 6, "store_bytes_per_second_a_node": 500e6,
    "keda_poll_seconds": 10, "once_idle_seconds": 30,
    # Of a ScaledObject: seconds of the window, pods taken at once in so many seconds, seconds without a row until all go. First as in
    # k8s/overlays/keda-scaledobject, then the defaults of Kubernetes and KEDA.
    "scale_down": {"scaledobject": [3600, 1, 600, 1800], "scaledobject-fast": [300, 1000, 15, 300]},
    "save_seconds": 300, "lease_and_grace_seconds": 90, "spot_notice_seconds": 120,
    "job_median_seconds": 720, "job_sigma": 0.9, "job_seconds": [60, 14400],
    "jobs_per_hour_by_night_and_by_day": [2, 10],
    # Hour of the day, team, jobs: what comes at once.
    "bursts": [[2.0, "ads", 60], [9.5, "search", 120], [14.0, "search", 80], [14.17, "ads", 40]],
}


class Job:
    def __init__(self, number, team, at, work, model):
        self.number, self.team, self.at, self.left, self.model = number, team, at, work, model
        self.work, self.claimed, self.ended = work, None, None

    def __lt__(self, other):
        return (self.at, self.number) < (other.at, other.number)


class Node:
    def __init__(self, number, gpus):
        self.number, self.free, self.since, self.ready_at = number, gpus, None, None
        self.idle_from, self.image_at, self.models, self.doomed = None, None, {}, False


class Pod:
    """States: suspended, pending, starting, idle, busy, gone."""

    def __init__(self, number, team, state):
        self.number, self.team, self.state = number, team, state
        self.node, self.job, self.from_, self.ready_at, self.turn = None, None, 0.0, 0.0, 0


def day_of(seed, a):
    """The jobs of one day, by arrival."""
    draw = random.Random(f"day-{seed}")
    arrivals = []
    night, day = a["jobs_per_hour_by_night_and_by_day"]
    at = 0.0
    while True:
        at += draw.expovariate(day / HOUR)
        if at >= DAY:
            break
        rate = night + (day - night) * max(0.0, math.sin(math.pi * (at / HOUR - 6) / 14)) if 6 <= at / HOUR <= 20 else night
        if draw.random() < rate / day:
            arrivals.append((at, draw.choice(TEAMS)))
    for hour, team, count in a["bursts"]:
        arrivals += [(hour * HOUR + 60 * draw.random(), team) for _ in range(count)]
    least, most = a["job_seconds"]
    return [Job(number, team, at, min(most, max(least, draw.lognormvariate(math.log(a["job_median_seconds"]), a["job_sigma"]))),
                draw.randrange(a["models"]))
            for number, (at, team) in enumerate(sorted(arrivals))]


class Cluster:
    def __init__(self, way, jobs, seed, a, m, spot=0.0, node_cache=True, handover=True, **other):
        self.way, self.jobs, self.a, self.m = way, jobs, {**a, **other}, m
        self.spot, self.node_cache, self.handover = spot, node_cache, handover
        self.draw = random.Random(f"{way}-{seed}")
        self.now, self.events, self.order, self.ids = 0.0, [], itertools.count(), itertools.count()
        self.rows = {team: [] for team in TEAMS}
        self.nodes, self.coming, self.pods, self.open = [], 0, [], len(jobs)
        self.spent = dict.fromkeys(("useful", "start", "load", "redone"), 0.0)
        self.node_seconds, self.handovers, self.pulled_bytes = 0.0, 0, 0.0
        self.wanted, self.rows_until, self.taken_at = [], 0.0, 0.0
        self.nodes_paid = []

    # --- the loop

    def at(self, delay, what, *arguments):
        heapq.heappush(self.events, (self.now + delay, next(self.order), what, arguments))

    def play(self):
        for job in self.jobs:
            heapq.heappush(self.events, (job.at, next(self.order), self.arrive, (job,)))
        if self.way == "fixed":
            for _ in range(self.a["most_nodes"]):
                self.node_is_there()
            for _ in range(self.a["most_nodes"] * self.a["gpus_a_node"]):
                self.add_pod(None)
            self.place()
        else:
            self.at(0, self.poll)
        self.at(0, self.scan)
        self.at(0, self.look)
        while self.events and (self.open or self.nodes):
            self.now, _, what, arguments = heapq.heappop(self.events)
            if self.way == "fixed" and not self.open and self.now >= DAY:
                break
            what(*arguments)
        for node in self.nodes:
            self.node_seconds += self.now - node.since
        return self.figures()

    def look(self):
        self.nodes_paid.append(len(self.nodes))
        if self.now < DAY:
            self.at(LOOK, self.look)

    def arrive(self, job):
        heapq.heappush(self.rows[job.team], job)
        for pod in self.pods:
            if pod.state == "idle" and self.claim(pod):
                break

    # --- pods: who wants how many

    def living(self, team=None):
        return [pod for pod in self.pods if pod.state != "gone" and (team is None or pod.team == team)]

    def poll(self):
        """KEDA looks at the rows: those that wait and those that run."""
        self.pods = self.living()
        most = self.a["most_nodes"] * self.a["gpus_a_node"]
        for team in TEAMS if self.way == "kueue" else (None,):
            own = self.living(team)
            rows = sum(len(self.rows[t]) for t in TEAMS if team in (None, t)) + sum(pod.job is not None for pod in own)
            wanted = min(most, rows)
            if self.way in self.a["scale_down"]:
                wanted = self.scale_down(own, wanted)
            for _ in range(wanted - len(own)):
                self.add_pod(team)
        self.admit()
        self.place()
        if self.open or self.living():
            self.at(self.a["keda_poll_seconds"], self.poll)

    def scale_down(self, own, rows):
        """The horizontal autoscaler's brakes; which worker goes is not asked of Tenfold. Returns how many are to be there."""
        window, pods, period, cooldown = self.a["scale_down"][self.way]
        self.wanted = [(at, n) for at, n in self.wanted if at > self.now - window] + [(self.now, rows)]
        self.rows_until = self.now if rows else self.rows_until
        wanted = max(n for _, n in self.wanted)
        surplus = len(own) - wanted
        if self.now - self.rows_until >= cooldown:
            surplus, wanted = len(own), 0
        elif surplus > 0 and self.now - self.taken_at >= period:
            surplus = min(pods, surplus)
        else:
            return wanted
        # The controller takes pods that do not run yet first, then any.
        for pod in sorted(own, key=lambda pod: (pod.state in ("idle", "busy"), self.draw.random()))[:max(0, surplus)]:
            self.taken_at = self.now
            self.take(pod)
        return wanted

    def add_pod(self, team):
        self.pods.append(Pod(next(self.ids), team, "suspended" if self.way == "kueue" else "pending"))

    def admit(self):
        """Kueue: a team's own quota first, by reclaiming what the other borrowed; then what nobody uses."""
        if self.way != "kueue":
            return
        most = self.a["most_nodes"] * self.a["gpus_a_node"]
        quota = most // len(TEAMS)
        while True:
            used = {team: sum(pod.state != "suspended" for pod in self.living(team)) for team in TEAMS}
            asking = sorted((used[pod.team], pod.number, pod) for pod in self.living() if pod.state == "suspended")
            entitled = [entry for entry in asking if entry[0] < quota]
            full = sum(used.values()) >= most
            if not asking or (full and not entitled):
                return
            pod = (entitled or asking)[0][2]
            if full:
                others = [other for other in self.living() if other.team != pod.team and other.state != "suspended"]
                self.take(max(others, key=lambda other: other.number))
            pod.state = "pending"

    def take(self, pod):
        """SIGTERM. A busy worker writes a checkpoint and hands its job over; where that is cut off, another worker goes on from
        the last checkpoint that was saved, when the lease has run out. The pod is gone."""
        if pod.state == "busy":
            self.handovers += 1
            job, trained = pod.job, min(pod.job.left, max(0.0, self.now - pod.from_))
            lost = 0.0 if self.handover else trained % self.a["save_seconds"]
            self.spent["load"] += (self.m["checkpoint"] if self.handover else 0.0) - max(0.0, pod.from_ - self.now)
            self.spent["useful"] += trained - lost
            self.spent["redone"] += lost
            job.left -= trained - lost
            self.at(self.m["checkpoint"] if self.handover else self.a["lease_and_grace_seconds"], self.arrive, job)
        self.remove(pod)

    def remove(self, pod):
        if pod.state == "starting":
            self.spent["start"] -= max(0.0, pod.ready_at - self.now)
        pod.state, pod.job, pod.turn = "gone", None, pod.turn + 1
        if pod.node is not None:
            pod.node.free += 1
            if pod.node.free == self.a["gpus_a_node"]:
                pod.node.idle_from = self.now

    # --- nodes

    def place(self):
        for pod in self.pods:
            if pod.state != "pending":
                continue
            fitting = [node for node in self.nodes if node.free and not node.doomed]
            if not fitting:
                return
            node = min(fitting, key=lambda node: (node.free, node.number))
            node.free -= 1
            pod.node, pod.state = node, "starting"
            if node.image_at is None:
                node.image_at = self.now + self.a["image_bytes"] / self.a["image_bytes_per_second"]
            delay = max(0.0, node.image_at - self.now) + self.a["pod_start_seconds"] + self.m["ready"]
            self.spent["start"] += delay
            pod.ready_at = self.now + delay
            self.at(delay, self.ready, pod, pod.turn)

    def scan(self):
        """The cluster autoscaler: nodes for pods that find none, none for nodes that idle."""
        gpus = self.a["gpus_a_node"]
        pending = sum(pod.state == "pending" for pod in self.pods) - self.coming * gpus
        room = self.a["most_nodes"] - len(self.nodes) - self.coming
        for _ in range(min(room, math.ceil(max(0, pending) / gpus))):
            self.coming += 1
            self.at(self.draw.uniform(*self.a["node_start_seconds"]), self.node_comes)
        if self.way != "fixed":
            for node in [n for n in self.nodes if n.free == gpus and self.now - n.idle_from >= self.a["node_idle_seconds"]]:
                self.node_goes(node)
        if self.open or self.nodes or self.coming:
            self.at(self.a["autoscaler_scan_seconds"], self.scan)

    def node_comes(self):
        self.coming -= 1
        self.node_is_there()
        self.place()

    def node_is_there(self):
        node = Node(next(self.ids), self.a["gpus_a_node"])
        node.since = node.idle_from = self.now
        self.nodes.append(node)
        if self.spot:
            self.at(self.draw.expovariate(self.spot / HOUR), self.reclaim, node)

    def reclaim(self, node):
        """The cloud wants its spot node back: notice, then it is gone. Workers hand over within the notice."""
        if node not in self.nodes:
            return
        node.doomed = True
        for pod in [p for p in self.pods if p.node is node and p.state != "gone"]:
            self.take(pod)
            if self.way == "fixed":
                self.add_pod(None)
        self.at(self.a["spot_notice_seconds"], self.node_goes, node)

    def node_goes(self, node):
        if node in self.nodes:
            self.nodes.remove(node)
            self.node_seconds += self.now - node.since

    # --- work

    def ready(self, pod, turn):
        if pod.turn == turn and not self.claim(pod):
            pod.state = "idle"
            if self.way in ("scaledjob", "kueue"):
                self.at(self.a["once_idle_seconds"], self.give_up, pod, pod.turn)

    def give_up(self, pod, turn):
        if pod.turn == turn and pod.state == "idle":
            self.remove(pod)
            self.admit()
            self.place()

    def claim(self, pod):
        rows = [self.rows[team] for team in TEAMS if pod.team in (None, team) and self.rows[team]]
        if not rows:
            return False
        job = heapq.heappop(min(rows, key=lambda heap: heap[0]))
        job.claimed = self.now if job.claimed is None else job.claimed
        pod.state, pod.job = "busy", job
        pull = self.model_pull(pod.node, job.model)
        load = pull + self.m["load"]
        self.spent["load"] += load
        pod.from_ = self.now + load
        self.at(load + job.left + self.m["publish"], self.finish, pod, pod.turn, job)
        return True

    def model_pull(self, node, model):
        """Seconds until the base model lies on the node; with a cache of the node's own the second worker finds it there."""
        there = node.models.get(model) if self.node_cache else None
        if there is None:
            self.pulled_bytes += self.a["model_bytes"]
            there = self.now + self.a["model_bytes"] / self.a["store_bytes_per_second_a_node"]
            node.models[model] = there
        return max(0.0, there - self.now)

    def finish(self, pod, turn, job):
        if pod.turn != turn or pod.job is not job:
            return
        self.spent["useful"] += job.left
        self.spent["load"] += self.m["publish"]
        job.left, job.ended, pod.job, pod.turn = 0.0, self.now, None, pod.turn + 1
        self.open -= 1
        if self.way in ("scaledjob", "kueue"):
            self.remove(pod)
            self.admit()
            self.place()
        elif not self.claim(pod):
            pod.state = "idle"

    # --- what came of it

    def percentiles(self, team):
        ordered = sorted(job.claimed - job.at for job in self.jobs if job.team == team)
        return [round(ordered[round(share / 100 * (len(ordered) - 1))], 1) for share in range(101)]

    def figures(self):
        gpu_seconds = self.node_seconds * self.a["gpus_a_node"]
        hours = {name: round(seconds / HOUR, 2) for name, seconds in self.spent.items()}
        hours["idle"] = round((gpu_seconds - sum(self.spent.values())) / HOUR, 2)
        waits = {team: [job.claimed - job.at for job in self.jobs if team in ("all", job.team)] for team in ("all",) + TEAMS}
        return {
            "jobs": len(self.jobs), "wait_seconds": {team: spread(found) for team, found in waits.items()},
            "node_hours": round(self.node_seconds / HOUR, 2), "gpu_hours": hours,
            "waste_share": round(1 - self.spent["useful"] / gpu_seconds, 4), "handovers": self.handovers,
            "model_gigabytes_pulled": round(self.pulled_bytes / 1e9, 1),
            "hours_to_the_last_end": round(max(job.ended for job in self.jobs) / HOUR, 2),
        }


def spread(values):
    ordered = sorted(values)
    pick = lambda share: round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1)
    return {"p50": pick(0.5), "p95": pick(0.95), "max": pick(1)}


def mean(days):
    """The mean of every number over the days; the same keys."""
    if isinstance(days[0], dict):
        return {key: mean([day[key] for day in days]) for key in days[0]}
    return round(statistics.fmean(days), 4)


def measured(file):
    found = json.loads(file.read_text())
    warm = found["jobs"]["lora-warm"]
    full = found["jobs"]["full-warm"]
    return {
        "from": file.name, "ready": found["seconds_to_ready"], "load": warm["seconds"]["started_to_first_progress"],
        "checkpoint": max(entry["seconds"] for entry in full["checkpoints"]), "publish": warm["seconds"]["publish"],
    }


def scenarios():
    yield "as assumed", {}
    yield "16 nodes at most", {"most_nodes": 16}
    yield "nodes of one GPU", {"gpus_a_node": 1, "most_nodes": 32}
    yield "idle nodes go after two minutes", {"node_idle_seconds": 120}
    yield "spot nodes, 5 % reclaimed an hour", {"spot": 0.05}
    yield "spot, and the grace period is too short to hand over", {"spot": 0.05, "handover": False}
    yield "no model cache on nodes", {"node_cache": False}


def simulate(figures, days):
    m = measured(figures)
    result = {"mode": "simulation", "measured": m, "assumed": ASSUMED, "days": days, "scenarios": {}, "lines": {}}
    for name, options in scenarios():
        result["scenarios"][name] = {}
        for way in WAYS:
            played = []
            for seed in range(1, days + 1):
                cluster = Cluster(way, day_of(seed, ASSUMED), seed, ASSUMED, m, **options)
                played.append(cluster.play())
                if seed == 1 and not options:
                    result["lines"][way] = {"nodes": cluster.nodes_paid, "waits": {team: cluster.percentiles(team) for team in TEAMS}}
            result["scenarios"][name][way] = mean(played)
    return result


def table(result):
    lines = []
    for name, ways in result["scenarios"].items():
        lines += [f"**{name}**, mean of {result['days']} days", "",
                  "| | wait p50 | p95 | longest | p95 of search, ads | node hours | training | start and load | redone | idle | waste | taken | pulled |",
                  "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|"]
        for way, found in ways.items():
            wait, hours = found["wait_seconds"], found["gpu_hours"]
            teams = ", ".join(clock(wait[team]["p95"]) for team in TEAMS)
            lines.append(f"| `{way}` | {clock(wait['all']['p50'])} | {clock(wait['all']['p95'])} | {clock(wait['all']['max'])} | {teams} | "
                         f"{found['node_hours']:.0f} | {hours['useful']:.0f} | {hours['start'] + hours['load']:.1f} | {hours['redone']:.1f} | {hours['idle']:.0f} | "
                         f"{found['waste_share']:.0%} | {found['handovers']:.0f} | {found['model_gigabytes_pulled']:.0f} GB |")
        lines.append("")
    return "\n".join(lines)


def clock(seconds):
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def draw(result, folder):
    nodes = {way: [(i * LOOK / HOUR, count) for i, count in enumerate(result["lines"][way]["nodes"])] for way in WAYS}
    plots.write(folder / "capacity-nodes.svg", plots.lines("Nodes that are paid, on the first day", "hour of the day", "nodes", nodes))
    waits = {f"{way}, {team}": [(share, seconds / 60) for share, seconds in enumerate(result["lines"][way]["waits"][team])]
             for way in ("scaledjob", "kueue") for team in TEAMS}
    plots.write(folder / "capacity-waits.svg", plots.lines("How long a team's jobs waited, on the first day", "per cent of the team's jobs, those that waited least first",
                                                          "minutes", waits))
    bars = {way: [(part, found["gpu_hours"][key] if isinstance(key, str) else sum(found["gpu_hours"][k] for k in key))
                  for part, key in (("training", "useful"), ("start and load", ("start", "load", "redone")), ("idle", "idle"))]
            for way, found in result["scenarios"]["as assumed"].items()}
    plots.write(folder / "capacity-hours.svg", plots.bars("GPU hours of a day, by what they were for", "GPU hours", bars))


def main():
    if sys.argv[1:2] == ["table"]:
        print(table(json.loads(Path(sys.argv[2]).read_text())))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--figures", type=Path, default=max((HERE / "results").glob("*-job.json"), default=None))
    parser.add_argument("--days", type=int, default=5)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--plots", type=Path)
    options = parser.parse_args()
    if options.figures is None:
        raise SystemExit("no results/*-job.json; measure.py makes one, or give --figures FILE")
    result = simulate(options.figures, options.days)
    if options.out:
        options.out.write_text(json.dumps(result, indent=1) + "\n")
    if options.plots:
        draw(result, options.plots)
    print(table(result))


if __name__ == "__main__":
    main()

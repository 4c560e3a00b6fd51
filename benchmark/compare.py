#!/usr/bin/env python3
"""Lays Tenfold beside Transformers and PEFT: same model, data, settings and machine, one run at a time.

usage: compare.py speed --models DIR --data DIR [--python PYTHON] [--rounds N] [--steps N] [--cases A,B]
       compare.py score --models DIR --data DIR [--python PYTHON] [--seeds 1,2,3] [--side ours|reference] [--cases A,B]
       compare.py methods --models DIR --data DIR [--python PYTHON] [--seeds 1,2,3] [--side ours|reference] [--cases A,B]
       compare.py several --models DIR --data DIR [--seeds 1,2,3] [--cases A,B]
       compare.py table RESULTS.json [MORE.json]

speed: MiniLM and BERT-base, full and LoRA, on SST-2 (batches of 32, at most 128 tokens, the model's dropout). The sides take
       turns (ours, reference, ours, reference, …); the table has medians. Run it on an otherwise idle machine: the load before
       each run is kept.
score: MiniLM, full and LoRA, on SST-2's sentences and TREC, three epochs, several seeds; the best epoch counts. Runs that the
       results file has are not repeated, so it can be stopped and started again.

methods: MiniLM with every variant of six methods, on TREC and SST-2's sentences, three epochs, and hard prompts with BERT-base on
       SST-2's sentences and AG News (the first 1,000 rows); the reference is PEFT, adapters, Transformers or plain freezing. Goes on where it stopped, too.

several: MiniLM with the methods on several models, tasks and domains, ours alone, each beside the plain run that it is to beat: a
       3-layer student with and without a teacher, three tasks one after another, four tasks at once and each alone, reviews of
       one domain used on another. Rows are drawn from the files: 2,000 for training and 1,000 to score, 1,000 and 500 of
       each where there are several tasks; 500 reviews of each domain. Goes on where it stopped.

DIR of --models holds minilm and bert-base-uncased, DIR of --data holds sst2, sst2_sentences, trec and ag_news (README.md says how
to get them).
PYTHON is one that has torch, transformers, accelerate, peft and adapters. This script needs the standard library alone.
"""
import argparse
import datetime
import json
import os
import platform
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
SIDES = ("ours", "reference")
METHODS = {
    "full": ({"name": "full"}, 2e-5),
    "lora": ({"name": "lora", "r": 8, "lora_alpha": 16, "target_modules": ["query", "value"]}, 1e-3),
}
# What is laid side by side: (method, learning rate, whether reference.py has it).
VARIANTS = {
    "full": ({"name": "full"}, 2e-5, True),
    "last-2": ({"name": "partial", "train_last_layers": 2}, 1e-4, True),
    "bias": ({"name": "partial", "bias_only": True}, 1e-3, True),
    "head": ({"name": "partial", "head_only": True}, 1e-3, True),
    "pfeiffer": ({"name": "adapter", "kind": "pfeiffer"}, 1e-3, True),
    "houlsby": ({"name": "adapter", "kind": "houlsby"}, 1e-3, True),
    "parallel": ({"name": "adapter", "kind": "parallel"}, 1e-3, True),
    "ia3": ({"name": "adapter", "kind": "ia3"}, 5e-3, True),
    "lora": ({"name": "lora", "r": 8, "lora_alpha": 16, "target_modules": ["query", "value"]}, 1e-3, True),
    "dora": ({"name": "lora", "r": 8, "lora_alpha": 16, "target_modules": ["query", "value"], "use_dora": True}, 1e-3, True),
    "pissa": ({"name": "lora", "r": 8, "lora_alpha": 8, "target_modules": ["query", "value"], "init_lora_weights": "pissa"}, 1e-3, True),
    "all-linear": ({"name": "lora", "r": 8, "lora_alpha": 16, "target_modules": ["query", "key", "value", "dense"], "use_rslora": True}, 5e-4, True),
    "soft-prompt": ({"name": "prompt", "kind": "soft", "num_virtual_tokens": 20}, 1e-2, True),
    "p-tuning": ({"name": "prompt", "kind": "p_tuning", "num_virtual_tokens": 20}, 1e-3, True),
    "prefix": ({"name": "prefix", "num_virtual_tokens": 20}, 1e-2, True),
}
# Hard prompts, with BERT-base, which has its masked-LM head; the words are single tokens.
PROMPTS = {
    "sst2_sentences": (["{text} It was [MASK]."], {"negative": ["terrible", "bad"], "positive": ["great", "good"]}),
    "ag_news": (["A [MASK] news: {text}"], {"World": ["politics", "world"], "Sports": ["sports", "football"],
                                            "Business": ["business", "financial"], "Sci/Tech": ["technology", "science"]}),
}
# Method options, training options. A trained prompt is scored once, after its last step: nothing is chosen by the score.
HARD = {
    "hard-zero-shot": ({}, {}),
    "hard-calibrated": ({"calibrate": True}, {}),
    "hard-16-shot": ({"shots": 16}, {"max_steps": 100, "eval_steps": 100, "batch_size": 8, "learning_rate": 2e-5}),
}
DATASETS = {
    "sst2": ("sst2/train.tsv", "sst2/dev.tsv", ["negative", "positive"]),
    "sst2_sentences": ("sst2_sentences/train.tsv", "sst2_sentences/dev.tsv", ["negative", "positive"]),
    "trec": ("trec/train.tsv", "trec/test.tsv", ["ABBR", "DESC", "ENTY", "HUM", "LOC", "NUM"]),
    "ag_news": ("ag_news/train.tsv", "ag_news/test.tsv", ["World", "Sports", "Business", "Sci/Tech"]),
}
# Tasks of `several`: training file, scored file, task, columns.
TASKS = {
    "trec": ("trec/train.tsv", "trec/test.tsv", {"type": "sequence_classification"}, None),
    "sst2_sentences": ("sst2_sentences/train.tsv", "sst2_sentences/dev.tsv", {"type": "sequence_classification"}, None),
    "ag_news": ("ag_news/train.tsv", "ag_news/test.tsv", {"type": "sequence_classification"}, None),
    "dbpedia": ("dbpedia/train.tsv", "dbpedia/test.tsv", {"type": "sequence_classification"}, None),
    "cola": ("cola/train.tsv", "cola/dev.tsv", {"type": "sequence_classification"}, None),
    "rte": ("rte/train.tsv", "rte/dev.tsv", {"type": "sequence_classification"}, {"text2": "text2"}),
    "stsb": ("stsb/train.tsv", "stsb/dev.tsv", {"type": "regression"}, {"text2": "text2", "label": "score"}),
}
LEARNERS = {  # case: options of distillation beside teacher and student
    "logits": {},
    "layers": {"hidden": {"weight": 1.0, "layer_map": "uniform"}, "relation": {"weight": 1.0}},
}
STUDENT_EPOCHS = 8  # half of the teacher's layers are gone: three epochs leave a student, taught or not, half learnt
STRATEGIES = {
    "naive": {"strategy": "naive"},
    "ewc": {"strategy": "ewc", "lambda": 1000},
    "replay": {"strategy": "replay", "buffer_size": 300},
    "lwf": {"strategy": "lwf"},
    "expansion": {"strategy": "expansion"},
}
STRATEGY_RATES = {"expansion": 1e-3}  # LoRA's; the others train the whole model
OF_ALL_TASKS = ("uncertainty", "gradnorm", "pcgrad")  # each step has a batch of every task
WEIGHTINGS = {
    "static": {},
    "uncertainty": {"loss_weights": "uncertainty"},
    "dwa": {"loss_weights": "dwa"},
    "gradnorm": {"loss_weights": "gradnorm"},
    "pcgrad": {"gradients": "pcgrad"},
}
DOMAINS = [("books", "electronics"), ("dvd", "kitchen")]
KINDS = {"source_only": {}, "pretrain": {}, "dann": {}, "coral": {}, "mmd": {}}
# Rows to train with and to score: of one task, and of each where there are several; of a domain (long texts, all labelled ones score).
ONE_TASK, OF_SEVERAL, OF_DOMAIN = (2000, 1000), (1000, 500), (500, 300)
SPEED_CASES = ["minilm-lora", "minilm-full", "bert-base-lora", "bert-base-full"]
SCORE_CASES = ["sst2_sentences-lora", "sst2_sentences-full", "trec-lora", "trec-full"]
MODELS = {"minilm": "minilm", "bert-base": "bert-base-uncased"}
SPEED_VALIDATION_ROWS = 32
PROMPT_VALIDATION_ROWS = 1000


def request(options, model, dataset, method, seed, **training):
    """The request for both sides, without its output; locations are absolute."""
    return request_of(options, model, dataset, method, *METHODS[method], seed, **training)


def request_of(options, model, dataset, method, config, learning_rate, seed, **training):
    train, validation, labels = DATASETS[dataset]
    return {
        "id": f"{model}-{dataset}-{method}-{seed}",
        "model": f"file:{(options.models / MODELS[model]).resolve()}",
        "task": {"type": "sequence_classification", "labels": labels},
        "data": {
            "train": f"file:{(options.data / train).resolve()}",
            "validation": f"file:{(options.data / validation).resolve()}",
            "columns": {"text": "text", "label": "label"},
        },
        "method": config,
        "training": {"batch_size": 32, "learning_rate": learning_rate, "max_length": 128, "seed": seed,
                     "precision": options.precision} | training,
    }


def hard_request(options, dataset, name, seed, validation):
    """A hard prompt's request; validation is cut to its first rows, which BERT-base reads in a minute."""
    templates, verbalizer = PROMPTS[dataset]
    config, training = HARD[name]
    method = {"name": "prompt", "kind": "hard", "templates": templates, "verbalizer": verbalizer} | config
    body = request_of(options, "bert-base", dataset, name, method, 1e-5, seed)
    body["training"] |= training
    body["data"]["validation"] = f"file:{head(options.data / DATASETS[dataset][1], validation, PROMPT_VALIDATION_ROWS)}"
    return body


def head(source, target, rows):
    """Copies a file's header line and first rows."""
    with open(source, encoding="utf-8") as file:
        target.write_text("".join(line for _, line in zip(range(rows + 1), file)), encoding="utf-8")
    return target.resolve()


def written(body, work):
    path = work / "request.json"
    path.write_text(json.dumps(body, indent=2), encoding="utf-8")
    return path


def run(command, on_line=lambda line, seconds: None):
    """Runs a command alone. Returns exit code, stdout's lines, the end of stderr, seconds, and what it used: the processor's
    time, and the peak memory of its largest process."""
    began = time.monotonic()
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    errors = []
    reader = threading.Thread(target=lambda: errors.extend(process.stderr), daemon=True)
    reader.start()
    lines = []
    for line in process.stdout:
        on_line(line, time.monotonic() - began)
        lines.append(line)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    reader.join(timeout=5)
    return process.returncode, lines, "".join(errors[-30:]), time.monotonic() - began, {
        "cpu_seconds": usage.ru_utime + usage.ru_stime, "measured_peak_memory_bytes": usage.ru_maxrss * 1024}


def run_ours(options, body, work):
    first = []

    def watch(line, seconds):
        if not first and '"io.tenfold.job.progress.' in line:
            first.append(seconds)

    command = [options.tenfold, "run", written(body, work), "--json"]
    code, lines, errors, seconds, used = run(command + (["--threads", options.threads] if options.threads else []), watch)
    events = [json.loads(line) for line in lines if line.startswith("{")]
    last = events[-1] if events else {}
    if code != 0 or ".succeeded." not in last.get("type", ""):
        sys.exit(f"{body['id']}: tenfold ended with {code}\n{json.dumps(last)}\n{errors}")
    data = last["data"]
    return {
        "examples_per_second": data.get("examples_per_second"),
        "first_step_seconds": first[0] if first else None,
        "seconds": seconds,
        "seconds_by_phase": data.get("seconds"),
        "peak_memory_bytes": data.get("peak_memory_bytes"),
        "trainable_parameters": data.get("trainable_parameters"),
        "artifact_bytes": data.get("artifact_bytes"),
        "score": accuracy(data.get("metrics")),
        "metrics": data.get("metrics"),
        "scores": [accuracy(event["data"].get("metrics")) for event in events if ".evaluated." in event.get("type", "")],
    } | used


def accuracy(metrics):
    """The accuracy, wherever in the metrics it stands."""
    if isinstance(metrics, dict):
        if isinstance(metrics.get("accuracy"), (int, float)):
            return metrics["accuracy"]
        for value in metrics.values():
            if (found := accuracy(value)) is not None:
                return found
    return None


def run_reference(options, body, work):
    script = "reference_prompts.py" if body["method"].get("kind") == "hard" else "reference.py"
    command = [options.python, HERE / script, written(body, work)]
    code, lines, errors, _, used = run(command + (["--threads", options.threads] if options.threads else []))
    if code != 0 or not lines:
        sys.exit(f"{body['id']}: the reference ended with {code}\n{errors}")
    result = json.loads(lines[-1])
    kept = ("examples_per_second", "first_step_seconds", "seconds", "peak_memory_bytes", "trainable_parameters", "score", "scores")
    return {key: result[key] for key in kept} | used | {"versions": result["versions"]}


def machine():
    names = re.findall(r"^model name\s*:\s*(.*)$", Path("/proc/cpuinfo").read_text(), re.M) if Path("/proc/cpuinfo").exists() else []
    flags = Path("/proc/cpuinfo").read_text() if names else ""
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    return {
        "processor": names[0] if names else platform.processor(),
        "cores": os.cpu_count(),
        "instructions": [flag for flag in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if re.search(rf"\b{flag}\b", flags)],
        "system": platform.system(),
        "commit": commit,
    }


def results_file(options, mode):
    """The file named, or but for `speed` the newest there is (to go on with), or today's."""
    if options.results:
        return options.results
    folder = HERE / "results"
    existing = sorted(folder.glob(f"*-{mode}.json"))
    if mode != "speed" and existing:
        return existing[-1]
    return folder / f"{datetime.date.today().isoformat()}-{mode}.json"


def save(path, results):
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".part")
    partial.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    partial.replace(path)


def selected(options, cases):
    if not options.cases:
        return cases
    chosen = options.cases.split(",")
    if unknown := set(chosen) - set(cases):
        sys.exit(f"no such case: {', '.join(sorted(unknown))}; there are {', '.join(cases)}")
    return chosen


def measure(options, results, path, case, side, body):
    load = os.getloadavg()[0]
    print(f"{case} {body['training']['seed']} {side} …", end=" ", flush=True, file=sys.stderr)
    work = Path(tempfile.mkdtemp(prefix="compare-"))
    try:
        body = body | {"output": f"file:{work / 'out'}"}
        outcome = run_ours(options, body, work) if side == "ours" else run_reference(options, body, work)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    results["runs"].append({"case": case, "side": side, "seed": body["training"]["seed"], "threads": options.threads, "load_before": round(load, 2),
                            "at": datetime.datetime.now().astimezone().isoformat(timespec="seconds")} | outcome)
    save(path, results)
    shown = {key: round(outcome[key], 4) for key in ("score", "examples_per_second", "first_step_seconds") if outcome[key] is not None}
    print(json.dumps(shown), file=sys.stderr)


def speed(options):
    path = results_file(options, "speed")
    results = {"mode": "speed", "machine": machine(), "steps": options.steps, "precision": options.precision,
               "threads": options.threads, "dataset": "sst2", "batch_size": 32, "max_length": 128, "runs": []}
    with tempfile.TemporaryDirectory(prefix="compare-") as folder:
        # Evaluation is not measured: a few rows are enough.
        few = head(options.data / DATASETS["sst2"][1], Path(folder) / "validation.tsv", SPEED_VALIDATION_ROWS)
        if options.side != "reference":
            subprocess.run([str(options.tenfold), "check"], cwd=ROOT, capture_output=True)  # builds what is stale
        for case in selected(options, SPEED_CASES):
            model, method = case.rsplit("-", 1)
            for round_number in range(options.rounds):
                body = request(options, model, "sst2", method, round_number + 1,
                               max_steps=options.steps, logging_steps=1)
                body["data"]["validation"] = f"file:{few}"
                for side in SIDES if options.side is None else (options.side,):
                    measure(options, results, path, case, side, body)
    table(results)


def score(options):
    path = results_file(options, "score")
    results = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {
        "mode": "score", "machine": machine(), "model": "minilm", "precision": options.precision, "threads": options.threads,
        "epochs": 3, "batch_size": 32, "max_length": 128, "runs": []}
    for seed in (int(part) for part in options.seeds.split(",")):
        for case in selected(options, SCORE_CASES):
            dataset, method = case.rsplit("-", 1)
            for side in SIDES if options.side is None else (options.side,):
                if any((run["case"], run["side"], run["seed"]) == (case, side, seed) for run in results["runs"]):
                    continue
                body = request(options, "minilm", dataset, method, seed, epochs=3)
                measure(options, results, path, case, side, body)
    table(results)


def methods(options):
    """Every variant with MiniLM (the best epoch counts), and hard prompts with BERT-base."""
    path = results_file(options, "methods")
    results = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {
        "mode": "methods", "machine": machine(), "model": "minilm", "precision": options.precision, "threads": options.threads,
        "epochs": 3, "batch_size": 32, "max_length": 128, "runs": []}
    cases = [f"{dataset}-{name}" for dataset in ("trec", "sst2_sentences") for name in VARIANTS]
    cases += [f"{dataset}-{name}" for dataset in PROMPTS for name in HARD]
    with tempfile.TemporaryDirectory(prefix="compare-") as folder:
        for seed in (int(part) for part in options.seeds.split(",")):
            for case in selected(options, cases):
                dataset, name = case.split("-", 1)
                config, learning_rate, known = VARIANTS.get(name, (None, None, True))
                for side in SIDES if options.side is None else (options.side,):
                    if side == "reference" and not known or any(
                            (run["case"], run["side"], run["seed"]) == (case, side, seed) for run in results["runs"]):
                        continue
                    if name in HARD:
                        body = hard_request(options, dataset, name, seed, Path(folder) / f"{dataset}.tsv")
                    else:
                        body = request_of(options, "minilm", dataset, name, config, learning_rate, seed, epochs=3)
                    measure(options, results, path, case, side, body)
    table(results)


def drawn(options, source, folder, rows):
    """A file with some rows of another, drawn alike each time, in their order."""
    target = folder / f"{rows}-{source.replace('/', '-')}"
    if not target.exists():
        with open(options.data / source, encoding="utf-8") as file:
            header, *lines = file.read().splitlines(keepends=True)
        kept = sorted(random.Random(0).sample(range(len(lines)), min(rows, len(lines))))
        target.write_text(header + "".join(lines[i] for i in kept), encoding="utf-8")
    return f"file:{target.resolve()}"


def several_requests(options, folder):
    """Every case's request, without its id, seed and output."""
    def data(name, rows=OF_SEVERAL):
        train, scored, task, columns = TASKS[name]
        entry = {"train": drawn(options, train, folder, rows[0]), "validation": drawn(options, scored, folder, rows[1])}
        return (entry | ({"columns": columns} if columns else {})), task

    def body(method, model=True, **more):
        base = {"model": f"file:{(options.models / 'minilm').resolve()}"} if model else {}
        return base | {"method": method, "training": {"batch_size": 32, "max_length": 128, "epochs": 3, "learning_rate": 1e-4}} | more

    cases = {}
    minilm = f"file:{(options.models / 'minilm').resolve()}"
    for name in ("trec", "sst2_sentences"):
        entry, task = data(name, ONE_TASK)
        for case, more in LEARNERS.items():
            method = {"name": "distillation", "student_layers": 3, "baseline": True,
                      "teacher": {"model": minilm, "train": {"learning_rate": 1e-4, "epochs": 3}}} | more
            learner = body(method, model=False, data=entry, task=task)
            learner["training"]["epochs"] = STUDENT_EPOCHS
            cases[f"distillation-{name}-{case}"] = learner
    order = [{"name": name, "task": data(name)[1]} | data(name)[0] for name in ("ag_news", "dbpedia", "trec")]
    for case, more in STRATEGIES.items():
        learner = body({"name": "continual"} | more, data={"tasks": order})
        learner["training"]["learning_rate"] = STRATEGY_RATES.get(case, 1e-4)
        cases[f"continual-{case}"] = learner
    names = ("cola", "rte", "stsb", "sst2_sentences")
    for name in names:
        entry, task = data(name)
        cases[f"multitask-alone-{name}"] = body({"name": "full"}, data=entry, task=task)
    together = [{"name": name, "task": data(name)[1]} | data(name)[0] for name in names]
    for case, more in WEIGHTINGS.items():
        cases[f"multitask-{case}"] = body({"name": "multitask"} | more, data={"tasks": together})
        if case in OF_ALL_TASKS:  # batches that make a step as large, and steps as many, as with one task a step
            smaller = body({"name": "multitask"} | more, data={"tasks": together})
            smaller["training"]["batch_size"] //= len(names)
            cases[f"multitask-{case}-quarter"] = smaller
    for source, target in DOMAINS:
        files, other = ({split: drawn(options, f"reviews_by_domain/{domain}.{split}.tsv", folder, rows)
                         for split, rows in zip(("train", "dev"), OF_DOMAIN)} for domain in (source, target))
        for kind, more in KINDS.items():
            cases[f"domain-{source}-{target}-{kind}"] = body(
                {"name": "domain", "kind": kind} | more, task={"type": "sequence_classification"},
                data={"train": files["train"], "validation": files["dev"],
                      "target": {"train": other["train"], "validation": other["dev"]}})
    return cases


def several(options):
    """Methods on several models, tasks and domains, ours alone."""
    path = results_file(options, "several")
    results = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {
        "mode": "several", "machine": machine(), "model": "minilm", "precision": options.precision, "threads": options.threads,
        "epochs": 3, "batch_size": 32, "max_length": 128, "runs": []}
    with tempfile.TemporaryDirectory(prefix="compare-") as folder:
        requests = several_requests(options, Path(folder))
        for seed in (int(part) for part in options.seeds.split(",")):
            for case in selected(options, list(requests)):
                if any((run["case"], run["seed"]) == (case, seed) for run in results["runs"]):
                    continue
                body = requests[case] | {"id": f"{case}-{seed}"}
                body["training"] = body["training"] | {"seed": seed}
                measure(options, results, path, case, "ours", body)
    table(results)


def several_table(results):
    """One table for each method: what is said of the runs of a case, the mean over seeds."""
    def of(case, *keys):
        values = []
        for run in results["runs"]:
            value = run["metrics"]
            for key in keys:
                value = value.get(key) if isinstance(value, dict) else None
            if run["case"] == case and isinstance(value, (int, float)):
                values.append(value)
        return spread(values)

    cases = list(dict.fromkeys(run["case"] for run in results["runs"]))
    count = lambda case: sum(run["case"] == case for run in results["runs"])
    sections = {
        "distillation": (("teacher", ("teacher", "score")), ("student", ("student", "score")), ("student alone", ("student_alone", "score"))),
        "continual": (("average", ("average_accuracy",)), ("forgetting", ("forgetting",)), ("backward transfer", ("backward_transfer",)),
                      ("forward transfer", ("forward_transfer",))),
        "multitask": tuple((name, ("tasks", name, "pearson" if name == "stsb" else "accuracy"))
                           for name in ("cola", "rte", "stsb", "sst2_sentences")) + (("mean", ("mean",)), ("alone", ("accuracy",)), ("alone, pearson", ("pearson",))),
        "domain": (("source", ("source", "accuracy")), ("target", ("target", "accuracy"))),
    }
    for section, columns in sections.items():
        rows = [case for case in cases if case.startswith(section + "-")]
        if rows:
            print(f"### {section}\n\n| case | {' | '.join(name for name, _ in columns)} | processor time | seeds |")
            print("|---|" + "---:|" * (len(columns) + 2))
            for case in rows:
                seconds = number(median([run["cpu_seconds"] for run in results["runs"] if run["case"] == case]), 0, unit=" s")
                print(f"| {case.split('-', 1)[1]} | {' | '.join(of(case, *keys) for _, keys in columns)} | {seconds} | {count(case)} |")
            print()


def table(results):
    """Prints the Markdown table of a results file."""
    cases = list(dict.fromkeys(run["case"] for run in results["runs"]))
    values = lambda case, side, key: [run[key] for run in results["runs"]
                                      if run["case"] == case and run["side"] == side and run.get(key) is not None]
    print(f"{results['machine']['processor']}, {results['machine']['cores']} cores, {results['precision']}\n")
    if results["mode"] == "several":
        several_table(results)
        return
    if results["mode"] == "methods":
        for dataset in dict.fromkeys(case.split("-", 1)[0] for case in cases):
            print(f"### {dataset}\n")
            print("| method | score | reference | processor time | reference | peak memory | reference | trained weights | artifact | seeds |")
            print("|---|---:|---:|---:|---:|---:|---:|---:|---:|---|")
            for case in (case for case in cases if case.split("-", 1)[0] == dataset):
                ours, theirs = (values(case, side, "score") for side in SIDES)
                time_used, peak = ([number(median(values(case, side, key)), 0, scale, unit) for side in SIDES]
                                   for key, scale, unit in (("cpu_seconds", 1, " s"), ("measured_peak_memory_bytes", 1e6, " MB")))
                cells = [spread(ours), spread(theirs), *time_used, *peak,
                         number(median(values(case, "ours", "trainable_parameters")), 0),
                         number(median(values(case, "ours", "artifact_bytes")), 2, 1e6, " MB"), f"{len(ours)} / {len(theirs)}"]
                print(f"| {case.split('-', 1)[1]} | {' | '.join(cells)} |")
            print()
        return
    if results["mode"] == "score":
        print("| data, method | Tenfold | Transformers, PEFT | difference | seeds |")
        print("|---|---:|---:|---:|---|")
        for case in cases:
            ours, theirs = (values(case, side, "score") for side in SIDES)
            apart = f"{100 * (statistics.mean(ours) - statistics.mean(theirs)):+.2f}" if ours and theirs else "–"
            print(f"| {case} | {spread(ours)} | {spread(theirs)} | {apart} | {len(ours)} / {len(theirs)} |")
        return
    print("| model, method | examples/s, Tenfold | Transformers, PEFT | ratio | first step, Tenfold | Transformers, PEFT "
          "| peak memory, Tenfold | Transformers, PEFT |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    for case in cases:
        cells = {key: [median(values(case, side, key)) for side in SIDES]
                 for key in ("examples_per_second", "first_step_seconds", "measured_peak_memory_bytes")}
        rate, first, peak = cells.values()
        ratio = f"**{rate[0] / rate[1]:.2f}**" if None not in rate else "–"
        row = [case, *(number(value, 1) for value in rate), ratio, *(number(value, 1, unit=" s") for value in first),
               *(number(value, 0, 1e6, " MB") for value in peak)]
        print(f"| {' | '.join(row)} |")


def median(values):
    return statistics.median(values) if values else None


def number(value, digits, scale=1.0, unit=""):
    return "–" if value is None else f"{value / scale:,.{digits}f}{unit}"


def spread(scores):
    if not scores:
        return "–"
    deviation = f" ± {100 * statistics.stdev(scores):.2f}" if len(scores) > 1 else ""
    return f"{100 * statistics.mean(scores):.2f}{deviation}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    modes = parser.add_subparsers(dest="mode", required=True)
    for name in ("speed", "score", "methods", "several"):
        mode = modes.add_parser(name)
        mode.add_argument("--models", type=Path, required=True, help="folder with the models")
        mode.add_argument("--data", type=Path, required=True, help="folder with the data sets")
        mode.add_argument("--python", default=sys.executable, help="interpreter for the reference [this one]")
        mode.add_argument("--tenfold", type=Path, default=ROOT / "tenfold", help="our launcher [./tenfold]")
        mode.add_argument("--side", choices=SIDES, help="run only one side")
        mode.add_argument("--cases", help="only these, separated by commas")
        mode.add_argument("--threads", type=int, help="threads for both sides [each side's choice]")
        mode.add_argument("--precision", choices=("fp32", "bf16"), default="fp32")
        mode.add_argument("--results", type=Path, help="results file [benchmark/results/<date>-<mode>.json]")
    modes.choices["speed"].add_argument("--rounds", type=int, default=3, help="runs of each side [3]")
    modes.choices["speed"].add_argument("--steps", type=int, default=30, help="optimiser steps of a run [30]")
    for name in ("score", "methods", "several"):
        modes.choices[name].add_argument("--seeds", default="1,2,3", help="[1,2,3]")
    modes.add_parser("table").add_argument("files", type=Path, nargs="+", help="results; runs of further files are added")
    options = parser.parse_args()
    if options.mode == "table":
        first, *more = (json.loads(file.read_text(encoding="utf-8")) for file in options.files)
        first["runs"] += [run for results in more for run in results["runs"]]
        table(first)
    else:
        {"speed": speed, "score": score, "methods": methods, "several": several}[options.mode](options)


if __name__ == "__main__":
    main()

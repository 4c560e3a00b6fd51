#!/usr/bin/env python3
"""Decoders: Tenfold beside Transformers and PEFT, and what a small model becomes.

usage: language.py speed --model DIR --rows FILE [--python PYTHON] [--rounds N] [--steps N] [--threads N] [--results FILE]
       language.py tuned --model DIR --rows FILE [--held-back N] [--results FILE]
       language.py table RESULTS.json

speed: LoRA on every linear layer (r 8), batches of 8 rows of at most 512 tokens in file order, fp32; the sides take turns. Run it
       on an otherwise idle machine: the load before each run is kept.
tuned: LoRA on all rows but the last N (100), one epoch; the last N are answered by the model as it was and as it became. The
       model as it was is a job of one step at a learning rate of 1e-12.

DIR holds a decoder with a chat template, such as HuggingFaceTB/SmolLM2-135M-Instruct; FILE is JSON of the alpaca shape. PYTHON is one
that has torch, transformers, accelerate and peft. This script needs the standard library alone.
"""
import argparse
import datetime
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from compare import HERE, ROOT, SIDES, machine, median, number, run, save, written

ALL_LINEAR = {"name": "lora", "r": 8, "lora_alpha": 16, "target_modules": "all-linear"}
MOST_TOKENS = 64


def body(options, work, train, method, training, validation=None):
    data = {"train": f"file:{train}"} | ({"validation": f"file:{validation}"} if validation else {})
    return {"id": "language", "model": f"file:{options.model.resolve()}", "task": {"type": "causal_lm"}, "data": data, "method": method,
            "training": training, "output": f"file:{work / 'out'}"}


def rows_of(options):
    return json.loads(options.rows.read_text(encoding="utf-8"))


def kept(rows, path):
    path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    return path.resolve()


def ours(options, request, work):
    """Runs a job; its last event's data, each step's loss, and what the process used."""
    losses, first, rate = {}, [], {}

    def watch(line, seconds):
        if '"io.tenfold.job.progress.' in line:
            first.append(seconds)
            data = json.loads(line)["data"]
            losses[data["step"]] = data["loss"]
            rate["tokens_per_second"] = data["tokens_per_second"]

    command = [options.tenfold, "run", written(request, work), "--json"]
    threads = getattr(options, "threads", None)
    code, lines, errors, seconds, used = run(command + (["--threads", threads] if threads else []), watch)
    last = json.loads([line for line in lines if line.startswith("{")][-1])
    if code != 0 or ".succeeded." not in last["type"]:
        sys.exit(f"tenfold ended with {code}\n{json.dumps(last)}\n{errors}")
    return last["data"], {"losses": losses, "first_step_seconds": first[0], "seconds": seconds} | rate | used


def our_speed(options, request, work):
    data, used = ours(options, request, work)
    return {"trainable_parameters": data["trainable_parameters"]} | used


def reference_speed(options, request, work):
    command = [options.python, HERE / "reference_language.py", written(request, work)]
    code, lines, errors, _, used = run(command + (["--threads", options.threads] if options.threads else []))
    if code != 0 or not lines:
        sys.exit(f"the reference ended with {code}\n{errors}")
    return json.loads(lines[-1]) | used


def results(options, mode):
    return {"mode": mode, "machine": machine(), "model": options.model.name, "rows": options.rows.name, "precision": "fp32", "runs": []}


def speed(options):
    subprocess.run([str(options.tenfold), "check"], cwd=ROOT, capture_output=True)  # builds what is stale
    told = results(options, "language-speed") | {"steps": options.steps, "method": ALL_LINEAR, "batch_size": 8, "max_length": 512}
    path = options.results or HERE / "results" / f"{datetime.date.today().isoformat()}-language-speed.json"
    training = {"max_steps": options.steps, "batch_size": 8, "max_length": 512, "shuffle": False, "learning_rate": 1e-4, "logging_steps": 1}
    for round_number in range(options.rounds):
        for side in SIDES:
            load = os.getloadavg()[0]
            print(f"round {round_number + 1} {side} …", end=" ", flush=True, file=sys.stderr)
            with tempfile.TemporaryDirectory(prefix="language-") as folder:
                work = Path(folder)
                train = kept(rows_of(options)[:8 * options.steps], work / "rows.json")
                request = body(options, work, train, ALL_LINEAR, training)
                outcome = (our_speed if side == "ours" else reference_speed)(options, request, work)
            told["runs"].append({"side": side, "load_before": round(load, 2), "threads": options.threads} | outcome)
            save(path, told)
            print(f"{outcome['tokens_per_second']:.0f} tokens/s, {outcome['measured_peak_memory_bytes'] / 1e9:.1f} GB", file=sys.stderr)
    table(told)


def tuned(options):
    subprocess.run([str(options.tenfold), "check"], cwd=ROOT, capture_output=True)
    told = results(options, "language-tuned") | {"held_back": options.held_back, "method": ALL_LINEAR, "epochs": 1, "max_new_tokens": MOST_TOKENS}
    path = options.results or HERE / "results" / f"{datetime.date.today().isoformat()}-language-tuned.json"
    rows = rows_of(options)
    training = {"batch_size": 8, "max_length": 512, "generate": MOST_TOKENS, "max_predictions": options.held_back}
    for name, more in {"before": {"max_steps": 1, "learning_rate": 1e-12}, "after": {"epochs": 1, "learning_rate": 5e-4}}.items():
        with tempfile.TemporaryDirectory(prefix="language-") as folder:
            work = Path(folder)
            train, held = kept(rows[:-options.held_back], work / "train.json"), kept(rows[-options.held_back:], work / "held.json")
            data, used = ours(options, body(options, work, train, ALL_LINEAR, training | more, held), work)
            answers = [json.loads(line) for line in next(work.glob("out/attempt-*/predictions-validation.jsonl")).read_text("utf-8").splitlines()]
            ends = ended(options, work, held)
        words = [len(answer["generated"].split()) for answer in answers]
        told["runs"].append({
            "case": name, "metrics": data["metrics"], "training": more, "seconds": used["seconds"],
            "tokens_per_second": used["tokens_per_second"], "median_words": statistics.median(words), "ended_by_itself": ends})
        save(path, told)
    told["median_words_wanted"] = statistics.median(len(row["output"].split()) for row in rows[-options.held_back:])
    save(path, told)
    table(told)


def asked(row):
    return row["instruction"] + ("\n" + row["input"] if row.get("input") else "")


def ended(options, work, held):
    """The share of held-back rows whose answer the model ends by itself within so many tokens, by `predict`."""
    rows = [{"messages": [{"role": "user", "content": asked(row)}]} for row in json.loads(held.read_text(encoding="utf-8"))]
    prompts = work / "prompts.jsonl"
    prompts.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    code, lines, errors, _, _ = run([options.tenfold, "predict", "--artifact", work / "out", "--input", prompts, "--max-new-tokens", MOST_TOKENS, "--json"])
    if code != 0:
        sys.exit(f"predict ended with {code}\n{errors}")
    told = [json.loads(line)["ended"] for line in lines if line.startswith("{")]
    return told.count("end") / len(told)


def table(told):
    print(f"{told['machine']['processor']}, {told['machine']['cores']} cores, {told['model']}, {told['rows']}, {told['precision']}\n")
    if told["mode"] == "language-tuned":
        print("| | perplexity | token accuracy | ROUGE-L | chrF | words of an answer (median) | ended by itself |")
        print("|---|---:|---:|---:|---:|---:|---:|")
        for run_ in told["runs"]:
            metrics = run_["metrics"]
            print(f"| {run_['case']} | {metrics['perplexity']:.2f} | {metrics['token_accuracy']:.3f} | {metrics['rouge_l']:.3f} | "
                  f"{metrics['chrf']:.1f} | {run_['median_words']:.0f} | {100 * run_['ended_by_itself']:.0f} % |")
        print(f"\nThe rows' own answers have {told['median_words_wanted']:.0f} words (median).")
        return
    sides = [[run_ for run_ in told["runs"] if run_["side"] == side] for side in SIDES]
    values = lambda key: [median([run_[key] for run_ in runs]) for runs in sides]
    print("| | Tenfold | Transformers, PEFT | ratio |")
    print("|---|---:|---:|---:|")
    for what, key, scale, unit, digits in (("tokens a second", "tokens_per_second", 1, "", 0), ("first step", "first_step_seconds", 1, " s", 1),
                                           ("peak memory", "measured_peak_memory_bytes", 1e9, " GB", 1), ("seconds in all", "seconds", 1, " s", 0)):
        own, theirs = values(key)
        print(f"| {what} | {number(own, digits, scale, unit)} | {number(theirs, digits, scale, unit)} | {own / theirs:.2f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    modes = parser.add_subparsers(dest="mode", required=True)
    for name in ("speed", "tuned"):
        mode = modes.add_parser(name)
        mode.add_argument("--model", type=Path, required=True, help="folder with the decoder")
        mode.add_argument("--rows", type=Path, required=True, help="JSON of the alpaca shape")
        mode.add_argument("--tenfold", type=Path, default=ROOT / "tenfold", help="our launcher [./tenfold]")
        mode.add_argument("--results", type=Path, help="results file [benchmark/results/<date>-language-<mode>.json]")
    modes.choices["speed"].add_argument("--python", default=sys.executable, help="interpreter for the reference [this one]")
    modes.choices["speed"].add_argument("--rounds", type=int, default=2, help="runs of each side [2]")
    modes.choices["speed"].add_argument("--steps", type=int, default=8, help="optimiser steps of a run [8]")
    modes.choices["speed"].add_argument("--threads", type=int, help="threads for both sides [each side's choice]")
    modes.choices["tuned"].add_argument("--held-back", type=int, default=100, help="the last rows, which are not learnt from [100]")
    modes.add_parser("table").add_argument("file", type=Path)
    options = parser.parse_args()
    if options.mode == "table":
        table(json.loads(options.file.read_text(encoding="utf-8")))
    else:
        {"speed": speed, "tuned": tuned}[options.mode](options)


if __name__ == "__main__":
    main()

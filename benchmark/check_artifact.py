#!/usr/bin/env python3
"""Opens an artifact with PEFT or Transformers, as a user would, and compares its logits with the published ones.

usage: check_artifact.py ARTIFACT [--base MODEL] [--data VALIDATION] [--max-length N] [--tolerance 1e-4]

ARTIFACT is an attempt's folder, or the output folder whose manifest names the attempt. It holds a PEFT adapter
(adapter_config.json) or a Transformers model (config.json), and predictions-validation.jsonl. What is not given is taken
from the artifact's request.json.

Fails when a logit is further off than the tolerance, when a published row is not in the data or its label is another, and
when any weight had to be drawn anew: every weight that the base lacks must be in the artifact, and loading twice with two
seeds must give the same logits to the last bit. Needs torch, transformers and, for adapters, peft.
"""
import argparse
import csv
import json
import os
import sys
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import torch
import transformers
from safetensors import safe_open
from transformers import AutoModelForSequenceClassification, AutoTokenizer

BATCH = 32


def attempt_of(folder):
    """The attempt that the manifest publishes, where the folder is a whole output."""
    manifest = folder / "manifest.json"
    if (folder / "predictions-validation.jsonl").exists() or not manifest.exists():
        return folder
    attempt = str(json.loads(manifest.read_text(encoding="utf-8"))["attempt"])
    return folder / (attempt if attempt.startswith("attempt-") else f"attempt-{attempt}")


def local(uri):
    if "://" in uri and not uri.startswith("file:"):
        sys.exit(f"{uri} is not a local path: give --base and --data")
    path = uri.removeprefix("file:")
    return Path(path[2:] if path.startswith("///") else path)


def read_rows(path, columns):
    with open(path, encoding="utf-8", newline="") as file:
        if path.suffix == ".tsv":
            rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
        elif path.suffix == ".csv":
            rows = list(csv.DictReader(file))
        else:
            rows = [json.loads(line) for line in file if line.strip()]
    text, text2, label = columns.get("text", "text"), columns.get("text2"), columns.get("label", "label")
    return [(row[text], row[text2] if text2 else None, row.get(label)) for row in rows]


def load(artifact, base, width, seed):
    """The model, the names of the weights that nothing gave, and of those that the model has no place for."""
    transformers.set_seed(seed)
    if not (artifact / "adapter_config.json").exists():
        model, loading = AutoModelForSequenceClassification.from_pretrained(
            artifact, dtype=torch.float32, output_loading_info=True)
        return model.eval(), set(loading["missing_keys"]), set(loading["unexpected_keys"])
    from peft import PeftModel
    plain, loading = AutoModelForSequenceClassification.from_pretrained(
        base, num_labels=width, dtype=torch.float32, output_loading_info=True)
    model = PeftModel.from_pretrained(plain, str(artifact))
    with safe_open(artifact / "adapter_model.safetensors", "pt") as file:
        # LoRA and IA3 write base_model.model.<name>, prompt learning base_model.<name>.
        stored = {key.removeprefix("base_model.").removeprefix("model.") for key in file.keys()}
    return model.eval(), set(loading["missing_keys"]) - stored, set()


def logits_of(model, tokenizer, rows, max_length):
    texts, pairs = [row[0] for row in rows], [row[1] for row in rows]
    batch = tokenizer(texts, None if pairs[0] is None else pairs, padding=True, truncation=True, max_length=max_length,
                      return_tensors="pt")
    with torch.no_grad():
        return model(**batch).logits


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("artifact", type=Path)
    parser.add_argument("--base", help="folder of the base model [the request's]")
    parser.add_argument("--data", type=Path, help="validation file [the request's]")
    parser.add_argument("--max-length", type=int, help="[the request's, or 128]")
    parser.add_argument("--tolerance", type=float, default=1e-4)
    options = parser.parse_args()
    transformers.utils.logging.set_verbosity_error()

    artifact = attempt_of(options.artifact)
    request_file = artifact / "request.json"
    request = json.loads(request_file.read_text(encoding="utf-8")) if request_file.exists() else {}
    data = request.get("data", {})
    base = options.base or str(local(request["model"]))
    rows = read_rows(options.data or local(data["validation"]), data.get("columns", {}))
    max_length = options.max_length or request.get("training", {}).get("max_length", 128)
    with open(artifact / "predictions-validation.jsonl", encoding="utf-8") as file:
        published = [json.loads(line) for line in file]
    problems = []
    if not published:
        sys.exit("no predictions are published")

    width = len(published[0]["logits"])
    has_tokenizer = any((artifact / name).exists() for name in ("tokenizer.json", "vocab.txt", "vocab.json"))
    is_adapter = (artifact / "adapter_config.json").exists()
    tokenizer = AutoTokenizer.from_pretrained(artifact if has_tokenizer and not is_adapter else base)
    model, drawn, unknown = load(artifact, base, width, seed=1)
    again, _, _ = load(artifact, base, width, seed=2)
    if drawn:
        problems.append(f"not in the artifact: {', '.join(sorted(drawn))}")
    if unknown:
        problems.append(f"the model has no place for {', '.join(sorted(unknown))}")

    labels = request.get("task", {}).get("labels") or []
    worst, wrong_labels = 0.0, 0
    for first in range(0, len(published), BATCH):
        part = published[first:first + BATCH]
        if max(row["row"] for row in part) >= len(rows):
            problems.append(f"row {max(row['row'] for row in part)} is published, the data has {len(rows)}")
            break
        texts = [rows[row["row"]] for row in part]
        for row, (_, _, label) in zip(part, texts):
            names = {str(label)} | ({str(labels.index(label))} if label in labels else set())
            wrong_labels += width > 1 and str(row["label"]) not in names
        logits = logits_of(model, tokenizer, texts, max_length)
        worst = max(worst, (logits - torch.tensor([row["logits"] for row in part])).abs().max().item())
        if first == 0 and not torch.equal(logits, logits_of(again, tokenizer, texts, max_length)):
            problems.append("two loads give two answers: some weights are drawn anew")
    if worst > options.tolerance:
        problems.append(f"logits are {worst:.2e} apart, more than {options.tolerance:.0e}")
    if wrong_labels:
        problems.append(f"{wrong_labels} rows carry another label than the data")
    print(f"{'PEFT' if is_adapter else 'Transformers'}: {len(published)} of {len(rows)} rows published, "
          f"largest difference of logits {worst:.2e}")
    for problem in problems:
        print(f"  {problem}")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()

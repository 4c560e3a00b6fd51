#!/usr/bin/env python3
"""Trains one request with Transformers, PEFT or adapters: the other side of every comparison.

usage: reference.py REQUEST.json [--max-steps N] [--threads N] [--seed N] [--predictions FILE]

Takes the request that `./tenfold run REQUEST.json` takes and does what a competent user would do with it: `Trainer`
with its defaults (fused AdamW with betas 0.9 and 0.999, epsilon 1e-8, no weight decay on biases and norms; padding to
the longest row of the batch; the model's own dropout), the request's schedule, clipping and batch size, and an
evaluation after every epoch. Locations are plain paths or `file:`, relative to the working directory.

Prints one JSON line on stdout:

  score                 the metric of the best epoch (null when --max-steps cuts the run)
  scores                the metric after every epoch
  examples_per_second   the training loop alone, from the third step on, evaluation left out
  first_step_seconds    from the start of the process to the end of the first step
  seconds               the whole process
  peak_memory_bytes     the process's peak resident memory
  trainable_parameters, total_parameters

Needs torch, transformers, accelerate, peft and numpy (adapters for bottleneck adapters alone, scikit-learn only where the
metric is not accuracy).
"""
import argparse
import csv
import json
import os
import re
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path

STARTED = time.time()
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

TOP_LEVEL = {"id", "model", "task", "data", "method", "training", "output", "metadata", "priority", "max_seconds"}
TASK = {"type", "labels"}
DATA = {"train", "validation", "columns", "format"}
TRAINING = {
    "epochs": 3, "max_steps": None, "batch_size": 32, "gradient_accumulation_steps": 1, "learning_rate": None,
    "weight_decay": 0.01, "warmup_ratio": 0.06, "lr_scheduler": "linear", "max_grad_norm": 1.0, "max_length": 128,
    "seed": 42, "precision": "fp32", "eval_batch_size": None, "shuffle": True, "dropout": None, "metric": None,
    # These change what is reported or stored, not what is learned.
    "logging_steps": None, "save_steps": None, "save_seconds": None, "save_total_limit": None, "max_predictions": None,
}
LEARNING_RATES = {"full": 2e-5, "lora": 1e-4, "partial": 2e-5, "prompt": 1e-3, "prefix": 1e-3, "adapter": 1e-3}
OPTIONS = {
    "full": (),
    "partial": ("train_last_layers", "bias_only", "head_only"),
    "prompt": ("kind", "num_virtual_tokens", "prompt_tuning_init", "encoder_reparameterization_type", "encoder_hidden_size"),
    "prefix": ("num_virtual_tokens", "prefix_projection", "encoder_hidden_size"),
    "adapter": ("kind", "reduction_factor", "non_linearity", "scaling"),
}
# The configurations of adapters, with its defaults: 16, swish, 1; 16, relu, 1; 2, relu, 4.
BOTTLENECKS = {"houlsby": "DoubleSeqBnConfig", "pfeiffer": "SeqBnConfig", "parallel": "ParBnConfig"}
LORA = {
    "r": 8, "lora_alpha": 16, "lora_dropout": 0.0, "target_modules": None, "bias": "none", "use_rslora": False,
    "use_dora": False, "init_lora_weights": True, "rank_pattern": {}, "alpha_pattern": {}, "layers_to_transform": None,
    "modules_to_save": None,
}


def process_start():
    """Wall-clock time at which this process was started, interpreter included."""
    try:
        with open("/proc/self/stat", encoding="ascii") as file:
            ticks = int(file.read().rpartition(")")[2].split()[19])
        with open("/proc/uptime", encoding="ascii") as file:
            uptime = float(file.read().split()[0])
        return time.time() - (uptime - ticks / os.sysconf("SC_CLK_TCK"))
    except OSError:
        return STARTED


def known(what, given, allowed):
    """Refuses fields that this side does not act on: a silent difference would spoil the comparison."""
    unknown = sorted(set(given) - set(allowed))
    if unknown:
        sys.exit(f"reference.py does not know {what}: {', '.join(unknown)}")


def location(uri):
    if "://" in uri and not uri.startswith("file:"):
        sys.exit(f"{uri}: only plain paths and file: locations can be read here")
    path = uri.removeprefix("file:")
    return Path(path[2:] if path.startswith("///") else path)


def read_rows(path, columns, kind):
    """Rows as (text, text2 or None, label): TSV without quoting, CSV as RFC 4180, JSON Lines."""
    suffix = kind or path.suffix.removeprefix(".")
    with open(path, encoding="utf-8", newline="") as file:
        if suffix == "tsv":
            records = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
        elif suffix == "csv":
            records = list(csv.DictReader(file))
        elif suffix in ("jsonl", "ndjson"):
            records = [json.loads(line) for line in file if line.strip()]
        else:
            sys.exit(f"{path}: neither tsv, csv nor jsonl")
    text, text2, label = columns.get("text", "text"), columns.get("text2"), columns.get("label", "label")
    return [(row[text], row[text2] if text2 else None, row[label]) for row in records]


class Timer:
    """Times of steps, with the evaluations between them taken out."""

    def __init__(self, clock=time.perf_counter):
        self.clock = clock
        self.first_step = None
        self.ends = []
        self.paused = 0.0
        self.pause_began = None

    def step_ended(self):
        if self.first_step is None:
            self.first_step = time.time()
        self.ends.append(self.clock() - self.paused)

    def pause(self):
        self.pause_began = self.clock()

    def resume(self):
        if self.pause_began is not None:
            self.paused += self.clock() - self.pause_began
            self.pause_began = None

    def examples_per_second(self, sizes):
        """From the third step on: the second step's end starts the clock."""
        if len(self.ends) < 3:
            return None
        return sum(sizes[2:len(self.ends)]) / (self.ends[-1] - self.ends[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("request", type=Path)
    parser.add_argument("--max-steps", type=int, help="stop after so many optimiser steps, without evaluating")
    parser.add_argument("--threads", type=int, help="threads for PyTorch [PyTorch's choice]")
    parser.add_argument("--seed", type=int, help="instead of the request's")
    parser.add_argument("--predictions", type=Path, help="write the best epoch's logits here, a JSON line per row")
    options = parser.parse_args()
    request = json.loads(options.request.read_text(encoding="utf-8"))

    known("a field of the request", request, TOP_LEVEL)
    known("a field of task", request["task"], TASK)
    known("a field of data", request["data"], DATA)
    known("a field of training", request.get("training", {}), TRAINING)
    training = TRAINING | request.get("training", {})
    method = dict(request.get("method", {"name": "full"}))
    name = method.pop("name")
    if name not in LEARNING_RATES:
        sys.exit(f"method {name}: only {' and '.join(LEARNING_RATES)} are known here")
    known(f"an option of {name}", method, LORA if name == "lora" else OPTIONS[name])
    kind = method.get("kind", "pfeiffer") if name == "adapter" else method.get("kind")
    if name == "adapter" and kind not in ("ia3", *BOTTLENECKS) or name == "prompt" and kind == "hard":
        sys.exit(f"method {name}: kind {kind} is not known here")
    if kind == "ia3":
        known("an option of ia3", method, ("kind",))
    library = "adapters" if kind in BOTTLENECKS else "peft" if name not in ("full", "partial") else None
    seed = training["seed"] if options.seed is None else options.seed

    import numpy
    import torch
    import transformers
    from transformers import (AutoConfig, AutoModelForSequenceClassification, AutoTokenizer, DataCollatorWithPadding,
                              Trainer, TrainerCallback, TrainingArguments)

    if options.threads:
        torch.set_num_threads(options.threads)
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()

    # Data
    columns = request["data"].get("columns", {})
    train_rows, validation_rows = (read_rows(location(request["data"][split]), columns, request["data"].get("format"))
                                   for split in ("train", "validation"))
    regression = request["task"]["type"] == "regression"
    if not regression and request["task"]["type"] != "sequence_classification":
        sys.exit(f"task {request['task']['type']} is not known here")
    labels = None if regression else request["task"].get("labels") or sorted({row[2] for row in train_rows})

    source = str(location(request["model"]))
    tokenizer = AutoTokenizer.from_pretrained(source)

    def encode(rows):
        texts, pairs = [row[0] for row in rows], [row[1] for row in rows]
        encoded = tokenizer(texts, None if pairs[0] is None else pairs, truncation=True, max_length=training["max_length"])
        targets = [float(row[2]) if regression else labels.index(row[2]) for row in rows]
        return [{key: encoded[key][i] for key in encoded} | {"labels": targets[i]} for i in range(len(rows))]

    train, validation = encode(train_rows), encode(validation_rows)

    # Model
    config = AutoConfig.from_pretrained(source, num_labels=1 if regression else len(labels))
    if labels:
        config.id2label = dict(enumerate(labels))
        config.label2id = {label: i for i, label in enumerate(labels)}
    if training["dropout"] is not None:
        for key in ("hidden_dropout_prob", "attention_probs_dropout_prob", "classifier_dropout", "dropout",
                    "attention_dropout", "seq_classif_dropout"):
            if hasattr(config, key):
                setattr(config, key, training["dropout"])
    transformers.set_seed(seed)
    if library == "adapters":
        model = with_bottlenecks(source, config, kind, method, labels)
    else:
        model, loading = AutoModelForSequenceClassification.from_pretrained(
            source, config=config, dtype=torch.float32, output_loading_info=True)
        # Whatever the base lacks is trained and saved with the adapter: the head, and the pooler where there is none.
        prefix = model.base_model_prefix + "."
        new = sorted({key.removeprefix(prefix).split(".")[0] for key in loading["missing_keys"]})
        if name == "partial":
            freeze(model, prefix, method, new)
        elif name in ("prompt", "prefix", "adapter"):
            model = with_peft(model, name, method, new)
        elif name == "lora":
            from peft import LoraConfig, get_peft_model
            lora = LORA | method
            lora["modules_to_save"] = lora["modules_to_save"] or new
            model = get_peft_model(model, LoraConfig(task_type="SEQ_CLS", **lora))

    # Training, by Trainer
    timer = Timer()

    class Clock(TrainerCallback):
        def on_step_end(self, args, state, control, **kwargs):
            timer.step_ended()

        def on_epoch_end(self, args, state, control, **kwargs):
            timer.pause()

        def on_epoch_begin(self, args, state, control, **kwargs):
            timer.resume()

    scratch = tempfile.mkdtemp()  # Trainer wants a folder; nothing is saved
    max_steps = options.max_steps or training["max_steps"] or -1
    arguments = TrainingArguments(
        output_dir=scratch,
        num_train_epochs=training["epochs"],
        max_steps=max_steps,
        per_device_train_batch_size=training["batch_size"],
        per_device_eval_batch_size=training["eval_batch_size"] or training["batch_size"],
        gradient_accumulation_steps=training["gradient_accumulation_steps"],
        learning_rate=training["learning_rate"] or LEARNING_RATES[name],
        weight_decay=training["weight_decay"],
        warmup_ratio=training["warmup_ratio"],
        lr_scheduler_type={"constant": "constant_with_warmup"}.get(training["lr_scheduler"], training["lr_scheduler"]),
        max_grad_norm=training["max_grad_norm"],
        bf16=training["precision"] == "bf16",
        use_cpu=not torch.cuda.is_available(),
        seed=seed,
        eval_strategy="no" if max_steps > 0 else "epoch",
        save_strategy="no",
        label_names=["labels"],  # the usual ones, which Trainer does not find in the models of adapters
        report_to="none",
        disable_tqdm=True,
        dataloader_pin_memory=torch.cuda.is_available(),
    )
    scores, best = [], {}

    def measure(prediction):
        logits, targets = prediction.predictions, prediction.label_ids
        if regression:
            score = float(numpy.corrcoef(logits.reshape(-1), targets)[0, 1])
        else:
            score = score_of(training["metric"] or "accuracy", targets, logits.argmax(-1))
        scores.append(score)
        if not best or score > best["score"]:
            best.update(score=score, logits=logits, targets=targets)
        return {"score": score}

    class Reference(Trainer):
        def _get_train_sampler(self, *rest):
            if training["shuffle"]:
                return super()._get_train_sampler(*rest)
            return torch.utils.data.SequentialSampler(self.train_dataset)

        def log(self, logs, *rest, **more):
            print(json.dumps({key: value for key, value in logs.items()}), file=sys.stderr)

    trainer = Reference(model=model, args=arguments, train_dataset=train, eval_dataset=validation,
                        processing_class=tokenizer, data_collator=DataCollatorWithPadding(tokenizer),
                        compute_metrics=measure, callbacks=[Clock()])
    trainable = sum(p.numel() for p in model.parameters() if p.requires_grad)
    trainer.train()
    shutil.rmtree(scratch, ignore_errors=True)

    # Every step has the full batch but an epoch's last.
    per_step = training["batch_size"] * training["gradient_accumulation_steps"]
    sizes = []
    while len(sizes) < len(timer.ends):
        full, rest = divmod(len(train), per_step)
        sizes += [per_step] * full + ([rest] if rest else [])
    if options.predictions and best:
        with open(options.predictions, "w", encoding="utf-8") as file:
            for i, (row, target) in enumerate(zip(best["logits"].tolist(), best["targets"].tolist())):
                file.write(json.dumps({"row": i, "label": target, "logits": row}) + "\n")
    began = process_start()
    print(json.dumps({
        "id": request.get("id"),
        "method": name,
        "seed": seed,
        "score": max(scores) if scores else None,
        "scores": scores,
        "examples_per_second": timer.examples_per_second(sizes),
        "first_step_seconds": timer.first_step - began,
        "seconds": time.time() - began,
        "steps": len(timer.ends),
        "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "trainable_parameters": trainable,
        "total_parameters": sum(p.numel() for p in model.parameters()),
        "threads": torch.get_num_threads(),
        "precision": "bf16" if arguments.bf16 else "fp32",
        "versions": versions(library),
    }), flush=True)


def freeze(model, prefix, method, new):
    """Trains the last layers, the biases, or nothing of the encoder, and whatever the base lacks."""
    layers = model.config.num_hidden_layers
    first = layers - method.get("train_last_layers", 0)
    for key, parameter in model.named_parameters():
        own = not key.startswith(prefix) or key.removeprefix(prefix).split(".")[0] in ("pooler", *new)
        number = re.search(r"\.layer\.(\d+)\.", key)
        trained = method.get("bias_only") and key.endswith(".bias") or number and int(number[1]) >= first
        parameter.requires_grad_(bool(own or trained))


def with_peft(model, name, method, new):
    """Soft prompts, p-tuning, prefixes and IA3; PEFT trains no pooler with prompts unless it is told to."""
    from peft import IA3Config, PrefixTuningConfig, PromptEncoderConfig, PromptTuningConfig, get_peft_model
    kind = method.pop("kind", None)
    if name == "adapter":
        return get_peft_model(model, IA3Config(task_type="SEQ_CLS", modules_to_save=new))
    kinds = {"prefix": PrefixTuningConfig, "soft": PromptTuningConfig, "p_tuning": PromptEncoderConfig}
    model = get_peft_model(model, kinds[kind or name](task_type="SEQ_CLS", **method))
    for key, parameter in model.named_parameters():
        if any(f".{module}." in f".{key}" for module in new):
            parameter.requires_grad_(True)
    return model


def with_bottlenecks(source, config, kind, method, labels):
    """Bottleneck adapters and the library's own prediction head: two layers on the first token, with the model's non-linearity."""
    import adapters
    import torch
    options = {key: value for key, value in method.items() if key != "kind"}
    if "scaling" in options:
        options["scaling"] = float(options["scaling"])  # the library takes no whole number for a factor
    model = adapters.AutoAdapterModel.from_pretrained(source, config=config, dtype=torch.float32)
    for head in list(model.heads):
        model.delete_head(head)
    model.add_adapter("task-adapter", config=getattr(adapters, BOTTLENECKS[kind])(**options))
    model.add_classification_head(
        "task-adapter", num_labels=len(labels) if labels else 1, layers=2,
        activation_function="relu" if config.model_type == "distilbert" else "tanh",
        id2label=dict(enumerate(labels)) if labels else None)
    model.train_adapter("task-adapter")
    return model


def score_of(metric, targets, predicted):
    if metric == "accuracy":
        return float((predicted == targets).mean())
    from sklearn import metrics
    scorers = {
        "f1": lambda: metrics.f1_score(targets, predicted),
        "macro_f1": lambda: metrics.f1_score(targets, predicted, average="macro"),
        "f1_macro": lambda: metrics.f1_score(targets, predicted, average="macro"),
        "matthews": lambda: metrics.matthews_corrcoef(targets, predicted),
        "matthews_correlation": lambda: metrics.matthews_corrcoef(targets, predicted),
    }
    if metric not in scorers:
        sys.exit(f"metric {metric} is not known here")
    return float(scorers[metric]())


def versions(library):
    from importlib.metadata import version
    return {package: version(package)
            for package in ["torch", "transformers", "accelerate"] + ([library] if library else [])}


if __name__ == "__main__":
    main()

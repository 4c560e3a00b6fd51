#!/usr/bin/env python3
"""Trains one causal_lm request with Transformers' Trainer and PEFT: the other side of `language.py speed`.

usage: reference_language.py REQUEST.json [--threads N]

Takes rows of the alpaca shape, the model's own chat template, and the loss on the answers alone, padding each batch to its
longest row, in fp32; the rest is Trainer's default. Prints one JSON line: tokens_per_second counts real tokens, from the
third step on, and losses are each step's. Needs torch, transformers, accelerate and peft.
"""
import argparse
import json
import os
import resource
import shutil
import tempfile
import time
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

from reference import Timer, known, location, process_start, versions

TRAINING = {"max_steps": None, "batch_size": 8, "learning_rate": 1e-4, "weight_decay": 0.01, "warmup_ratio": 0.06,
            "max_grad_norm": 1.0, "max_length": 512, "seed": 42, "precision": "fp32", "shuffle": False, "logging_steps": 1}


def encoded(tokenizer, row, longest):
    """A conversation's tokens; those before the answer are not learnt."""
    asked = [{"role": "user", "content": row["instruction"] + ("\n" + row["input"] if row.get("input") else "")}]
    ids = tokenizer.apply_chat_template(asked + [{"role": "assistant", "content": row["output"]}], tokenize=True)
    prompt = len(tokenizer.apply_chat_template(asked, tokenize=True, add_generation_prompt=True))
    return {"input_ids": ids[:longest], "attention_mask": [1] * min(len(ids), longest),
            "labels": ([-100] * prompt + ids[prompt:])[:longest]}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("request", type=Path)
    parser.add_argument("--threads", type=int, help="threads for PyTorch [PyTorch's choice]")
    options = parser.parse_args()
    request = json.loads(options.request.read_text(encoding="utf-8"))
    training = TRAINING | request["training"]
    method = dict(request["method"])
    known("a field of training", training, TRAINING)
    known("a method's option", method, {"name", "r", "lora_alpha", "target_modules"})
    assert method.pop("name") == "lora" and request["task"] == {"type": "causal_lm"}

    import torch
    import transformers
    from peft import LoraConfig, get_peft_model
    from transformers import (AutoModelForCausalLM, AutoTokenizer, DataCollatorForSeq2Seq, Trainer, TrainerCallback,
                              TrainingArguments)

    if options.threads:
        torch.set_num_threads(options.threads)
    transformers.utils.logging.set_verbosity_error()
    transformers.set_seed(training["seed"])
    source = location(request["model"])
    tokenizer = AutoTokenizer.from_pretrained(source)
    rows = json.loads(location(request["data"]["train"]).read_text(encoding="utf-8"))
    rows = [encoded(tokenizer, row, training["max_length"]) for row in rows]
    model = get_peft_model(AutoModelForCausalLM.from_pretrained(source, dtype=torch.float32),
                           LoraConfig(task_type="CAUSAL_LM", **({"lora_alpha": 16} | method)))
    timer, losses = Timer(), []

    class Clock(TrainerCallback):
        def on_step_end(self, args, state, control, **kwargs):
            timer.step_ended()

    class Reference(Trainer):
        def _get_train_sampler(self, *rest):
            return torch.utils.data.SequentialSampler(self.train_dataset)

        def log(self, logs, *rest, **more):
            losses.extend([logs["loss"]] if "loss" in logs else [])

    scratch = tempfile.mkdtemp()  # Trainer wants a folder; nothing is saved
    Reference(
        model=model, train_dataset=rows, callbacks=[Clock()],
        data_collator=DataCollatorForSeq2Seq(tokenizer, padding=True, label_pad_token_id=-100),
        args=TrainingArguments(
            output_dir=scratch, max_steps=training["max_steps"], per_device_train_batch_size=training["batch_size"],
            learning_rate=training["learning_rate"], weight_decay=training["weight_decay"],
            warmup_ratio=training["warmup_ratio"], max_grad_norm=training["max_grad_norm"],
            use_cpu=not torch.cuda.is_available(), seed=training["seed"], save_strategy="no", logging_steps=1,
            report_to="none", disable_tqdm=True, dataloader_pin_memory=torch.cuda.is_available())).train()
    shutil.rmtree(scratch, ignore_errors=True)
    sizes = [sum(len(row["input_ids"]) for row in rows[first:first + training["batch_size"]])
             for first in range(0, len(rows), training["batch_size"])]
    began = process_start()
    print(json.dumps({
        "tokens_per_second": timer.examples_per_second(sizes),
        "first_step_seconds": timer.first_step - began,
        "seconds": time.time() - began,
        "losses": losses,
        "tokens": sum(sizes[:len(timer.ends)]),
        "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "trainable_parameters": sum(p.numel() for p in model.parameters() if p.requires_grad),
        "versions": versions("peft"),
    }), flush=True)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Writes fisher.json: the empirical Fisher information of language models, by plain PyTorch.

usage: make_continual_words.py [OUT]        (default: src/test/resources/golden/continual-words)

The environment, models and rows are those of language_golden.py. A row's loss is the mean over its answer's tokens; its
gradients are squared, and the mean is taken over the rows (Avalanche's EWC with batches of one row). For each parameter
the sum of that is written, in fp64.
"""
import json
import sys
from pathlib import Path

import torch

OUT = Path(sys.argv.pop(1) if len(sys.argv) > 1 else Path(__file__).parents[1] / "resources/golden/continual-words")

from language_golden import OUT as LANGUAGE, counted, encoded, loss_sum
from transformers import AutoModelForCausalLM, AutoTokenizer


def fisher(model, rows):
    sums = {name: torch.zeros_like(p) for name, p in model.named_parameters()}
    for row in rows:
        model.zero_grad()
        (loss_sum(model, row) / counted(row)).backward()
        for name, p in model.named_parameters():
            sums[name] += p.grad ** 2 / len(rows)
    return sums


def main():
    written = {}
    for family in ("llama", "gpt2"):
        model = AutoModelForCausalLM.from_pretrained(LANGUAGE / family).double().eval()
        tokenizer = AutoTokenizer.from_pretrained(LANGUAGE / family)
        lines = [json.loads(line) for line in (LANGUAGE / "rows.jsonl").read_text().splitlines()]
        rows = [encoded(tokenizer, line["prompt"], line["completion"]) for line in lines]
        written[family] = {name: value.sum().item() for name, value in fisher(model, rows).items()}
    OUT.mkdir(exist_ok=True)
    (OUT / "fisher.json").write_text(json.dumps(written, indent=1) + "\n")


if __name__ == "__main__":
    main()

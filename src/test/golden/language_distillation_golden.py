#!/usr/bin/env python3
"""Writes what plain PyTorch makes of decoders that learn from a teacher, token by token.

usage: language_distillation_golden.py [OUT]        (default: src/test/resources/golden/language-distillation)

To be run after language_golden.py, whose models, rows and loop it takes. The loss is written from the formulas, a row at a
time and over all logits: of k words the divergence is that over k + 1 outcomes, the teacher's most probable k and the rest.
"""
import sys
from pathlib import Path

OUT = Path(sys.argv.pop(1) if len(sys.argv) > 1
           else Path(__file__).parents[1] / "resources" / "golden" / "language-distillation")

import json
import shutil

import torch
import transformers
from torch.nn import functional
from transformers import AutoModelForCausalLM

from language_golden import CURVE, OUT as LANGUAGE, counted, curve
from make_golden import write_json

CASES = {
    "forward": {"student": "gpt2", "teacher": "llama", "method": {"top_k": 8, "hard_label_weight": 0.3}},
    "forward-all": {"student": "llama", "teacher": "gpt2",
                    "method": {"top_k": 0, "hard_label_weight": 0, "temperature": 2}},
    "reverse": {"student": "llama", "teacher": "gpt2",
                "method": {"kl": "reverse", "top_k": 5, "hard_label_weight": 0, "temperature": 1.5}},
    "reverse-all": {"student": "gpt2", "teacher": "llama",
                    "method": {"kl": "reverse", "top_k": 100000, "hard_label_weight": 0.5}},
}
LEARNING_RATE = 5e-3


def opened(name):
    return AutoModelForCausalLM.from_pretrained(LANGUAGE / name).eval()


def outcomes(probabilities, words):
    """The probabilities of some words of each token, and of all others together."""
    some = probabilities.gather(1, words)
    return torch.cat([some, probabilities.scatter(1, words, 0).sum(1, keepdim=True)], 1)


def loss_of(case):
    method = {"kl": "forward", "temperature": 1, "hard_label_weight": 0.5} | case["method"]
    hard, temperature, k = method["hard_label_weight"], method["temperature"], method["top_k"]
    teacher = opened(case["teacher"]).requires_grad_(False)

    def loss_sum(model, row):
        ids = torch.tensor([row["ids"]])
        own = model(input_ids=ids).logits[0, row["answer"] - 1:-1]
        theirs = teacher.to(own.dtype)(input_ids=ids).logits[0, row["answer"] - 1:-1]
        loss = functional.cross_entropy(own, ids[0, row["answer"]:], reduction="sum")
        p, q = torch.softmax(theirs / temperature, 1), torch.softmax(own / temperature, 1)
        if 0 < k < p.shape[1]:
            words = p.topk(k, 1).indices
            p, q = outcomes(p, words), outcomes(q, words)
        apart = p * (p / q).log() if method["kl"] == "forward" else q * (q / p).log()
        return hard * loss + (1 - hard) * temperature ** 2 * apart.sum()

    return loss_sum


def main():
    torch.set_num_threads(1)
    transformers.utils.logging.set_verbosity_error()
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    rows = json.loads((LANGUAGE / "tokens.json").read_text())["rows"]
    for name, case in CASES.items():
        loss_sum = loss_of(case)
        with torch.no_grad():
            first = [(loss_sum(opened(case["student"]), row) / counted(row)).item() for row in rows]
        result, _ = curve(lambda case=case: opened(case["student"]), rows, LEARNING_RATE, loss_sum)
        write_json(OUT / f"{name}.json", case | {"learning_rate": LEARNING_RATE, "first_row_losses": first} | CURVE | result)
        print(name, result["losses"][0], result["losses"][-1])


if __name__ == "__main__":
    main()

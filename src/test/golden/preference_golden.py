#!/usr/bin/env python3
"""Writes the golden files of preferences: twenty steps of DPO and IPO, by Transformers, PEFT and the papers' formulas.

usage: preference_golden.py [OUT]        (default: src/test/resources/golden/preference)

The environment, the models, the tokenizer and the recipe are those of language_golden.py, whose models must be there. The
losses are written as TRL's DPOTrainer has them, with its names of options: the reference is the untouched model, of an
adapter PEFT's own with the adapter disabled. Every curve is computed in fp64 too, and the script stops if fp32 is not
within a tenth of the tolerance.
"""
import json
import shutil
import sys
from pathlib import Path

OUT = Path(sys.argv.pop(1) if len(sys.argv) > 1 else Path(__file__).parents[1] / "resources" / "golden" / "preference")

import torch
import transformers
from torch.nn.functional import logsigmoid
from transformers import AutoModelForCausalLM, AutoTokenizer, get_linear_schedule_with_warmup

import language_golden as language
from language_golden import CASES, CURVE, PROMPTS, TOLERANCE, adapted, counted, encoded, in_our_names, loss_sum, split
from make_golden import decayed, without_dropout, write_json, write_tensors
from sentences import ROWS

USUAL = {"loss_type": "sigmoid", "beta": 0.1, "label_smoothing": 0.0, "reference_free": False}
# Model, method, what the task says, learning rate.
RUNS = {
    "llama-full": ("llama", "full", {}, 1e-3),
    "llama-lora": ("llama", "lora", {"beta": 0.5, "label_smoothing": 0.1}, 1e-2),
    "llama-lora-ipo": ("llama", "lora", {"loss_type": "ipo", "beta": 0.3}, 1e-2),
    "llama-prefix": ("llama", "prefix", {}, 5e-2),
    "gpt2-full-free": ("gpt2", "full", {"reference_free": True}, 1e-3),
    "gpt2-ia3": ("gpt2", "ia3", {}, 5e-2),
}


def log_probs(model, pair, options):
    """Of both answers: sums over their tokens, of IPO means."""
    return [-loss_sum(model, row) / (counted(row) if options["loss_type"] == "ipo" else 1) for row in pair]


def pair_loss(policy, reference, options):
    beta, smoothing = options["beta"], options["label_smoothing"]
    apart = policy[0] - policy[1] - (0 if options["reference_free"] else reference[0] - reference[1])
    if options["loss_type"] == "ipo":
        return (apart - 1 / (2 * beta)) ** 2
    return -logsigmoid(beta * apart) * (1 - smoothing) - logsigmoid(-beta * apart) * smoothing


def train(model, reference, pairs, options, learning_rate):
    """Twenty steps of plain PyTorch, in the order in which Trainer does them."""
    without_dropout(model)
    decay = set(decayed(model))
    named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(
        [{"params": [p for name, p in named if name in decay], "weight_decay": CURVE["weight_decay"]},
         {"params": [p for name, p in named if name not in decay], "weight_decay": 0.0}],
        lr=learning_rate, betas=(CURVE["beta1"], CURVE["beta2"]), eps=CURVE["epsilon"])
    schedule = get_linear_schedule_with_warmup(optimizer, CURVE["warmup_steps"], CURVE["steps"])
    losses, norms = [], []
    for step in range(CURVE["steps"]):
        first = step * CURVE["batch_size"] % len(pairs)
        rows = range(first, min(first + CURVE["batch_size"], len(pairs)))
        loss = sum(pair_loss(log_probs(model, pairs[i], options), reference[i], options) for i in rows) / len(rows)
        loss.backward()
        norms.append(torch.nn.utils.clip_grad_norm_([p for _, p in named], CURVE["max_grad_norm"]).item())
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    with torch.no_grad():
        after = [log_probs(model.eval(), pair, options) for pair in pairs]
        return {"losses": losses, "grad_norms": norms,
                "row_losses": [pair_loss(own, theirs, options).item() for own, theirs in zip(after, reference)],
                "chosen": [own[0].item() for own in after], "rejected": [own[1].item() for own in after]}


def curve(make, base, pairs, options, learning_rate):
    """The fp32 curve, checked against the same in fp64."""
    results = []
    for exact in (False, True):
        model, plain = make(), AutoModelForCausalLM.from_pretrained(base)
        if exact:
            model, plain = model.double(), plain.double()
        with torch.no_grad():
            reference = [log_probs(plain.eval(), pair, options) for pair in pairs]
            if hasattr(model, "disable_adapter"):
                with model.disable_adapter():
                    own = [log_probs(model.eval(), pair, options) for pair in pairs]
                assert all(abs(a - b) < 1e-5 for x, y in zip(own, reference) for a, b in zip(x, y))
        results.append(train(model, reference, pairs, options, learning_rate))
    result, precise = results
    for key in result:
        apart = max(abs(a - b) / abs(b) for a, b in zip(result[key], precise[key]))
        assert apart < TOLERANCE / 10, f"{key} of fp32 and fp64 are {apart:.1e} apart"
    return result | {"reference_chosen": [pair[0].item() for pair in reference],
                     "reference_rejected": [pair[1].item() for pair in reference]}


def main():
    torch.set_num_threads(1)
    transformers.utils.logging.set_verbosity_error()
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    halves = [split(sentence, words) for (sentence, _), words in zip(ROWS, PROMPTS)]
    texts = [(prompt, better, " " * (better[0] == " ") + halves[i - 1][1].strip())
             for i, (prompt, better) in enumerate(halves)]
    (OUT / "rows.jsonl").write_text("".join(
        json.dumps({"prompt": prompt, "chosen": better, "rejected": worse}) + "\n" for prompt, better, worse in texts))
    for name, (family, method, said, learning_rate) in RUNS.items():
        base = language.OUT / family
        tokenizer = AutoTokenizer.from_pretrained(base)
        pairs = [[encoded(tokenizer, prompt, answer) for answer in (better, worse)] for prompt, better, worse in texts]
        request, peft = CASES[method]
        folder = OUT / name
        folder.mkdir()
        make = ((lambda: AutoModelForCausalLM.from_pretrained(base)) if peft is None
                else (lambda: adapted(family, peft)))
        if peft is not None:
            write_tensors(folder / "curve_init.safetensors", in_our_names(make()))
        options = USUAL | said
        result = curve(make, base, pairs, options, learning_rate)
        moved = max(abs(a - b) for a, b in zip(result["chosen"], result["reference_chosen"]))
        assert moved > 0.1, moved
        write_json(folder / "curve.json", {"base": family, "method": request, "task": {"type": "preference"} | said,
                                           "learning_rate": learning_rate} | CURVE | result)
        for path in folder.iterdir():
            path.chmod(0o644)
        print(name, result["losses"][0], result["losses"][-1], moved)


if __name__ == "__main__":
    main()

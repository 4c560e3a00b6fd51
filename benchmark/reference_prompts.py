#!/usr/bin/env python3
"""Hard prompts with Transformers alone: the other side of `prompt`, kind hard, with one template and words of one token.

usage: reference_prompts.py REQUEST.json [--threads N]

A label's score is the mean of its words' log probabilities among all label words at the mask (OpenPrompt's ManualVerbalizer).
calibrate divides the words' probabilities by their mean over "N/A", "" and the mask (Zhao et al. 2021). shots trains all
weights on so many rows of each class, drawn by the seed, with the cross-entropy of these scores, the request's AdamW and
schedule; then everything is scored once. The draw is not ours: compare over seeds. Prints the JSON line of reference.py.
"""
import argparse
import json
import os
import random
import resource
import sys
import time
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

from reference import TRAINING, known, location, process_start, read_rows, versions  # noqa: E402

WITHOUT_CONTENT = ("N/A", "", "[MASK]")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("request", type=Path)
    parser.add_argument("--threads", type=int, help="threads for PyTorch [PyTorch's choice]")
    options = parser.parse_args()
    request = json.loads(options.request.read_text(encoding="utf-8"))
    method = request["method"]
    known("an option of prompt, kind hard", method, ("name", "kind", "templates", "verbalizer", "calibrate", "shots"))
    allowed = TRAINING | {"eval_steps": None}
    known("a field of training", request["training"], allowed)
    training = allowed | request["training"]
    if len(method["templates"]) != 1 or "{text2}" in method["templates"][0]:
        sys.exit("reference_prompts.py knows one template with one text")

    import torch
    import transformers
    from transformers import AutoModelForMaskedLM, AutoTokenizer, get_linear_schedule_with_warmup

    if options.threads:
        torch.set_num_threads(options.threads)
    transformers.utils.logging.set_verbosity_error()
    transformers.set_seed(training["seed"])
    source = str(location(request["model"]))
    tokenizer = AutoTokenizer.from_pretrained(source)
    model = AutoModelForMaskedLM.from_pretrained(source, dtype=torch.float32).eval()
    labels = request["task"]["labels"]
    words = [(number, word) for number, label in enumerate(labels)
             for word in ([method["verbalizer"][label]] if isinstance(method["verbalizer"][label], str) else method["verbalizer"][label])]
    ids = [tokenizer(" " + word, add_special_tokens=False)["input_ids"] for _, word in words]
    if any(len(own) != 1 for own in ids):
        sys.exit("reference_prompts.py knows words of one token")
    ids = torch.tensor([own[0] for own in ids])
    means = torch.zeros(len(words), len(labels))
    for row, (number, _) in enumerate(words):
        means[row, number] = 1 / sum(other == number for other, _ in words)
    before, after = method["templates"][0].split("{text}")
    around = len(tokenizer((before + after).replace("[MASK]", tokenizer.mask_token))["input_ids"])

    def filled(text):
        """The text is cut, the template never."""
        pieces = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)["offset_mapping"]
        room = training["max_length"] - around
        kept = text if len(pieces) <= room else text[:pieces[room - 1][1]]
        return before.replace("[MASK]", tokenizer.mask_token) + kept + after.replace("[MASK]", tokenizer.mask_token)

    def word_scores(texts):
        encoded = tokenizer(texts, padding=True, return_tensors="pt")
        # A text may be the mask itself; the template's is the last one where it follows the text.
        mask = encoded["input_ids"] == tokenizer.mask_token_id
        places = [row.nonzero()[-1 if after.find("[MASK]") >= 0 else 0].item() for row in mask]
        logits = model(**encoded).logits[range(len(texts)), places]
        return logits.log_softmax(-1)[:, ids]

    def label_scores(texts, free=None):
        scores = word_scores(texts)
        if free is not None:
            scores = scores - free
        return (scores.log_softmax(-1) @ means).log_softmax(-1)

    columns = request["data"]["columns"]
    train, validation = (read_rows(location(request["data"][split]), columns, None) for split in ("train", "validation"))
    ends, trained = [], 0
    if method.get("shots"):
        shuffled = list(train)
        random.Random(training["seed"]).shuffle(shuffled)
        rows = [row for label in labels for row in [r for r in shuffled if r[2] == label][:method["shots"]]]
        plain = [p for key, p in model.named_parameters() if p.ndim == 1]
        decayed = [p for key, p in model.named_parameters() if p.ndim > 1]
        trained = sum(p.numel() for p in plain + decayed)
        optimiser = torch.optim.AdamW([{"params": decayed, "weight_decay": training["weight_decay"]},
                                       {"params": plain, "weight_decay": 0.0}], lr=training["learning_rate"])
        steps = training["max_steps"]
        schedule = get_linear_schedule_with_warmup(optimiser, int(-(-steps * training["warmup_ratio"] // 1)), steps)
        order, draw = [], random.Random(training["seed"] + 1)
        model.train()
        for _ in range(steps):
            if not order:
                order = draw.sample(rows, len(rows))
            batch, order = order[:training["batch_size"]], order[training["batch_size"]:]
            targets = torch.tensor([labels.index(row[2]) for row in batch])
            loss = torch.nn.functional.nll_loss(label_scores([filled(row[0]) for row in batch]), targets)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), training["max_grad_norm"])
            optimiser.step()
            schedule.step()
            optimiser.zero_grad()
            ends.append(time.time())
        model.eval()
    with torch.no_grad():
        free = None
        if method.get("calibrate"):
            free = word_scores([(before + text + after).replace("[MASK]", tokenizer.mask_token)
                                for text in WITHOUT_CONTENT]).log_softmax(-1).exp().mean(0).log()
        right = 0
        size = training["batch_size"]
        for i in range(0, len(validation), size):
            batch = validation[i:i + size]
            predicted = label_scores([filled(row[0]) for row in batch], free).argmax(-1)
            right += sum(labels[p] == row[2] for p, row in zip(predicted.tolist(), batch))
    began = process_start()
    print(json.dumps({
        "id": request.get("id"), "method": "prompt", "seed": training["seed"], "score": right / len(validation),
        "scores": [right / len(validation)], "examples_per_second": None,
        "first_step_seconds": ends[0] - began if ends else None, "seconds": time.time() - began, "steps": len(ends),
        "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "trainable_parameters": trained, "threads": torch.get_num_threads(), "versions": versions("prompt"),
    }), flush=True)


if __name__ == "__main__":
    main()

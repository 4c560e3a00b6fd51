#!/usr/bin/env python3
"""Writes what Transformers, PEFT and seqeval make of tagged words.

usage: make_tags.py [OUT]        (default: src/test/resources/golden)

To be run after make_golden.py, whose tokenizers it reads; for the packages see there, and seqeval==1.2.2. The words are
those of our own sentences; a word's tag follows from its letters, so that there is something to learn.
"""
import json
import random
import warnings

import torch
import transformers
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict
from seqeval.metrics import accuracy_score, f1_score, precision_score, recall_score
from transformers import AutoModelForTokenClassification, AutoTokenizer, get_linear_schedule_with_warmup

from make_golden import (CURVE, CURVE_TOLERANCE, LORA_TARGETS, OUT, config_of, decayed, fill, fill_adapter, tokenizer_of,
                         without_dropout, write_json, write_model, write_tensors)
from sentences import ROWS

TAGS = ["B-A", "B-B", "I-A", "I-B", "O"]  # sorted, as run_ner sorts them
UNCOUNTED = -100
CUT = 9


def tag(word, previous):
    kind = {"s": "A", "t": "A", "b": "B", "m": "B"}.get(word[:1].lower())
    if kind is None:
        return "O"
    return ("I-" if previous.endswith("-" + kind) else "B-") + kind


def tagged(text):
    words, tags = text.split(), []
    for word in words:
        tags.append(tag(word, tags[-1] if tags else "O"))
    return {"tokens": words, "tags": tags}


def data():
    """Forty rows; one has words that no tokenizer keeps, one a word of many pieces."""
    rows = [tagged(text) for text, _ in ROWS]
    rows[3]["tokens"].insert(1, "\u200b")  # BERT's tokenizer drops it
    rows[3]["tags"].insert(1, "O")
    rows[5]["tokens"].append("unbelievably-interconnected")
    rows[5]["tags"].append("B-B")
    return rows


def aligned(tokenizer, row, max_length):
    """Transformers' run_ner: a word's first token has its tag."""
    encoded = tokenizer(row["tokens"], is_split_into_words=True, truncation=True, max_length=max_length)
    labels, previous = [], None
    for word in encoded.word_ids():
        labels.append(UNCOUNTED if word is None or word == previous else TAGS.index(row["tags"][word]))
        previous = word
    return {"input_ids": encoded["input_ids"], "labels": labels}


def batch(tokenizer, rows):
    """Padded; the labels of padding are not counted."""
    padded = tokenizer.pad([{"input_ids": row["input_ids"]} for row in rows], padding=True, return_tensors="pt")
    width = padded["input_ids"].shape[1]
    labels = torch.tensor([row["labels"] + [UNCOUNTED] * (width - len(row["labels"])) for row in rows])
    return padded, labels


def logits_of(model, tokenizer, rows):
    """[tokens of all rows, tags], without padding."""
    padded, _ = batch(tokenizer, rows)
    with torch.no_grad():
        logits = model(**padded).logits
    return torch.cat([logits[i, :len(row["input_ids"])] for i, row in enumerate(rows)])


def train(model, tokenizer, rows, learning_rate):
    """Twenty steps of plain PyTorch, in the order in which Trainer does them."""
    without_dropout(model)
    decay = set(decayed(model))
    named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(
        [{"params": [p for name, p in named if name in decay], "weight_decay": CURVE["weight_decay"]},
         {"params": [p for name, p in named if name not in decay], "weight_decay": 0.0}],
        lr=learning_rate, betas=(CURVE["beta1"], CURVE["beta2"]), eps=CURVE["epsilon"])
    schedule = get_linear_schedule_with_warmup(optimizer, CURVE["warmup_steps"], CURVE["steps"])
    losses = []
    for step in range(CURVE["steps"]):
        first = step * CURVE["batch_size"] % len(rows)
        padded, labels = batch(tokenizer, rows[first:first + CURVE["batch_size"]])
        loss = model(**padded, labels=labels).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_([p for _, p in named], CURVE["max_grad_norm"])
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    model.eval()
    return losses


def curve(make, tokenizer, rows, learning_rate):
    """The fp32 curve, checked against the same in fp64."""
    losses = train(make(), tokenizer, rows, learning_rate)
    exact = train(make().double(), tokenizer, rows, learning_rate)
    apart = max(abs(a - b) / abs(b) for a, b in zip(losses, exact))
    assert apart < CURVE_TOLERANCE / 10, f"fp32 and fp64 are {apart:.1e} apart"
    return {"learning_rate": learning_rate, "losses": losses}


def family_case(family):
    folder = OUT / f"{family}-tokens"
    plain = tokenizer_of(family)
    write_model(folder, fill(AutoModelForTokenClassification.from_config(config_of(family, len(plain), TAGS)), seed=7), plain)
    # run_ner asks byte-level tokenizers for a blank before each word.
    tokenizer = AutoTokenizer.from_pretrained(folder, **({"add_prefix_space": True} if family == "roberta" else {}))
    fresh = lambda: AutoModelForTokenClassification.from_pretrained(folder).eval()

    rows = data()
    (folder / "tags.jsonl").write_text("".join(
        json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    whole = [aligned(tokenizer, row, CURVE["max_length"]) for row in rows]
    cut = [aligned(tokenizer, row, CUT) for row in rows]
    write_tensors(folder / "expected.safetensors", {"logits": logits_of(fresh(), tokenizer, whole)})

    options = {"r": 4, "lora_alpha": 8, "lora_dropout": 0.0, "bias": "none", "target_modules": LORA_TARGETS[family],
               "modules_to_save": ["classifier"]}
    lora = lambda: fill_adapter(get_peft_model(fresh(), LoraConfig(task_type="TOKEN_CLS", **options)), seed=8, zero=True)
    write_tensors(folder / "curve_lora_init.safetensors", get_peft_model_state_dict(lora()))
    curves = {"full": curve(fresh, tokenizer, whole, 1e-3), "lora": curve(lora, tokenizer, whole, 5e-3)}
    write_json(folder / "tags.json", {"tags": TAGS, "cut_length": CUT, "rows": whole, "cut": cut})
    for name, values in curves.items():
        write_json(folder / f"curve_{name}.json", values)
    print(folder.name, [round(values["losses"][-1], 4) for values in curves.values()])


# ---- seqeval ---------------------------------------------------------------------------------------------------------

SCHEMES = {
    "iob": ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"],
    "iobes": ["O", "B-PER", "I-PER", "E-PER", "S-PER", "B-LOC", "I-LOC", "E-LOC", "S-LOC"],
    "ioe": ["O", "I-PER", "E-PER", "I-LOC", "E-LOC"],
    "bare": ["O", "B", "I", "E", "S"],
    "words": ["NN", "NNS", "VB", "DT", "IN", "SYM", "OTHER", ".", "ADJ", "BDJ"],
    "odd": ["O", "O-X", "B-", "I-", "B--X", "I-A-B", "B-A-B", ".", ".-X", "\U0001f600-A", "\U0001f601-A", "X-A", "é"],
}


def seqeval_cases():
    draw = random.Random(11)
    cases = []
    for scheme, tags in SCHEMES.items():
        for case in range(12):
            rows = [[draw.choice(tags) for _ in range(draw.randint(0, 12))] for _ in range(draw.randint(1, 6))]
            if not any(rows):
                rows[0] = [tags[0]]
            keep = (0.0, 0.5, 0.8, 1.0)[case % 4]
            predicted = [[tag if draw.random() < keep else draw.choice(tags) for tag in row] for row in rows]
            cases.append({"tags": tags, "actual": rows, "predicted": predicted,
                          "f1": float(f1_score(rows, predicted)), "precision": float(precision_score(rows, predicted)),
                          "recall": float(recall_score(rows, predicted)),
                          "accuracy": float(accuracy_score(rows, predicted))})
    (OUT / "metrics").mkdir(exist_ok=True)
    write_json(OUT / "metrics" / "tags.json", {"cases": cases})
    print(len(cases), "cases of seqeval")


def main():
    torch.set_num_threads(1)
    transformers.utils.logging.set_verbosity_error()
    warnings.filterwarnings("ignore")  # seqeval's, of tags without a prefix and of scores that divide by nothing
    for family in ("bert", "roberta", "distilbert"):
        family_case(family)
    seqeval_cases()


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Writes what Transformers makes of the tiny models when only a part of the weights is trained.

usage: make_partial.py [OUT]        (default: src/test/resources/golden)

To be run after make_golden.py, whose models it reads; for the packages see there. Each case is a curve of twenty steps
with `requires_grad` set by name, dropout off.
"""
import torch
import transformers
from transformers import AutoModelForSequenceClassification

from make_golden import CURVE, LABELS, MAX_LENGTH, OUT, curve, encode, tokenizer_of, write_json
from sentences import ROWS, TEXTS

HEADS = ("classifier", "pre_classifier", "bert.pooler")
LAST = {"bert": "bert.encoder.layer.1.", "roberta": "roberta.encoder.layer.1.", "distilbert": "distilbert.transformer.layer.2."}


def is_head(name):
    return name.startswith(HEADS)


# What is trained: BitFit's rule is that of its authors, every bias and the classifier; of the pooler the bias alone.
CASES = {
    "last": ({"train_last_layers": 1}, 1e-3, lambda family, name: is_head(name) or name.startswith(LAST[family])),
    "bias": ({"bias_only": True}, 5e-3, lambda family, name: name.endswith("bias") or "classifier" in name),
    "head": ({"head_only": True}, 5e-3, lambda family, name: is_head(name)),
}


def case(family, kind, tokenizer):
    options, learning_rate, trained = CASES[kind]

    def make():
        model = AutoModelForSequenceClassification.from_pretrained(OUT / family).eval()
        for name, parameter in model.named_parameters():
            parameter.requires_grad_(trained(family, name))
        return model

    texts = [encode(tokenizer, *pair, MAX_LENGTH) for pair in TEXTS]
    rows = [encode(tokenizer, text, None, CURVE["max_length"]) | {"label": label} for text, label in ROWS]
    result, model = curve(make, tokenizer, rows, texts, learning_rate)
    before = make().state_dict()
    for name, parameter in model.named_parameters():
        assert parameter.requires_grad or torch.equal(parameter, before[name]), name
    count = sum(p.numel() for p in model.parameters() if p.requires_grad)
    folder = OUT / f"{family}-partial-{kind}"
    folder.mkdir(exist_ok=True)
    write_json(folder / "curve.json", {"method": options, "trainable_parameters": count, "labels": LABELS,
                                       "learning_rate": learning_rate} | CURVE | result)
    print(folder.name, count, (folder / "curve.json").stat().st_size, "bytes")


def main():
    torch.set_num_threads(1)
    transformers.utils.logging.set_verbosity_error()
    for family in LAST:
        tokenizer = tokenizer_of(family)
        for kind in CASES:
            case(family, kind, tokenizer)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Writes what plain PyTorch makes of distillation on the tiny models.

usage: make_distillation.py [OUT]        (default: src/test/resources/golden)

To be run after make_golden.py, whose models it reads; for the packages see there. The losses are written from the papers'
formulas, a row at a time and without padding; the twenty steps run on padded batches as Transformers makes them.
"""
import types

import numpy
import torch
import transformers
from torch.nn import functional
from transformers import AutoModelForSequenceClassification, BertForSequenceClassification

from make_golden import (CURVE, LABELS, MAX_LENGTH, OUT, config_of, curve, encode, fill, padded, tokenizer_of, write_json,
                         write_model, write_tensors)
from sentences import ROWS, TEXTS

FOLDER = OUT / "bert-distillation"

# What is compared: (student's layer, teacher's layer), -1 the embeddings; attention and relation: the teacher's layer.
CASES = {
    "soft": {"student": "bert", "teacher": "distilbert", "method": {"temperature": 4, "hard_label_weight": 0}},
    "mixed": {"student": "bert", "teacher": "distilbert", "method": {"temperature": 2, "hard_label_weight": 0.3}},
    "hidden": {"student": "bert", "teacher": "distilbert", "hidden": [(-1, -1), (0, 0), (1, 2)],
               "method": {"hard_label_weight": 1, "hidden": {"weight": 0.5, "embeddings": True}}},
    "hidden-pairs": {"student": "distilbert", "teacher": "bert", "hidden": [(0, 1), (2, 0)],
                     "method": {"hard_label_weight": 1, "hidden": {"layer_map": [[0, 1], [2, 0]]}}},
    "hidden-projected": {"student": "bert-narrow", "teacher": "bert", "hidden": [(-1, -1), (1, 1)],
                         "method": {"hard_label_weight": 1, "hidden": {"embeddings": True, "layer_map": "last"}}},
    "attention": {"student": "bert", "teacher": "distilbert", "attention": 2,
                  "method": {"hard_label_weight": 1, "attention": {"weight": 2}}},
    "attention-first": {"student": "bert", "teacher": "distilbert", "attention": 0,
                        "method": {"hard_label_weight": 1, "attention": {"layer": 0}}},
    "relation": {"student": "bert", "teacher": "distilbert", "relation": (2, 4),
                 "method": {"hard_label_weight": 1, "relation": {}}},
    "relation-heads": {"student": "bert-narrow", "teacher": "bert", "relation": (0, 8),
                       "method": {"hard_label_weight": 1, "relation": {"layer": 0, "relation_heads": 8, "weight": 3}}},
}

CURVES = {
    "logits": {"student": "bert", "teacher": "distilbert", "method": {"temperature": 4, "hard_label_weight": 0.5}},
    "layers": {"student": "bert-narrow", "teacher": "bert", "hidden": [(0, 0), (1, 1)], "relation": (1, 4),
               "method": {"temperature": 2, "hidden": {"weight": 0.1}, "relation": {"relation_heads": 4}}},
}


def opened(name):
    return AutoModelForSequenceClassification.from_pretrained(OUT / name, attn_implementation="eager").eval()


def projections(student, teacher):
    """The matrices between two widths, as a module of the student."""
    random = numpy.random.default_rng(7)
    module = torch.nn.Module()
    for name in ("hidden", "embeddings"):
        linear = torch.nn.Linear(student, teacher, bias=False)
        linear.weight.data = torch.from_numpy(0.2 * random.standard_normal((teacher, student)).astype("float32"))
        setattr(module, name, linear)
    return module


class Seen:
    """The outputs of a model's value layers, in order."""

    def __init__(self, model):
        self.values = []
        for name, module in model.named_modules():
            if name.endswith((".value", ".v_lin")):
                module.register_forward_hook(lambda _, __, output: self.values.append(output))

    def run(self, forward, batch):
        self.values.clear()
        output = forward(**batch, output_hidden_states=True, output_attentions=True)
        return output, list(self.values)


def relation(value, heads):
    """softmax(V V^T / sqrt(d)) of each head of a row, [heads, tokens, tokens], as logarithms."""
    split = value.view(value.shape[0], heads, -1).transpose(0, 1)
    return torch.log_softmax(split @ split.transpose(1, 2) / split.shape[2] ** 0.5, -1)


def divergence(teacher, student):
    """The mean over heads and tokens of KL(teacher || student), given as logarithms."""
    return (teacher.exp() * (teacher - student)).sum(-1).mean()


def loss_of(case, projection, student, teacher, lengths, labels):
    """The mean over rows; `student` and `teacher` are a model's output and its values."""
    method = {"temperature": 4, "hard_label_weight": 0.5} | case["method"]
    hard, temperature = method["hard_label_weight"], method["temperature"]
    (output, values), (taught, their_values) = student, teacher
    total = hard * functional.cross_entropy(output.logits, labels)
    if hard < 1:
        total = total + (1 - hard) * temperature ** 2 * functional.kl_div(
            torch.log_softmax(output.logits / temperature, -1), torch.softmax(taught.logits / temperature, -1),
            reduction="batchmean")
    rows = []
    for row, length in enumerate(lengths):
        loss = 0
        for own, theirs in case.get("hidden", []):
            x, y = output.hidden_states[own + 1][row, :length], taught.hidden_states[theirs + 1][row, :length]
            if x.shape != y.shape:
                x = (projection.embeddings if own < 0 else projection.hidden)(x)
            loss = loss + method["hidden"].get("weight", 1) * functional.mse_loss(x, y)
        if "attention" in case:
            x, y = (maps[row, :, :length, :length] for maps in (output.attentions[-1], taught.attentions[case["attention"]]))
            loss = loss + method["attention"].get("weight", 1) * divergence(y.log(), x.log())
        if "relation" in case:
            layer, heads = case["relation"]
            loss = loss + method["relation"].get("weight", 1) * divergence(
                relation(their_values[layer][row, :length], heads), relation(values[-1][row, :length], heads))
        rows.append(loss)
    return total + sum(rows) / len(rows)


def inputs(batch, model):
    return {key: value for key, value in batch.items() if key != "token_type_ids" or "distilbert" != model.config.model_type}


def student_of(case, projected=True):
    """A student whose loss is that of the case; its teacher is not a part of it."""
    student, teacher = opened(case["student"]), opened(case["teacher"]).requires_grad_(False)
    width = student.config.hidden_size
    if projected and width != teacher.config.hidden_size and "hidden" in case:
        student.projection = projections(width, teacher.config.hidden_size)
        if all(own >= 0 for own, _ in case["hidden"]):
            del student.projection.embeddings
    plain = student.forward
    own, theirs = Seen(student), Seen(teacher)

    def forward(labels=None, **batch):
        if labels is None:
            return plain(**inputs(batch, student))
        teacher.to(next(student.parameters()).dtype)
        learned = own.run(plain, inputs(batch, student))
        with torch.no_grad():
            taught = theirs.run(teacher, inputs(batch, teacher))
        lengths = batch["attention_mask"].sum(1).tolist()
        loss = loss_of(case, getattr(student, "projection", None), learned, taught, lengths, labels)
        return types.SimpleNamespace(loss=loss, logits=learned[0].logits)

    student.forward = forward
    return student


def losses(tokenizer):
    texts = [encode(tokenizer, text, None, CURVE["max_length"]) for text, _ in ROWS[:8]]
    labels = [LABELS.index(label) for _, label in ROWS[:8]]
    assert len({len(text["input_ids"]) for text in texts}) > 4
    found = []
    for name, case in CASES.items():
        student = student_of(case)
        # A row at a time: padding can't matter.
        total = 0
        for text, label in zip(texts, labels):
            loss = student(**padded(tokenizer, [text]), labels=torch.tensor([label])).loss / len(texts)
            loss.backward()
            total += loss.item()
        together = student(**padded(tokenizer, texts), labels=torch.tensor(labels)).loss.item()
        assert abs(together - total) < 1e-5 * total, (name, together, total)
        gradients = {key: p.grad.double().flatten() for key, p in student.named_parameters() if p.grad is not None}
        found.append({"name": name, "student": case["student"], "teacher": case["teacher"], "method": case["method"],
                      "loss": total, "norms": {key: g.norm().item() for key, g in gradients.items()},
                      "dots": {key: (g * torch.arange(len(g)).cos()).sum().item() for key, g in gradients.items()}})
        print(name, total)
    write_json(FOLDER / "losses.json", {"rows": list(range(len(texts))), "cases": found})


def curves(tokenizer):
    texts = [encode(tokenizer, *pair, MAX_LENGTH) for pair in TEXTS]
    rows = [encode(tokenizer, text, None, CURVE["max_length"]) | {"label": label} for text, label in ROWS]
    for name, case in CURVES.items():
        result, model = curve(lambda case=case: student_of(case), tokenizer, rows, texts, 1e-3)
        count = sum(p.numel() for p in model.parameters() if p.requires_grad)
        write_json(FOLDER / f"curve_{name}.json",
                   {"student": case["student"], "teacher": case["teacher"], "method": case["method"],
                    "trainable_parameters": count, "labels": LABELS, "learning_rate": 1e-3} | CURVE | result)
        print(name, result["losses"][0], result["losses"][-1])


def main():
    torch.set_num_threads(1)
    transformers.utils.logging.set_verbosity_error()
    tokenizer = tokenizer_of("bert")
    config = config_of("bert", len(tokenizer), LABELS)
    config.update({"hidden_size": 16, "num_attention_heads": 2, "intermediate_size": 24})
    write_model(OUT / "bert-narrow", fill(BertForSequenceClassification(config), 11).eval(), tokenizer)
    FOLDER.mkdir()
    write_tensors(FOLDER / "projection.safetensors",
                  {f"projection.{key}": value for key, value in projections(16, 32).state_dict().items()})
    losses(tokenizer)
    curves(tokenizer)


if __name__ == "__main__":
    main()

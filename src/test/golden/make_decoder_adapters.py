#!/usr/bin/env python3
"""Writes the golden files of bottleneck adapters on decoders: what `adapters` makes of the tiny models.

usage: make_decoder_adapters.py       (after decoder_golden.py and language_golden.py, in make_adapter.py's environment)

Under golden/decoder-adapters: adapters on the decoders, their logits, and the greedy text of a full pass for each token.
Under golden/language: twenty steps, like those of language_golden.py.
"""
import json
import shutil
import sys
from pathlib import Path

GOLDEN = Path(__file__).parents[1] / "resources" / "golden"
assert len(sys.argv) == 1, "it writes where the tests read"

import numpy
import torch
import transformers

import adapters
from adapters import AutoAdapterModel, ClassificationHead, DoubleSeqBnConfig, ParBnConfig, SeqBnConfig
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, AutoModelForTokenClassification

import language_golden as language
from make_golden import write_json, write_tensors

OUT = GOLDEN / "decoder-adapters"
NAME = "golden-1"
KINDS = {"houlsby": DoubleSeqBnConfig(), "pfeiffer": SeqBnConfig(), "parallel": ParBnConfig()}
PLACES = SeqBnConfig(mh_adapter=True, leave_out=[0], reduction_factor=4, original_ln_before=True,
                     residual_before_ln=False, scaling=0.5, non_linearity="gelu")
INSIDE = SeqBnConfig(original_ln_before=True, original_ln_after=False, residual_before_ln=False, reduction_factor=8)
WORDS, CLASSES, NUMBER, TOKENS = "words", "classes", "number", "tokens"
LABELS = 3
# Decoder, configuration, task, whether adapters' own class with a flexible head has it.
CASES = {
    **{f"{model}-{kind}": (model, config, WORDS, False) for model in ("gpt2", "llama") for kind, config in KINDS.items()},
    "mistral-houlsby": ("mistral", KINDS["houlsby"], WORDS, False),
    "qwen2-parallel": ("qwen2", KINDS["parallel"], WORDS, False),
    "qwen3-pfeiffer": ("qwen3", KINDS["pfeiffer"], WORDS, False),
    "qwen3-houlsby": ("qwen3", KINDS["houlsby"], WORDS, False),
    "llama-places": ("llama", PLACES, WORDS, False),
    "gpt2-inside": ("gpt2", INSIDE, WORDS, False),
    "gpt2-houlsby-classes": ("gpt2", KINDS["houlsby"], CLASSES, False),
    "llama-parallel-number": ("llama", KINDS["parallel"], NUMBER, False),
    "mistral-pfeiffer-classes": ("mistral", KINDS["pfeiffer"], CLASSES, True),
    "qwen2-pfeiffer-classes": ("qwen2", KINDS["pfeiffer"], CLASSES, False),
    "gpt2-pfeiffer-tokens": ("gpt2", KINDS["pfeiffer"], TOKENS, True),
    "llama-houlsby-tokens": ("llama", KINDS["houlsby"], TOKENS, False),
}
NEW, LEAST_MARGIN = 30, 1e-4
LEARNING_RATE = 1e-2


def model_of(model, task, flexible):
    folder = GOLDEN / "decoders" / model
    if flexible:
        made = AutoAdapterModel.from_pretrained(folder)
        for head in list(made.heads):
            made.delete_head(head)
        return made
    labels = {"num_labels": 1 if task == NUMBER else LABELS, "ignore_mismatched_sizes": True}
    made = {WORDS: lambda: AutoModelForCausalLM.from_pretrained(folder),
            CLASSES: lambda: AutoModelForSequenceClassification.from_pretrained(folder, **labels),
            NUMBER: lambda: AutoModelForSequenceClassification.from_pretrained(folder, **labels),
            TOKENS: lambda: AutoModelForTokenClassification.from_pretrained(folder, **labels)}[task]()
    adapters.init(made)
    return made


def adapted(name, flexible):
    model_name, config, task, _ = CASES[name]
    model = model_of(model_name, task, flexible)
    model.add_adapter(NAME, config=config)
    if flexible and task == CLASSES:
        model.add_prediction_head(ClassificationHead(model, NAME, num_labels=LABELS, layers=1, bias=False))
    elif flexible:
        model.add_tagging_head(NAME, num_labels=LABELS, layers=1)
    model.train_adapter(NAME)
    return model


def draw(model, seed):
    """All that is trained, but for a language model's output layer, which Tenfold leaves as it is."""
    random = numpy.random.default_rng(seed)
    with torch.no_grad():
        for name, parameter in sorted(model.named_parameters()):
            if name.startswith("lm_head"):
                parameter.requires_grad = False
            if parameter.requires_grad:
                parameter.copy_(torch.from_numpy(0.2 * random.standard_normal(tuple(parameter.shape)).astype("float32")))
    return model.eval()


def logits(model, ids):
    with torch.no_grad():
        return model(torch.tensor([ids])).logits[0]


def greedy(model, prompt):
    """By a full pass for each token; every choice must be clear."""
    ids, written = list(prompt), []
    for _ in range(NEW):
        scores = logits(model, ids)[-1]
        top = torch.topk(scores, 2).values
        if float(top[0] - top[1]) < LEAST_MARGIN:
            sys.exit(f"a greedy choice is nearly a tie: {top}; take another seed")
        written.append(int(scores.argmax()))
        ids.append(written[-1])
    return written


def save(model, folder, base, with_head):
    model.save_adapter(folder, NAME, with_head=with_head, use_safetensors=True)
    for file in ("adapter_config.json", "head_config.json") if with_head else ("adapter_config.json",):
        config = json.loads((folder / file).read_text())
        config["model_name"] = base
        (folder / file).write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
    for path in folder.iterdir():
        path.chmod(0o644)


def decoder_case(name, seed):
    model_name, _, task, flexible = CASES[name]
    rows = json.loads((GOLDEN / "decoders" / "rows.json").read_text())
    model = draw(adapted(name, flexible), seed)
    folder = OUT / name
    # One language model brings its output layer in the file of the head, as adapters does unless told otherwise.
    save(model, folder, f"decoders/{model_name}", task != WORDS or name in ("llama-parallel", "mistral-houlsby"))
    made = [logits(model, ids) for ids in rows["rows"]]
    made = torch.cat(made) if task in (WORDS, TOKENS) else torch.stack(made)
    expected = {"base": f"decoders/{model_name}", "task": task,
                "trainable_parameters": sum(p.numel() for p in model.parameters() if p.requires_grad)}
    if task == WORDS:
        plain = AutoModelForCausalLM.from_pretrained(GOLDEN / "decoders" / model_name).eval()
        assert (made - torch.cat([logits(plain, ids) for ids in rows["rows"]])).abs().max() > 0.1
        expected["generated"] = [greedy(model, prompt) for prompt in rows["prompts"]]
    write_tensors(folder / "expected.safetensors", {"logits": made.contiguous()})
    write_json(folder / "expected.json", expected)


def curve_case(family, kind, rows):
    folder = language.OUT / f"{family}-{kind}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()

    def make():
        torch.manual_seed(5)
        model = AutoModelForCausalLM.from_pretrained(language.OUT / family)
        adapters.init(model)
        model.add_adapter(NAME, config=KINDS[kind])
        model.train_adapter(NAME)
        return model

    write_tensors(folder / "curve_init.safetensors",
                  {name: p for name, p in make().named_parameters() if p.requires_grad})
    result, model = language.curve(make, rows, LEARNING_RATE)
    result.pop("final_norms")
    plain = language.row_losses(AutoModelForCausalLM.from_pretrained(language.OUT / family), rows)
    assert max(abs(a - b) for a, b in zip(plain, result["row_losses"])) > 0.1
    count = sum(p.numel() for p in model.parameters() if p.requires_grad)
    write_json(folder / "curve.json", {
        "base": family, "method": {"name": "adapter", "kind": kind}, "trainable_parameters": count,
        "learning_rate": LEARNING_RATE} | language.CURVE | result)
    save(model, folder, f"language/{family}", False)


def main():
    torch.set_num_threads(1)
    transformers.utils.logging.set_verbosity_error()
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir()
    for seed, name in enumerate(CASES, 31):
        decoder_case(name, seed)
        print(name)
    rows = json.loads((language.OUT / "tokens.json").read_text())["rows"]
    for family in language.MODELS:
        for kind in KINDS:
            curve_case(family, kind, rows)
            print(family, kind)


if __name__ == "__main__":
    main()

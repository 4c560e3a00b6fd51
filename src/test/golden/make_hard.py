#!/usr/bin/env python3
"""Writes the golden files of masked-LM heads and hard prompts; run as make_golden.py, and after it.

usage: make_hard.py [OUT]        (default: src/test/resources/golden)

Transformers gives the vocabulary's logits; what is made of them (words of several tokens, calibration, means) is plain
PyTorch here, written from the papers (Schick and Schütze 2021, arXiv:2001.07676; Zhao et al. 2021, arXiv:2102.09690) and
OpenPrompt's ManualVerbalizer.
"""
import shutil

import torch
import transformers
from safetensors.torch import load_file
from transformers import AutoModelForMaskedLM, AutoTokenizer, get_linear_schedule_with_warmup

from make_golden import (CURVE, MAX_LENGTH, OUT, config_of, decayed, encode, fill, padded, tokenizer_of, without_dropout,
                         write_json, write_model, write_tensors)
from sentences import LABELS, PAIRS, ROWS, TEXTS

CONTENT_FREE = ["N/A", "", "[MASK]"]
TEMPLATES = ["{text} It was about [MASK].", "[MASK]: {text}", "About [MASK], \"{text}\""]
PAIR_TEMPLATES = ["{text}? [MASK], {text2}", "[MASK] {text2} so {text}"]
ONE_TOKEN = {"wordpiece": {"food": ["soup", "bread"], "travel": ["train"], "weather": ["rain", "cold", "heavy"]},
             "bytes": {"food": ["with", "of"], "travel": ["from"], "weather": ["was", "the", "a"]}}
MORE_TOKENS = {"wordpiece": {"food": ["soup", "soups"], "travel": ["trainrain"], "weather": ["rain", "sunrainy"]},
               "bytes": {"food": ["with", "and of"], "travel": ["from the"], "weather": ["was", "stormy"]}}
LEARNING_RATE = 1e-3


def kind_of(family):
    return "bytes" if family == "roberta" else "wordpiece"


# ---- the head --------------------------------------------------------------------------------------------------------

def head_case(family):
    """Logits at some masked places of the texts, the loss there, and the gradients of what is tied."""
    folder = OUT / f"{family}-mlm"
    shutil.rmtree(folder, ignore_errors=True)
    tokenizer = tokenizer_of(family)
    config = config_of(family, len(tokenizer), LABELS)
    for key in ("id2label", "label2id"):
        setattr(config, key, {} if key == "label2id" else None)
    model = fill(AutoModelForMaskedLM.from_config(config), 11).eval()
    write_model(folder, model, tokenizer)
    rows = [encode(tokenizer, *pair, MAX_LENGTH) for pair in TEXTS[:6]]
    places, labels = [], []
    for i, row in enumerate(rows):
        own = [p for p in range(1, len(row["input_ids"]) - 1) if (p + i) % 4 == 1]
        places.append(own)
        labels.append([row["input_ids"][p] for p in own])
        row["input_ids"] = [tokenizer.mask_token_id if p in own else id for p, id in enumerate(row["input_ids"])]
    batch = padded(tokenizer, rows)
    targets = torch.full_like(batch["input_ids"], -100)
    for i, own in enumerate(places):
        targets[i, own] = torch.tensor(labels[i], dtype=torch.long)
    without_dropout(model)
    output = model(**batch, labels=targets)
    output.loss.backward()
    norms = {name: p.grad.norm().item() for name, p in model.named_parameters() if p.grad is not None}
    write_tensors(folder / "expected.safetensors",
                  {"logits": torch.cat([output.logits[i, own] for i, own in enumerate(places)])})
    write_json(folder / "masked.json", {"loss": output.loss.item(), "rows": rows, "places": places, "labels": labels,
                                        "grad_norms": norms})
    return AutoModelForMaskedLM.from_pretrained(folder).eval(), tokenizer


def old_case():
    """The BERT head as old checkpoints have it: gamma and beta, and the decoder once more."""
    old = OUT / "bert-mlm-old"
    shutil.rmtree(old, ignore_errors=True)
    shutil.copytree(OUT / "bert-mlm", old)
    for file in ("expected.safetensors", "masked.json", "prompts.json", "curve.json"):
        (old / file).unlink()
    tensors = load_file(old / "model.safetensors")
    renamed = {name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): tensor
               for name, tensor in tensors.items()}
    renamed["cls.predictions.decoder.weight"] = renamed["bert.embeddings.word_embeddings.weight"]
    renamed["cls.seq_relationship.weight"] = torch.zeros(2, 32)
    write_tensors(old / "model.safetensors", renamed)
    (old / "model.safetensors").chmod(0o644)


# ---- prompts ---------------------------------------------------------------------------------------------------------

def filled(tokenizer, template, text, text2, masks):
    """The template with its texts, and where its masks stand, in characters."""
    out, slot = "", None
    while template:
        for name, value in (("{text}", text), ("{text2}", text2), ("[MASK]", tokenizer.mask_token * masks)):
            if template.startswith(name):
                if name == "[MASK]":
                    slot = (len(out), len(out) + len(value))
                out, template = out + value, template[len(name):]
                break
        else:
            out, template = out + template[0], template[1:]
    return out, slot


def word_scores(model, tokenizer, template, words, text, text2):
    """Of each word, the mean over its tokens of their log probabilities at as many masks, [words]."""
    scores = {}
    for masks in sorted({len(ids) for ids in words.values()}):
        string, slot = filled(tokenizer, template, text, text2, masks)
        encoded = tokenizer(string, return_offsets_mapping=True, return_tensors="pt")
        offsets = encoded.pop("offset_mapping")[0].tolist()
        at = [i for i, (start, end) in enumerate(offsets) if encoded["input_ids"][0, i] == tokenizer.mask_token_id
              and start < slot[1] and end > slot[0]]
        assert len(at) == masks, (string, offsets)
        log_probabilities = model(**encoded).logits[0, at].log_softmax(-1)
        for word, ids in words.items():
            if len(ids) == masks:
                scores[word] = log_probabilities[range(masks), ids].mean()
    return torch.stack([scores[word] for word in words])


def word_ids(tokenizer, verbalizer):
    """As OpenPrompt: a word follows a space."""
    words = {}
    for label, own in verbalizer.items():
        for word in own:
            words[label, word] = tokenizer(" " + word, add_special_tokens=False)["input_ids"]
            assert tokenizer.unk_token_id not in words[label, word]
    return words


def content_free(model, tokenizer, template, words):
    """Probabilities of the label words for inputs that say nothing, averaged."""
    texts = [tokenizer.mask_token if text == "[MASK]" else text for text in CONTENT_FREE]
    second = "{text2}" in template
    return torch.stack([word_scores(model, tokenizer, template, words, text, text if second else None).softmax(-1)
                        for text in texts]).mean(0)


def label_scores(scores, words, free=None):
    """Log probabilities of the labels, [labels]."""
    probabilities = scores.softmax(-1)
    if free is not None:
        probabilities = probabilities / free
        probabilities = probabilities / probabilities.sum()
    logs = probabilities.log()
    labels = [torch.stack([logs[i] for i, (own, _) in enumerate(words) if own == label]).mean() for label in LABELS]
    return torch.stack(labels).log_softmax(-1)


def scores_case(family, model, tokenizer):
    cases = []
    with torch.no_grad():
        for verbalizer in (ONE_TOKEN[kind_of(family)], MORE_TOKENS[kind_of(family)]):
            words = word_ids(tokenizer, verbalizer)
            for template in TEMPLATES:
                free = content_free(model, tokenizer, template, words)
                raw = [word_scores(model, tokenizer, template, words, text, None) for text, _ in ROWS[:8]]
                cases.append({"template": template, "verbalizer": verbalizer,
                              "tokens": [len(ids) for ids in words.values()],
                              "scores": [label_scores(one, words).tolist() for one in raw],
                              "content_free": free.tolist(),
                              "calibrated": [label_scores(one, words, free).tolist() for one in raw]})
    tokens = [one["tokens"] for one in cases]
    assert set(tokens[0]) == {1} and max(tokens[-1]) > 1, tokens
    return cases


# ---- encoding --------------------------------------------------------------------------------------------------------

def encoding_cases(tokenizer):
    """Whole templates, and cut ones: the texts lose tokens as if they stood alone, the template loses none."""
    whole, cut = [], []
    texts = [pair for pair in TEXTS[:8]] + [("two\nlines \U0001F327 ", None), (" trailing and leading ", "x")]
    for text, text2 in texts:
        for template in TEMPLATES if text2 is None else PAIR_TEMPLATES:
            string, _ = filled(tokenizer, template, text, text2, 1)
            encoded = tokenizer(string)
            whole.append({"template": template, "text": text, "text2": text2} |
                         {key: encoded[key] for key in ("input_ids", "token_type_ids") if key in encoded})
    plain = lambda text: tokenizer(text, add_special_tokens=False)["input_ids"]
    bos, eos = [tokenizer.cls_token_id], [tokenizer.sep_token_id]
    mask = tokenizer.mask_token
    long = TEXTS[3][0]
    for length in (15, 20):
        for before, after, template in (("", f" It was about {mask}.", TEMPLATES[0]), (f"{mask}:", "", TEMPLATES[1])):
            text = plain((" " if before else "") + long)
            room = length - 2 - len(plain(before)) - len(plain(after))
            cut.append({"template": template, "text": long, "text2": None, "max_length": length,
                        "input_ids": bos + plain(before) + text[:room] + plain(after) + eos})
    for text, text2 in PAIRS:
        for length in (14, 19):
            template = PAIR_TEMPLATES[0]
            middle, first, second = plain(f"? {mask},"), plain(text), plain(" " + text2)
            room = length - 2 - len(middle)
            if len(first) + len(second) <= room:
                continue
            pair = tokenizer(text, " " + text2, truncation="longest_first",
                             max_length=room + tokenizer.num_special_tokens_to_add(pair=True)).sequence_ids()
            cut.append({"template": template, "text": text, "text2": text2, "max_length": length,
                        "input_ids": bos + first[:pair.count(0)] + middle + second[:pair.count(1)] + eos})
    assert len([row for row in cut if row["text2"] is not None]) > 4
    return whole, cut


# ---- training --------------------------------------------------------------------------------------------------------

def train(model, tokenizer, template, verbalizer, word_scores=word_scores):
    """Twenty steps on the cross-entropy of the labels' scores, all weights, dropout off."""
    without_dropout(model)
    words = word_ids(tokenizer, verbalizer)
    decay = set(decayed(model))
    named = list(model.named_parameters())
    optimizer = torch.optim.AdamW(
        [{"params": [p for name, p in named if name in decay], "weight_decay": CURVE["weight_decay"]},
         {"params": [p for name, p in named if name not in decay], "weight_decay": 0.0}],
        lr=LEARNING_RATE, betas=(CURVE["beta1"], CURVE["beta2"]), eps=CURVE["epsilon"])
    schedule = get_linear_schedule_with_warmup(optimizer, CURVE["warmup_steps"], CURVE["steps"])
    losses = []
    for step in range(CURVE["steps"]):
        first = step * CURVE["batch_size"] % len(ROWS)
        part = ROWS[first:first + CURVE["batch_size"]]
        loss = torch.stack([-label_scores(word_scores(model, tokenizer, template, words, text, None), words)[
            LABELS.index(label)] for text, label in part]).mean()
        loss.backward()
        torch.nn.utils.clip_grad_norm_([p for _, p in named], CURVE["max_grad_norm"])
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    model.eval()
    with torch.no_grad():
        final = [label_scores(word_scores(model, tokenizer, template, words, text, None), words).tolist()
                 for text, _ in ROWS[:8]]
    return {"losses": losses, "final_scores": final}


def curve(family, tokenizer):
    fresh = lambda: AutoModelForMaskedLM.from_pretrained(OUT / f"{family}-mlm")
    verbalizer = ONE_TOKEN[kind_of(family)]
    result = train(fresh(), tokenizer, TEMPLATES[0], verbalizer)
    exact = train(fresh().double(), tokenizer, TEMPLATES[0], verbalizer)
    apart = max(abs(a - b) / abs(b) for a, b in zip(result["losses"], exact["losses"]))
    assert apart < 1e-4, f"losses of fp32 and fp64 are {apart:.1e} apart"
    return {"template": TEMPLATES[0], "verbalizer": verbalizer, "learning_rate": LEARNING_RATE} | result


def main():
    torch.set_num_threads(1)
    transformers.utils.logging.set_verbosity_error()
    for family in ("bert", "roberta", "distilbert"):
        model, tokenizer = head_case(family)
        whole, cut = encoding_cases(tokenizer)
        write_json(OUT / f"{family}-mlm" / "prompts.json",
                   {"scored": scores_case(family, model, tokenizer), "whole": whole, "cut": cut})
        write_json(OUT / f"{family}-mlm" / "curve.json", curve(family, tokenizer))
        for file in (OUT / f"{family}-mlm").iterdir():
            file.chmod(0o644)
    old_case()
    reopened = AutoModelForMaskedLM.from_pretrained(OUT / "bert-mlm-old").eval()
    row = AutoTokenizer.from_pretrained(OUT / "bert-mlm")("The bread was [MASK].", return_tensors="pt")
    again = AutoModelForMaskedLM.from_pretrained(OUT / "bert-mlm").eval()
    with torch.no_grad():
        assert (reopened(**row).logits - again(**row).logits).abs().max() < 1e-6


if __name__ == "__main__":
    main()

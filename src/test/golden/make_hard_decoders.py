#!/usr/bin/env python3
"""Writes what plain Transformers makes of hard prompts on decoders.

usage: make_hard_decoders.py [OUT]        (default: src/test/resources/golden)

To be run after make_golden.py and language_golden.py, whose models it reads. The log likelihood of a word is that of its
tokens in the whole text, prompt and word tokenized together (Brown et al. 2020, arXiv:2005.14165, section 2.4); a word at a
time, without kept keys. Calibration and means are make_hard.py's.
"""
import shutil

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer

from make_golden import OUT, write_json
from make_hard import CONTENT_FREE, label_scores, train
from sentences import PAIRS, ROWS, TEXTS

TEMPLATES = ["{text} It was about [MASK]", "Text: {text}\nTopic:[MASK]", "{text} [MASK]"]
PAIR_TEMPLATE = "{text}? So {text2} is [MASK]"
ONE_TOKEN = {"food": ["the", "a"], "travel": ["of"], "weather": ["is", "in", "to"]}
MORE_TOKENS = {"food": ["soup", "the bread"], "travel": ["train"], "weather": ["rain", "heavy", "a"]}


def filled(template, text, text2):
    """What stands before the word, without blanks at its end, and the blanks that belong to the word."""
    assert template.endswith("[MASK]")
    template = template.removesuffix("[MASK]")
    blanks = template[len(template.rstrip(" ")):]
    out = ""
    while template:
        for name, value in (("{text}", text), ("{text2}", text2)):
            if template.startswith(name):
                out, template = out + value, template[len(name):]
                break
        else:
            out, template = out + template[0], template[1:]
    return out.rstrip(" "), blanks


def score(model, before, word):
    """The log likelihood of a word's tokens after others."""
    logits = model(torch.tensor([before + word])).logits[0, len(before) - 1:-1]
    return logits.log_softmax(-1)[range(len(word)), word].sum()


def word_scores(model, tokenizer, template, words, text, text2):
    """[words]"""
    prefix, blanks = filled(template, text, text2)
    before = tokenizer(prefix)["input_ids"]
    scores = []
    for _, word in words:
        whole = tokenizer(prefix + blanks + word)["input_ids"]
        assert whole[:len(before)] == before
        scores.append(score(model, before or [tokenizer.eos_token_id], whole[len(before):]))
    return torch.stack(scores)


def word_ids(tokenizer, verbalizer):
    return {(label, word): tokenizer(" " + word, add_special_tokens=False)["input_ids"]
            for label, own in verbalizer.items() for word in own}


def scored(model, tokenizer):
    cases = []
    for verbalizer in (ONE_TOKEN, MORE_TOKENS):
        words = word_ids(tokenizer, verbalizer)
        for template in TEMPLATES:
            raw = [word_scores(model, tokenizer, template, words, text, None) for text, _ in ROWS[:8]]
            free = torch.stack([word_scores(model, tokenizer, template, words, text, None).softmax(-1)
                                for text in CONTENT_FREE]).mean(0)
            cases.append({"template": template, "verbalizer": verbalizer, "tokens": [len(ids) for ids in words.values()],
                          "words": [one.tolist() for one in raw],
                          "scores": [label_scores(one, words).tolist() for one in raw],
                          "content_free": free.tolist(),
                          "calibrated": [label_scores(one, words, free).tolist() for one in raw]})
    assert max(cases[0]["tokens"]) == 1 and max(cases[-1]["tokens"]) > 2 and min(cases[-1]["tokens"]) == 1
    return cases


def encoded(tokenizer):
    """Whole prefixes, and cut ones, put together from their pieces: the template loses no token."""
    whole = [{"template": TEMPLATES[1], "text": text, "text2": None, "input_ids": tokenizer(filled(TEMPLATES[1], text, None)[0])[
        "input_ids"]} for text, text2 in TEXTS[:8] if text2 is None]
    whole += [{"template": PAIR_TEMPLATE, "text": text, "text2": text2,
               "input_ids": tokenizer(filled(PAIR_TEMPLATE, text, text2)[0])["input_ids"]} for text, text2 in PAIRS]
    long, ids = TEXTS[3][0], lambda text: tokenizer(text, add_special_tokens=False)["input_ids"]
    cut = []
    for length in (15, 20):
        head, tail, word = ids("Text:"), ids("\nTopic:"), 1
        cut.append({"template": TEMPLATES[1], "text": long, "text2": None, "max_length": length,
                    "input_ids": head + ids(" " + long)[:length - len(head) - len(tail) - word] + tail})
        assert len(cut[-1]["input_ids"]) == length - word and len(ids(long)) > length
    return whole, cut


def curve(name, tokenizer):
    fresh = lambda: AutoModelForCausalLM.from_pretrained(OUT / "language" / name)
    result = train(fresh(), tokenizer, TEMPLATES[0], ONE_TOKEN, word_scores)
    exact = train(fresh().double(), tokenizer, TEMPLATES[0], ONE_TOKEN, word_scores)
    apart = max(abs(a - b) / abs(b) for a, b in zip(result["losses"], exact["losses"]))
    assert apart < 1e-4, f"losses of fp32 and fp64 are {apart:.1e} apart"
    return {"template": TEMPLATES[0], "verbalizer": ONE_TOKEN} | result


def main():
    torch.set_num_threads(1)
    transformers.utils.logging.set_verbosity_error()
    folder = OUT / "language-hard"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name in ("gpt2", "llama"):
        tokenizer = AutoTokenizer.from_pretrained(OUT / "language" / name)
        model = AutoModelForCausalLM.from_pretrained(OUT / "language" / name).eval()
        with torch.no_grad():
            cases = scored(model, tokenizer)
        whole, cut = encoded(tokenizer)
        write_json(folder / f"{name}.json", {"scored": cases, "whole": whole, "cut": cut, "curve": curve(name, tokenizer)})
        print(name, [case["tokens"] for case in cases][::3])


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Writes what Transformers' logits warpers make of logits.

usage: sampling_golden.py [OUT]        (default: src/test/resources/golden/text)

To be run after decoder_golden.py, one of whose models it asks which warpers `generate` takes, in which order. For the
packages see make_golden.py. Rows with many equal logits show how ties are cut; which of equal tokens top-p cuts first is
left to `torch.sort`, and that to the machine, so it is asked for the stable order here.
"""
import functools
import json
import sys
from pathlib import Path

import numpy
import torch
from transformers import AutoModelForCausalLM, GenerationConfig, LogitsProcessorList

GOLDEN = Path(__file__).parents[1] / "resources" / "golden"
OUT = Path(sys.argv[1] if len(sys.argv) > 1 else GOLDEN / "text")
VOCABULARY = 24
SETTINGS = [(temperature, top_k, top_p) for temperature in (0.5, 1.0, 1.7) for top_k in (0, 1, 5, 23, 100)
            for top_p in (1.0, 0.9, 0.5, 0.05)]


def logits():
    random = numpy.random.default_rng(21)
    plain = random.standard_normal((2, VOCABULARY)) * 3
    tied = random.integers(-2, 3, (2, VOCABULARY))
    equal = numpy.zeros((1, VOCABULARY))
    ten = numpy.full((1, VOCABULARY), -1e4)
    ten[0, 3:13] = 2
    peaked = random.standard_normal((1, VOCABULARY))
    peaked[0, 7] = 60
    return numpy.concatenate([plain, tied, equal, ten, peaked]).astype("float32")


def warped(model, rows, temperature, top_k, top_p):
    config = GenerationConfig(do_sample=True, temperature=temperature, top_k=top_k, top_p=top_p)
    warpers = model._get_logits_processor(config, input_ids_seq_length=1, encoder_input_ids=None,
                                          prefix_allowed_tokens_fn=None, logits_processor=LogitsProcessorList(),
                                          device="cpu")
    scores = warpers(torch.ones(len(rows), 1, dtype=torch.long), torch.from_numpy(rows.copy()))
    return torch.softmax(scores.double(), dim=-1)


def main():
    model = AutoModelForCausalLM.from_pretrained(GOLDEN / "decoders" / "gpt2")
    rows = logits()
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "sampling.json").write_text(json.dumps({
        "logits": rows.astype("float64").tolist(),
        "settings": [{"temperature": temperature, "top_k": top_k, "top_p": top_p, "probabilities":
                      [[float(f"{p:.8g}") for p in row] for row in warped(model, rows, temperature, top_k, top_p).tolist()]}
                     for temperature, top_k, top_p in SETTINGS],
    }, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    torch.set_num_threads(1)
    torch.sort = functools.partial(torch.sort, stable=True)
    main()

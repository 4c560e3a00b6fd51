#!/usr/bin/env python3
"""Writes the decoders' golden files: tiny seeded models, and what Transformers makes of them.

usage: decoder_golden.py [OUT]        (default: src/test/resources/golden/decoders)

The environment is that of make_golden.py. Every number comes from a seeded NumPy generator. The losses are computed in
fp64 too, and the script stops if fp32 is not within a tenth of the tolerance, or if a greedy choice is nearly a tie.
"""
import json
import os
import sys
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import numpy
import torch
from safetensors.torch import save_file
from transformers import (AutoConfig, AutoModelForCausalLM, AutoModelForSequenceClassification,
                          AutoModelForTokenClassification, GPT2Config, LlamaConfig, MistralConfig, Qwen2Config,
                          Qwen3Config)

OUT = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[1] / "resources" / "golden" / "decoders")
VOCABULARY = 64
LABELS = 3
LENGTHS = [3, 17, 40, 1, 23]
PROMPTS = [4, 9, 2]
NEW = 200
CURVE = {"steps": 20, "rows": 4, "learning_rate": 1e-3, "weight_decay": 0.01, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
CURVE_TOLERANCE = 1e-3
LEAST_MARGIN = 1e-4

SIZES = {"vocab_size": VOCABULARY, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2,
         "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 256, "initializer_range": 0.2,
         "bos_token_id": 0, "eos_token_id": 1, "num_labels": LABELS}
MODELS = {
    "gpt2": GPT2Config(vocab_size=VOCABULARY, n_embd=32, n_layer=2, n_head=4, n_positions=256, initializer_range=0.2,
                       bos_token_id=0, eos_token_id=1, num_labels=LABELS),
    "llama": LlamaConfig(tie_word_embeddings=True, attention_bias=True, mlp_bias=True, **SIZES),
    "mistral": MistralConfig(sliding_window=7, head_dim=12, **SIZES),
    "qwen2": Qwen2Config(use_sliding_window=True, sliding_window=9, max_window_layers=1, **SIZES),
    "qwen3": Qwen3Config(head_dim=16, tie_word_embeddings=True, **SIZES),
}
SCALINGS = {
    "linear": {"rope_type": "linear", "factor": 3.0},
    "dynamic": {"rope_type": "dynamic", "factor": 8.0},
    "llama3": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
               "original_max_position_embeddings": 32},
    "yarn": {"rope_type": "yarn", "factor": 8.0, "original_max_position_embeddings": 32},
}
DYNAMIC_POSITIONS = 16


def rows(lengths, seed):
    random = numpy.random.default_rng(seed)
    return [random.integers(2, VOCABULARY, length).tolist() for length in lengths]


def fill(model, seed):
    """Draws every weight, biases and norms too: a bias that is forgotten must show."""
    random = numpy.random.default_rng(seed)
    with torch.no_grad():
        for name, parameter in sorted(model.named_parameters()):
            draw = torch.from_numpy(random.standard_normal(tuple(parameter.shape)).astype("float32"))
            if parameter.dim() == 1 and not name.endswith("bias"):
                draw = 1 + 0.1 * draw
            else:
                draw = (0.1 if name.endswith("bias") else 0.2) * draw
            parameter.copy_(draw)
    return model.eval()


def fresh(model):
    """Dynamic frequencies remember the longest row that the module saw; each row shall have its own."""
    inner = getattr(model, "model", None)
    if inner is not None:
        inner.rotary_emb = type(inner.rotary_emb)(model.config)


def logits(model, ids):
    fresh(model)
    with torch.no_grad():
        return model(torch.tensor([ids])).logits[0]


def greedy(model, prompt, new):
    """Transformers' generate, one row at a time; every choice must be clear."""
    fresh(model)
    made = model.generate(torch.tensor([prompt]), max_new_tokens=new, do_sample=False, eos_token_id=None, pad_token_id=1,
                          attention_mask=torch.ones(1, len(prompt), dtype=torch.long), return_dict_in_generate=True,
                          output_scores=True)
    margins = [float(top[0] - top[1]) for top in (torch.topk(score[0], 2).values for score in made.scores)]
    if min(margins) < LEAST_MARGIN:
        sys.exit(f"a greedy choice is nearly a tie: {min(margins)}; take another seed")
    return made.sequences[0, len(prompt):].tolist()


def curve(config, state, dtype):
    model = AutoModelForCausalLM.from_config(config)
    model.load_state_dict(state, strict=False)
    model = model.to(dtype).train()
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    optimizer = torch.optim.AdamW(model.parameters(), lr=CURVE["learning_rate"], weight_decay=CURVE["weight_decay"],
                                  betas=(CURVE["beta1"], CURVE["beta2"]), eps=CURVE["epsilon"])
    losses, norms = [], []
    batches = rows([length + 2 for length in LENGTHS] * 16, 5)
    for step in range(CURVE["steps"]):
        total, count = 0, 0
        for ids in batches[step * CURVE["rows"]:(step + 1) * CURVE["rows"]]:
            scores = model(torch.tensor([ids])).logits[0, :-1]
            total = total + torch.nn.functional.cross_entropy(scores, torch.tensor(ids[1:]), reduction="sum")
            count += len(ids) - 1
        optimizer.zero_grad()
        (total / count).backward()
        norms.append(float(torch.nn.utils.clip_grad_norm_(model.parameters(), float("inf"))))
        losses.append(float(total / count))
        optimizer.step()
    return losses, norms


def checked_curve(config, state):
    single, norms = curve(config, state, torch.float32)
    double, _ = curve(config, state, torch.float64)
    apart = max(abs(a - b) / abs(b) for a, b in zip(single, double))
    if apart > CURVE_TOLERANCE / 10:
        sys.exit(f"fp32 and fp64 are {apart} apart")
    batches = rows([length + 2 for length in LENGTHS] * 16, 5)[:CURVE["steps"] * CURVE["rows"]]
    return {**CURVE, "batches": batches, "losses": single, "grad_norms": norms}


def positions(config):
    return getattr(config, "n_positions", None) or config.max_position_embeddings


def write_json(path, content):
    path.write_text(json.dumps(content, separators=(",", ":")) + "\n")


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    texts, prompts = rows(LENGTHS, 3), rows(PROMPTS, 4)
    write_json(OUT / "rows.json", {"rows": texts, "prompts": prompts})
    for seed, (name, config) in enumerate(MODELS.items(), 11):
        folder = OUT / name
        folder.mkdir(exist_ok=True)
        language = fill(AutoModelForCausalLM.from_config(config), seed)
        classes = fill(AutoModelForSequenceClassification.from_config(config), seed)
        tokens = fill(AutoModelForTokenClassification.from_config(config), seed)
        state = {key: value.clone().contiguous() for key, value in language.state_dict().items()}
        if config.tie_word_embeddings:
            del state["lm_head.weight"]
        classes.load_state_dict(state, strict=False)
        score = classes.score.weight.detach().clone()
        tokens.load_state_dict(state, strict=False)
        last = tokens.classifier if name == "gpt2" else tokens.score
        with torch.no_grad():
            last.weight.copy_(score)
        head = {"score.weight": score, "score.bias": last.bias.detach().clone()}
        if name == "gpt2":
            head.update({"classifier.weight": score.clone(), "classifier.bias": last.bias.detach().clone()})
        save_file({**state, **head}, folder / "model.safetensors", metadata={"format": "pt"})
        config.architectures = [type(language).__name__]
        config.save_pretrained(folder)
        expected = {
            "logits": torch.cat([logits(language, ids) for ids in texts]),
            "score": torch.stack([logits(classes, ids) for ids in texts]),
            "tokens": torch.cat([logits(tokens, ids) for ids in texts]),
        }
        save_file({key: value.contiguous() for key, value in expected.items()}, folder / "expected.safetensors")
        write_json(folder / "generated.json", [greedy(language, prompt, NEW) for prompt in prompts])
        if name in ("gpt2", "llama"):
            write_json(folder / "curve.json", checked_curve(config, state))
    scalings()


def scalings():
    """Llama's weights under other configs, old keys and Transformers 5's."""
    texts, prompts = rows(LENGTHS, 3), rows(PROMPTS, 4)
    from safetensors.torch import load_file
    state = load_file(OUT / "llama" / "model.safetensors")
    for name, scaling in SCALINGS.items():
        config = AutoConfig.from_pretrained(OUT / "llama")
        config.rope_scaling = dict(scaling)
        if name == "dynamic":
            config.max_position_embeddings = DYNAMIC_POSITIONS
        config.rope_theta = 500.0
        model = AutoModelForCausalLM.from_config(config).eval()
        model.load_state_dict(state, strict=False)
        model.tie_weights()
        save_file({"logits": torch.cat([logits(model, ids) for ids in texts]).contiguous()},
                  OUT / f"llama-{name}.safetensors")
        new = DYNAMIC_POSITIONS * 8 - max(PROMPTS) if name == "dynamic" else NEW
        write_json(OUT / f"llama-{name}.json", {
            "max_position_embeddings": config.max_position_embeddings, "rope_theta": 500.0, "rope_scaling": scaling,
            "generated": [greedy(model, prompt, new) for prompt in prompts]})


if __name__ == "__main__":
    torch.manual_seed(0)
    torch.set_num_threads(1)
    main()

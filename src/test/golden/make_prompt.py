#!/usr/bin/env python3
"""Writes the golden files of prompts and prefixes: PEFT's adapters with their logits, and twenty steps of training.

usage: make_prompt.py [OUT]        after make_golden.py, whose models it reads and whose head says how to run it

Where PEFT has no prefix tuning (RoBERTa, DistilBERT) a plain formula gives the logits; on BERT it is held against PEFT.
"""
import json
import math
import re
import shutil

import torch
import transformers
from peft import PrefixTuningConfig, PromptEncoderConfig, PromptTuningConfig, get_peft_model
from safetensors.torch import load_file
from torch.nn.functional import gelu, layer_norm, linear
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from make_golden import CURVE, OUT, curve, encode, fill_adapter, logits_of, write_json, write_tensors
from sentences import ROWS

TOKENS = 5
SIZES = {"bert": (2, 512), "roberta": (2, 512), "distilbert": (3, 512)}  # layers, positions
HEADS, HIDDEN = 4, 32

CASES = {
    "soft": lambda **sizes: PromptTuningConfig(**sizes),
    "p-tuning": lambda **sizes: PromptEncoderConfig(encoder_hidden_size=12, **sizes),
    "p-tuning-lstm": lambda **sizes: PromptEncoderConfig(encoder_reparameterization_type="LSTM", encoder_hidden_size=12, **sizes),
    "prefix": lambda **sizes: PrefixTuningConfig(**sizes),
    "prefix-projection": lambda **sizes: PrefixTuningConfig(prefix_projection=True, encoder_hidden_size=12, **sizes),
}
ADAPTERS = {"bert": CASES, "roberta": ("soft", "p-tuning-lstm", "prefix"), "distilbert": ("soft", "p-tuning", "prefix")}


# ---- the formula -----------------------------------------------------------------------------------------------------

NAMES = {
    "bert": ["attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense",
             "attention.output.LayerNorm", "intermediate.dense", "output.dense", "output.LayerNorm"],
    "distilbert": ["attention.q_lin", "attention.k_lin", "attention.v_lin", "attention.out_lin", "sa_layer_norm",
                   "ffn.lin1", "ffn.lin2", "output_layer_norm"],
}
NAMES["roberta"] = NAMES["bert"]


def with_prefix(family, weights, table, ids, types):
    """The logits of one row whose every layer attends to a prefix, too: table is [tokens, layers * 2 * hidden]."""
    w = lambda name: (weights[name + ".weight"], weights[name + ".bias"])
    norm = lambda x, name: layer_norm(x, (HIDDEN,), *w(name), eps=1e-5 if family == "roberta" else 1e-12)
    prefix = table.view(TOKENS, -1, 2, HIDDEN)
    first = TOKENS + (2 if family == "roberta" else 0)
    words, places = (weights[f"{family}.embeddings.{name}_embeddings.weight"] for name in ("word", "position"))
    x = words[ids] + places[torch.arange(first, first + len(ids))]
    if family != "distilbert":
        x = x + weights[f"{family}.embeddings.token_type_embeddings.weight"][types]
    x = norm(x, f"{family}.embeddings.LayerNorm")
    heads = lambda y: y.view(-1, HEADS, HIDDEN // HEADS).transpose(0, 1)
    for layer in range(prefix.shape[1]):
        stack = "transformer" if family == "distilbert" else "encoder"
        q, k, v, out, norm1, up, down, norm2 = (f"{family}.{stack}.layer.{layer}.{name}" for name in NAMES[family])
        keys = heads(torch.cat([prefix[:, layer, 0], linear(x, *w(k))]))
        values = heads(torch.cat([prefix[:, layer, 1], linear(x, *w(v))]))
        scores = heads(linear(x, *w(q))) @ keys.transpose(1, 2) / math.sqrt(HIDDEN // HEADS)
        attended = (scores.softmax(-1) @ values).transpose(0, 1).reshape(len(ids), HIDDEN)
        x = norm(x + linear(attended, *w(out)), norm1)
        x = norm(x + linear(gelu(linear(x, *w(up))), *w(down)), norm2)
    if family == "bert":
        return linear(torch.tanh(linear(x[0], *w("bert.pooler.dense"))), *w("classifier"))
    if family == "roberta":
        return linear(torch.tanh(linear(x[0], *w("classifier.dense"))), *w("classifier.out_proj"))
    return linear(torch.relu(linear(x[0], *w("pre_classifier"))), *w("classifier"))


def formula(family, model, texts):
    weights = {re.sub(r"\.modules_to_save\.default", "", name).removeprefix("base_model."): value
               for name, value in model.state_dict().items() if ".original_module." not in name}
    table = model.get_prompt_embedding_to_save("default")
    rows = [with_prefix(family, weights, table, torch.tensor(row["input_ids"]),
                        torch.tensor(row.get("token_type_ids", [0] * len(row["input_ids"])))) for row in texts]
    return torch.stack(rows).detach()


# ---- cases -----------------------------------------------------------------------------------------------------------

def peft_model(family, case, seed):
    layers, _ = SIZES[family]
    config = CASES[case](task_type="SEQ_CLS", num_virtual_tokens=TOKENS, token_dim=HIDDEN, num_layers=layers,
                         num_attention_heads=HEADS)
    model = get_peft_model(AutoModelForSequenceClassification.from_pretrained(OUT / family), config)
    return fill_adapter(model, seed)


def texts_of(family):
    """The first texts, up to one that leaves no room for virtual tokens."""
    rows = json.loads((OUT / family / "texts.json").read_text())["rows"]
    fits = [len(row["input_ids"]) + TOKENS <= SIZES[family][1] for row in rows]
    return rows[:(fits + [False]).index(False)]


def adapter_case(family, case, tokenizer, texts):
    folder = OUT / f"{family}-{case}"
    if folder.exists():
        shutil.rmtree(folder)
    model = peft_model(family, case, seed=5)
    model.save_pretrained(folder)
    (folder / "README.md").unlink()
    config = json.loads((folder / "adapter_config.json").read_text())
    config["base_model_name_or_path"] = family
    config["modules_to_save"] = sorted(set(config["modules_to_save"]))
    (folder / "adapter_config.json").write_text(json.dumps(config, indent=2) + "\n")
    if case.startswith("prefix"):
        logits = formula(family, model, texts)
        if family == "bert":
            apart = (logits - logits_of(model, tokenizer, texts)).abs().max()
            assert apart < 1e-5, f"the formula is {apart:.1e} apart from PEFT"
            logits = logits_of(model, tokenizer, texts)
    else:
        logits = logits_of(model, tokenizer, texts)
    plain = AutoModelForSequenceClassification.from_pretrained(OUT / family).eval()
    assert (logits - logits_of(plain, tokenizer, texts)).abs().max() > 0.1
    write_tensors(folder / "expected.safetensors", {"logits": logits})
    trained = sum(p.numel() for p in model.parameters() if p.requires_grad)
    stored = sum(t.numel() for t in load_file(folder / "adapter_model.safetensors").values())
    (folder / "expected.json").write_text(json.dumps(
        {"base": family, "trainable_parameters": trained, "stored_parameters": stored}) + "\n")
    return folder


def in_our_names(state):
    """A layer's key and value each for themselves; no adapter's name, no base_model."""
    ours = {}
    for name, value in state.items():
        name = name.replace(".modules_to_save.default", "").replace(".default", "").removeprefix("base_model.")
        parts = name.split(".")
        end = parts[-1]
        if name == "prompt_encoder.embedding.weight" and value.shape[1] > HIDDEN:
            for i, part in enumerate(value.split(HIDDEN, 1)):
                ours[f"prompt_encoder.layer.{i // 2}.{'value' if i % 2 else 'key'}"] = part
        elif name.startswith("prompt_encoder.transform.2."):
            for i, part in enumerate(value.split(HIDDEN, 0)):
                ours[f"prompt_encoder.layer.{i // 2}.{'value' if i % 2 else 'key'}.{end}"] = part
        else:
            ours[name] = value
    return ours


def curve_case(folder, case, tokenizer, rows, texts):
    make = lambda: peft_model("bert", case, seed=2)
    write_tensors(folder / "curve_init.safetensors", in_our_names(
        {name: p for name, p in make().named_parameters() if p.requires_grad}))
    result, model = curve(make, tokenizer, rows, texts, 5e-3)
    result["final_embeddings"] = model.get_prompt_embedding_to_save("default").tolist()
    result.pop("final_norms")  # of PEFT's parameters, which are cut otherwise
    result.pop("decayed")
    write_json(folder / "curve.json", {"learning_rate": 5e-3} | CURVE | result)


def main():
    torch.set_num_threads(1)
    transformers.utils.logging.set_verbosity_error()
    for family, cases in ADAPTERS.items():
        tokenizer = AutoTokenizer.from_pretrained(OUT / family)
        texts = texts_of(family)
        rows = [encode(tokenizer, text, None, CURVE["max_length"]) | {"label": label} for text, label in ROWS]
        for case in cases:
            folder = adapter_case(family, case, tokenizer, texts)
            if family == "bert":
                curve_case(folder, case, tokenizer, rows, texts)
            for path in folder.iterdir():
                path.chmod(0o644)


if __name__ == "__main__":
    main()

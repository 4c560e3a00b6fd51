#!/usr/bin/env python3
"""Writes the golden files of language models in training: twenty steps by Transformers and PEFT, and PEFT's adapters.

usage: language_golden.py [OUT]        (default: src/test/resources/golden/language)

The environment is that of make_golden.py, whose training recipe it takes; the tokenizer is that of chat_golden.py. A
row's loss is PEFT's own for that row alone, so that no padding plays a part; a batch's is the mean over its answers'
tokens. Every curve is computed in fp64 too, and the script stops if fp32 is not within a tenth of the tolerance.
"""
import json
import os
import shutil
import sys
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import numpy
import torch
import transformers
from peft import (IA3Config, LoraConfig, PrefixTuningConfig, PromptEncoderConfig, PromptTuningConfig, get_peft_model,
                  get_peft_model_state_dict)
from tokenizers import Tokenizer
from transformers import (AutoModelForCausalLM, GPT2Config, LlamaConfig, PreTrainedTokenizerFast,
                          get_linear_schedule_with_warmup)

OUT = Path(sys.argv.pop(1) if len(sys.argv) > 1 else Path(__file__).parents[1] / "resources" / "golden" / "language")

from decoder_golden import fill
from make_golden import NORM_TOLERANCE, decayed, final_norms, without_dropout, write_json, write_tensors
from sentences import ROWS

TOKENIZER = Path(__file__).parents[1] / "resources" / "golden" / "chat" / "tokenizer.json"
CURVE = {"steps": 20, "batch_size": 4, "warmup_steps": 2, "weight_decay": 0.1, "beta1": 0.9, "beta2": 0.999,
         "epsilon": 1e-8, "max_grad_norm": 1.0}
LEARNING_RATES = {"full": 5e-3, "lora": 1e-2, "lora-all-linear": 1e-2, "lora-words": 1e-2}  # of the others:
USUAL_RATE = 5e-2
TOLERANCE = 1e-3
HIDDEN, HEADS, TOKENS = 32, 4, 5
PROMPTS = [4, 2, 0, 7, 1, 3, 9, 5, 8, 2, 6, 3]  # words of each sentence that are its prompt

MODELS = {
    "llama": lambda size: LlamaConfig(
        vocab_size=size, hidden_size=HIDDEN, intermediate_size=48, num_hidden_layers=2, num_attention_heads=HEADS,
        num_key_value_heads=2, max_position_embeddings=160, tie_word_embeddings=True, bos_token_id=0, eos_token_id=1),
    "gpt2": lambda size: GPT2Config(vocab_size=size, n_embd=HIDDEN, n_layer=2, n_head=HEADS, n_positions=160,
                                    bos_token_id=0, eos_token_id=1),
}
LORA = {"name": "lora", "r": 4, "lora_alpha": 8}
SOFT = {"name": "prompt", "kind": "soft", "num_virtual_tokens": TOKENS}
P_TUNING = {"name": "prompt", "kind": "p_tuning", "num_virtual_tokens": TOKENS, "encoder_hidden_size": 12}
PREFIX = {"name": "prefix", "num_virtual_tokens": TOKENS}
PROJECTION = {"prefix_projection": True, "encoder_hidden_size": 12}
# The word embeddings, which are the output layer, too: Tenfold's modules_to_save, and PEFT's, which knows no wte.
WORDS = {"llama": (["embed_tokens"], ["embed_tokens"]), "gpt2": (["wte"], ["wte", "lm_head"])}
# Name: Tenfold's request, PEFT's configuration.
CASES = {
    "full": ({"name": "full"}, None),
    "lora": (LORA, lambda **o: LoraConfig(r=4, lora_alpha=8, **o)),
    "lora-all-linear": (LORA | {"r": 2, "lora_alpha": 4, "target_modules": "all-linear"},
                        lambda **o: LoraConfig(r=2, lora_alpha=4, target_modules="all-linear", **o)),
    "prefix": (PREFIX, lambda **o: PrefixTuningConfig(num_virtual_tokens=TOKENS, **o)),
    "prefix-projection": (PREFIX | PROJECTION, lambda **o: PrefixTuningConfig(num_virtual_tokens=TOKENS, **PROJECTION, **o)),
    "soft": (SOFT, lambda **o: PromptTuningConfig(num_virtual_tokens=TOKENS, **o)),
    "p-tuning": (P_TUNING, lambda **o: PromptEncoderConfig(num_virtual_tokens=TOKENS, encoder_hidden_size=12, **o)),
    "ia3": ({"name": "adapter", "kind": "ia3"}, lambda **o: IA3Config(**o)),
    "lora-words": (LORA, lambda **o: LoraConfig(r=4, lora_alpha=8, ensure_weight_tying=True, **o)),
}


# ---- rows ------------------------------------------------------------------------------------------------------------

def split(sentence, words):
    """A prompt of so many words, and the rest with the blank before it."""
    parts = sentence.split(" ")
    return " ".join(parts[:words]), " " * (words > 0) + " ".join(parts[words:])


def encoded(tokenizer, prompt, completion):
    """The tokens of both with the end, and the first one that is an answer's: it has a character of the completion."""
    made = tokenizer(prompt + completion, return_offsets_mapping=True)
    first = next(i for i, (_, end) in enumerate(made["offset_mapping"]) if end > len(prompt))
    return {"ids": made["input_ids"] + [tokenizer.eos_token_id], "answer": max(1, first)}


# ---- training --------------------------------------------------------------------------------------------------------

def loss_sum(model, row):
    """The cross-entropy of a row's answer, by the model's own labels."""
    ids = torch.tensor([row["ids"]])
    labels = ids.clone()
    labels[0, :row["answer"]] = -100
    return model(input_ids=ids, attention_mask=torch.ones_like(ids), labels=labels).loss * counted(row)


def counted(row):
    return len(row["ids"]) - row["answer"]


def row_losses(model, rows):
    with torch.no_grad():
        return [(loss_sum(model.eval(), row) / counted(row)).item() for row in rows]


def train(model, rows, learning_rate, loss_sum=loss_sum):
    """Twenty steps of plain PyTorch, in the order in which Trainer does them."""
    without_dropout(model)
    decay = set(decayed(model))
    named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(
        [{"params": [p for name, p in named if name in decay], "weight_decay": CURVE["weight_decay"]},
         {"params": [p for name, p in named if name not in decay], "weight_decay": 0.0}],
        lr=learning_rate, betas=(CURVE["beta1"], CURVE["beta2"]), eps=CURVE["epsilon"])
    schedule = get_linear_schedule_with_warmup(optimizer, CURVE["warmup_steps"], CURVE["steps"])
    losses, norms = [], []
    for step in range(CURVE["steps"]):
        first = step * CURVE["batch_size"] % len(rows)
        part = rows[first:first + CURVE["batch_size"]]
        loss = sum(loss_sum(model, row) for row in part) / sum(counted(row) for row in part)
        loss.backward()
        norms.append(torch.nn.utils.clip_grad_norm_([p for _, p in named], CURVE["max_grad_norm"]).item())
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    return {"losses": losses, "grad_norms": norms, "row_losses": row_losses(model, rows)}


def curve(make, rows, learning_rate, loss_sum=loss_sum):
    """The fp32 curve, checked against the same in fp64."""
    model, exact = make(), make().double()
    result, precise = train(model, rows, learning_rate, loss_sum), train(exact, rows, learning_rate, loss_sum)
    for key in result:
        apart = max(abs(a - b) / abs(b) for a, b in zip(result[key], precise[key]))
        assert apart < TOLERANCE / 10, f"{key} of fp32 and fp64 are {apart:.1e} apart"
    double = final_norms(exact)  # keys' biases move by noise alone
    result["final_norms"] = {name: norm for name, norm in final_norms(model).items()
                             if abs(norm - double[name]) < NORM_TOLERANCE / 5 * norm}
    return result, model


# ---- cases -----------------------------------------------------------------------------------------------------------

def in_our_names(model):
    """What is trained, in PEFT's names of files; of a prefix each layer's key and value for themselves."""
    if not model.active_peft_config.is_prompt_learning:
        return get_peft_model_state_dict(model)
    width, ours = model.active_peft_config.token_dim, {}
    for name, value in model.named_parameters():
        if not value.requires_grad:
            continue
        name = name.replace(".default", "")
        end = name.rsplit(".", 1)[-1]
        if name == "prompt_encoder.embedding.weight" and value.shape[1] > HIDDEN:
            for i, part in enumerate(value.split(width, 1)):
                ours[f"prompt_encoder.layer.{i // 2}.{'value' if i % 2 else 'key'}"] = part
        elif name.startswith("prompt_encoder.transform.2."):
            for i, part in enumerate(value.split(width, 0)):
                ours[f"prompt_encoder.layer.{i // 2}.{'value' if i % 2 else 'key'}.{end}"] = part
        else:
            ours[name] = value
    return ours


def adapted(family, peft):
    """PEFT's own first values, from a seed."""
    torch.manual_seed(5)
    options = {"fan_in_fan_out": True} if family == "gpt2" and peft(task_type=None).peft_type in ("LORA", "IA3") else {}
    return get_peft_model(AutoModelForCausalLM.from_pretrained(OUT / family), peft(task_type="CAUSAL_LM", **options))


def save_adapter(model, folder, family):
    model.save_pretrained(folder)
    (folder / "README.md").unlink()
    config = json.loads((folder / "adapter_config.json").read_text())
    config["base_model_name_or_path"] = f"language/{family}"
    for key, value in config.items():  # sets, whose order changes from run to run
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            config[key] = sorted(value)
    (folder / "adapter_config.json").write_text(json.dumps(config, indent=2) + "\n")


def case(family, name, rows):
    request, peft = CASES[name]
    if name == "lora-words":
        ours, theirs = WORDS[family]
        request, plain_peft = request | {"modules_to_save": ours}, peft
        peft = lambda **options: plain_peft(modules_to_save=list(theirs), **options)
    folder = OUT / f"{family}-{name}"
    folder.mkdir()
    make = (lambda: AutoModelForCausalLM.from_pretrained(OUT / family)) if peft is None else (lambda: adapted(family, peft))
    if peft is not None:
        write_tensors(folder / "curve_init.safetensors", in_our_names(make()))
    learning_rate = LEARNING_RATES.get(name, USUAL_RATE)
    result, model = curve(make, rows, learning_rate)
    plain = row_losses(AutoModelForCausalLM.from_pretrained(OUT / family), rows)
    assert max(abs(a - b) for a, b in zip(plain, result["row_losses"])) > 0.1
    if peft is None:
        result["decayed"] = sorted(set(decayed(model)) & set(dict(model.named_parameters())))  # lm_head is tied
    else:
        result.pop("final_norms")
        save_adapter(model, folder, family)
    count = sum(p.numel() for p in model.parameters() if p.requires_grad)
    write_json(folder / "curve.json", {"base": family, "method": request, "trainable_parameters": count,
                                       "learning_rate": learning_rate} | CURVE | result)
    for path in folder.iterdir():
        path.chmod(0o644)


def main():
    torch.set_num_threads(1)
    transformers.utils.logging.set_verbosity_error()
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer.from_file(str(TOKENIZER)), bos_token="<s>",
                                        eos_token="</s>", unk_token="<unk>")
    pairs = [split(sentence, words) for (sentence, _), words in zip(ROWS, PROMPTS)]
    (OUT / "rows.jsonl").write_text(
        "".join(json.dumps({"prompt": prompt, "completion": completion}) + "\n" for prompt, completion in pairs))
    rows = [encoded(tokenizer, *pair) for pair in pairs]
    write_json(OUT / "tokens.json", {"rows": rows})
    for seed, (family, config) in enumerate(MODELS.items(), 21):
        fill(AutoModelForCausalLM.from_config(config(len(tokenizer))), seed).save_pretrained(OUT / family)
        tokenizer.save_pretrained(OUT / family)
        for name in CASES:
            case(family, name, rows)
            print(family, name)


if __name__ == "__main__":
    main()

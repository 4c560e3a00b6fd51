#!/usr/bin/env python3
"""Writes the golden files of LoRA's variants: DoRA, PiSSA, OLoRA, LoRA+, merged adapters, 4-bit weights.

usage: make_lora.py [OUT]        (default: src/test/resources/golden)

Run it after make_golden.py, whose models it builds on, with the same environment. Where bitsandbytes is installed, the
NumPy quantizer below, whose numbers are written, is compared with it.
"""
import json
import shutil

import numpy
import torch
import transformers
from peft import LoraConfig, PeftModel, get_peft_model, get_peft_model_state_dict
from peft.optimizers import create_loraplus_optimizer
from safetensors.torch import load_file
from transformers import AutoModelForSequenceClassification, AutoTokenizer, get_linear_schedule_with_warmup

import make_golden as golden
from make_golden import CURVE, LABELS, MAX_LENGTH, OUT, ROWS, TEXTS
from make_golden import adapter_case, curve, encode, fill_adapter, logits_of, padded, write_json, write_tensors

QV = {"r": 4, "lora_alpha": 8, "target_modules": ["query", "value"]}
DISTIL = {"r": 4, "lora_alpha": 8, "target_modules": ["q_lin", "v_lin"],
          "modules_to_save": ["classifier", "pre_classifier"]}
ADAPTERS = {
    "bert-lora-dora-rslora": QV | {"use_dora": True, "use_rslora": True, "target_modules": ["query", "dense"]},
    "distilbert-lora-dora": DISTIL | {"use_dora": True},
    "bert-lora-pissa": QV | {"init_lora_weights": "pissa"},
    "bert-lora-pissa-rslora": QV | {"init_lora_weights": "pissa", "use_rslora": True, "rank_pattern": {"value": 6}},
    "distilbert-lora-pissa": DISTIL | {"init_lora_weights": "pissa"},
    "bert-lora-olora": QV | {"init_lora_weights": "olora", "target_modules": ["query", "dense"]},
    "distilbert-lora-olora": DISTIL | {"init_lora_weights": "olora"},
}
PLUS = {"learning_rate": 5e-4, "loraplus_lr_ratio": 8.0}
MERGED = ["bert-lora-merge-a", "bert-lora-merge-b", "bert-lora-merge-c"]
COMBINATIONS = {
    "linear": (["a", "b"], [0.6, 0.4], {"combination_type": "linear"}),
    "linear_negative": (["a", "b"], [1.0, -0.5], {"combination_type": "linear"}),
    "ties": (["a", "b"], [0.6, 0.4], {"combination_type": "ties", "density": 0.5}),
    "ties_frequency": (["a", "b"], [0.6, 0.4], {"combination_type": "ties", "density": 0.3,
                                                "majority_sign_method": "frequency"}),
    "magnitude_prune": (["a", "b"], [0.6, 0.4], {"combination_type": "magnitude_prune", "density": 0.2}),
    "svd": (["a", "c"], [0.7, 0.5], {"combination_type": "svd"}),
    "svd_rank": (["a", "c"], [0.7, 0.5], {"combination_type": "svd", "svd_rank": 6}),
    "cat": (["a", "c"], [0.7, 0.5], {"combination_type": "cat"}),
}


def base(family):
    return AutoModelForSequenceClassification.from_pretrained(OUT / family).eval()


def fresh_folder(name):
    shutil.rmtree(OUT / name, ignore_errors=True)
    return OUT / name


# ---- variants --------------------------------------------------------------------------------------------------------

def variant_case(name, options, tokenizer, texts):
    fresh_folder(name)
    adapter_case(name, options, tokenizer, texts)
    family = name.split("-")[0]
    expected = load_file(OUT / name / "expected.safetensors")["logits"]
    reopened = PeftModel.from_pretrained(base(family), OUT / name).eval()
    assert (logits_of(reopened, tokenizer, texts) - expected).abs().max() < 1e-5, name
    if "init_lora_weights" in options:
        first = get_peft_model(base(family), LoraConfig(task_type="SEQ_CLS", **options))
        write_tensors(OUT / name / "initial.safetensors", {
            key: tensor for key, tensor in get_peft_model_state_dict(first).items() if ".lora_" in key})


def train_plus(model, tokenizer, rows, learning_rate):
    """Twenty steps with PEFT's own optimiser for LoRA+."""
    golden.without_dropout(model)
    optimizer = create_loraplus_optimizer(
        model, torch.optim.AdamW, lr=learning_rate, loraplus_lr_ratio=PLUS["loraplus_lr_ratio"],
        loraplus_weight_decay=CURVE["weight_decay"], betas=(CURVE["beta1"], CURVE["beta2"]), eps=CURVE["epsilon"])
    schedule = get_linear_schedule_with_warmup(optimizer, CURVE["warmup_steps"], CURVE["steps"])
    trained = [p for p in model.parameters() if p.requires_grad]
    losses, norms = [], []
    for step in range(CURVE["steps"]):
        first = step * CURVE["batch_size"] % len(rows)
        part = rows[first:first + CURVE["batch_size"]]
        labels = torch.tensor([LABELS.index(row["label"]) for row in part])
        loss = model(**padded(tokenizer, part), labels=labels).loss
        loss.backward()
        norms.append(torch.nn.utils.clip_grad_norm_(trained, CURVE["max_grad_norm"]).item())
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    model.eval()
    return {"losses": losses, "grad_norms": norms}


def curve_case(tokenizer, texts):
    folder = fresh_folder("bert-lora-curves")
    folder.mkdir()
    rows = [encode(tokenizer, text, None, CURVE["max_length"]) | {"label": label} for text, label in ROWS]
    adapted = lambda **options: get_peft_model(base("bert"), LoraConfig(task_type="SEQ_CLS", **QV | options))
    zeroed = lambda **options: fill_adapter(adapted(**options), seed=2, zero=True)
    makes = {"dora": (lambda: zeroed(use_dora=True), 5e-3),
             "plus": (lambda: zeroed(), PLUS["learning_rate"]),
             "pissa": (lambda: adapted(init_lora_weights="pissa").eval(), 5e-3)}
    usual = golden.train
    for name, (make, learning_rate) in makes.items():
        golden.train = train_plus if name == "plus" else usual
        write_tensors(folder / f"{name}_init.safetensors", get_peft_model_state_dict(make()))
        result, trained = curve(make, tokenizer, rows, texts, learning_rate)
        count = sum(p.numel() for p in trained.parameters() if p.requires_grad)
        result.pop("decayed")
        write_json(folder / f"{name}.json", {"trainable_parameters": count, "learning_rate": learning_rate} | result)
    golden.train = usual


# ---- merged adapters -------------------------------------------------------------------------------------------------

def merge_case(tokenizer, texts):
    options = {"bert-lora-merge-a": QV, "bert-lora-merge-b": QV | {"lora_alpha": 4},
               "bert-lora-merge-c": QV | {"r": 2, "use_rslora": True}}
    for seed, name in enumerate(MERGED, start=5):
        folder = fresh_folder(name)
        model = fill_adapter(get_peft_model(base("bert"), LoraConfig(task_type="SEQ_CLS", **options[name])), seed=seed)
        model.save_pretrained(folder)
        (folder / "README.md").unlink()
        config = json.loads((folder / "adapter_config.json").read_text())
        config |= {"base_model_name_or_path": "bert", "target_modules": sorted(config["target_modules"]),
                   "modules_to_save": sorted(config["modules_to_save"])}
        (folder / "adapter_config.json").write_text(json.dumps(config, indent=2) + "\n")
    # PEFT merges no heads, so that its model has none here.
    plain = {name[-1]: LoraConfig(**options[name]) for name in MERGED}
    model = get_peft_model(base("bert"), plain["a"], adapter_name="a")
    for name in "bc":
        model.add_adapter(name, plain[name])
    for name in MERGED:
        stored = load_file(OUT / name / "adapter_model.safetensors")
        for key, parameter in model.named_parameters():
            if f".{name[-1]}.weight" in key and ".lora_" in key:
                with torch.no_grad():
                    parameter.copy_(stored[key.replace(f".{name[-1]}.weight", ".weight")])
    expected = {}
    for name, (adapters, weights, how) in COMBINATIONS.items():
        model.add_weighted_adapter(adapters, weights, name, **how)
        for key, tensor in get_peft_model_state_dict(model, adapter_name=name).items():
            expected[f"{name}:{key}"] = tensor
    write_tensors(OUT / MERGED[0] / "merged.safetensors", expected)


# ---- 4 bits ----------------------------------------------------------------------------------------------------------

LEVELS = numpy.array([-1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635,
                      -0.18477343022823334, -0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725,
                      0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941,
                      0.7229568362236023, 1.0], dtype=numpy.float32)


def dynamic_levels():
    """The dynamic 8-bit type (arXiv:1511.04561): seven decades, each with twice as many levels as the one below."""
    levels = [0.0, 1.0]
    for decade in range(7):
        bounds = torch.linspace(0.1, 1, 2 ** decade + 1, dtype=torch.float32)
        means = numpy.float32(10.0 ** (decade - 6)) * ((bounds[:-1] + bounds[1:]) / 2).numpy()
        levels += means.tolist() + (-means).tolist()
    return numpy.array(sorted(levels), dtype=numpy.float32)


def to_codes(numbers, levels, block):
    """Each block divided by its largest magnitude, then the nearest level."""
    flat = numbers.reshape(-1).astype(numpy.float32)
    blocks = -(-flat.size // block)
    rows = numpy.pad(flat, (0, blocks * block - flat.size)).reshape(blocks, block)
    largest = numpy.abs(rows).max(axis=1)
    scaled = numpy.clip(rows * (numpy.float32(1) / numpy.maximum(largest, numpy.float32(1e-38)))[:, None], -1, 1)
    codes = numpy.searchsorted((levels[:-1] + levels[1:]) / 2, scaled.reshape(-1), side="left")
    return codes.astype(numpy.uint8), largest


def quantized(weight):
    """NF4 with double quantization (arXiv:2305.14314, section 3)."""
    codes, scales = to_codes(weight, LEVELS, 64)
    count = -(-weight.size // 2) * 2
    packed = codes[:count:2] << 4 | codes[1:count:2]
    offset = torch.from_numpy(scales).mean().numpy()
    scale_codes, largest = to_codes(scales - offset, dynamic_levels(), 256)
    scale_codes = scale_codes[:scales.size]
    back = dynamic_levels()[scale_codes] * numpy.repeat(largest, 256)[:scales.size] + offset
    values = LEVELS[codes[:weight.size]] * numpy.repeat(back, 64)[:weight.size]
    return {"codes": packed, "scale_codes": scale_codes, "scale_scales": largest, "offset": offset.reshape(1),
            "values": values.reshape(weight.shape).astype(numpy.float32)}


def compare_with_bitsandbytes(weight, ours):
    """The 4-bit codes are the same. Of the 8-bit codes of scales, bitsandbytes' CPU kernel takes the neighbour for about
    one in seven hundred: it looks levels up in a table over 16 bits. Its CUDA and PyTorch kernels compare with midpoints,
    as we do."""
    try:
        import bitsandbytes.functional as bnb
    except ImportError:
        return "bitsandbytes is not installed, nothing compared"
    assert numpy.array_equal(bnb.create_dynamic_map().numpy(), dynamic_levels())
    packed, state = bnb.quantize_4bit(torch.from_numpy(weight), blocksize=64, compress_statistics=True,
                                      quant_type="nf4")
    assert numpy.array_equal(packed.numpy().reshape(-1), ours["codes"])
    apart = numpy.abs(state.absmax.numpy().astype(int) - ours["scale_codes"].astype(int))
    assert apart.max() <= 1 and apart.sum() <= 1 + 0.01 * apart.size
    assert numpy.array_equal(state.state2.absmax.numpy(), ours["scale_scales"])
    assert numpy.array_equal(state.offset.numpy().reshape(1), ours["offset"])
    values = bnb.dequantize_4bit(packed, state).numpy()
    if apart.max() == 0 and weight.shape[1] % 64 == 0:  # with other widths its CPU kernel takes the wrong scales
        assert numpy.allclose(values, ours["values"], rtol=1e-5, atol=1e-7)
    return f"{apart.sum()} of {apart.size} scales one code apart, values {numpy.abs(values - ours['values']).max():.1e}"


def nf4_case(tokenizer, texts):
    folder = fresh_folder("bert-lora-nf4")
    random = numpy.random.default_rng(11)
    expected = {}
    for name, shape in {"large": (132, 128), "ragged": (33, 31)}.items():
        stored = (random.standard_normal(shape) * 0.05).astype("float16")
        weight = stored.astype("float32")
        result = quantized(weight)
        print(name, "beside bitsandbytes:", compare_with_bitsandbytes(weight, result))
        expected |= {f"{name}.weight": stored} | {f"{name}.{key}": value for key, value in result.items()}
    shutil.copytree(OUT / "bert-lora", folder)
    write_tensors(folder / "nf4.safetensors", {key: torch.from_numpy(value) for key, value in expected.items()})
    model = base("bert")
    for name, module in model.named_modules():
        if isinstance(module, torch.nn.Linear) and name != "classifier":
            result = quantized(module.weight.detach().numpy())
            compare_with_bitsandbytes(module.weight.detach().numpy(), result)
            module.weight.data = torch.from_numpy(result["values"])
    logits = logits_of(PeftModel.from_pretrained(model, folder).eval(), tokenizer, texts)
    assert (logits - load_file(folder / "expected.safetensors")["logits"]).abs().max() > 0.01
    write_tensors(folder / "expected.safetensors", {"logits": logits})
    (folder / "quantization.json").write_text(json.dumps({"quantize": "nf4"}) + "\n")


def main():
    torch.set_num_threads(1)
    transformers.utils.logging.set_verbosity_error()
    families = {}
    for family in ("bert", "distilbert"):
        tokenizer = AutoTokenizer.from_pretrained(OUT / family)
        families[family] = tokenizer, [encode(tokenizer, *pair, MAX_LENGTH) for pair in TEXTS]
    for name, options in ADAPTERS.items():
        variant_case(name, options, *families[name.split("-")[0]])
    curve_case(*families["bert"])
    merge_case(*families["bert"])
    nf4_case(*families["bert"])
    for name in ADAPTERS | dict.fromkeys(MERGED + ["bert-lora-curves", "bert-lora-nf4"]):
        for path in (OUT / name).iterdir():
            path.chmod(0o644)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Writes the golden files: tiny seeded models, and what Transformers and PEFT make of them.

usage: make_golden.py [OUT]        (default: src/test/resources/golden)

The files are committed; the tests read them and need no Python. Run this only to change them:

    python3 -m venv golden-venv
    golden-venv/bin/pip install torch==2.15.0 transformers==4.57.6 peft==0.21.2 numpy safetensors scikit-learn scipy
    golden-venv/bin/python src/test/golden/make_golden.py

Every number comes from a seeded NumPy generator, so two runs write the same weights; the expected values may move in
the last digits with another PyTorch or processor. The script computes every curve in fp64 too and stops if fp32 is not
within a tenth of the tolerance, so a test that fails has found a difference of meaning, not of rounding.
"""
import json
import os
import re
import shutil
import sys
from collections import Counter
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import numpy
import torch
import transformers
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (AutoModel, AutoModelForSequenceClassification, AutoTokenizer, BertConfig, BertTokenizerFast,
                          DistilBertConfig, DistilBertTokenizerFast, RobertaConfig, RobertaTokenizerFast,
                          get_linear_schedule_with_warmup)
from transformers.trainer_pt_utils import get_parameter_names

from sentences import LABELS, PAIRS, ROWS, TEXTS

OUT = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[1] / "resources" / "golden")
MAX_LENGTH = 512
CURVE = {"batch_size": 8, "steps": 20, "warmup_steps": 2, "weight_decay": 0.01, "beta1": 0.9, "beta2": 0.999,
         "epsilon": 1e-8, "max_grad_norm": 1.0, "dropout": 0.0, "max_length": 128}
CURVE_TOLERANCE = 1e-3
NORM_TOLERANCE = 1e-5
LORA_TARGETS = {"bert": ["query", "value"], "roberta": ["query", "value"], "distilbert": ["q_lin", "v_lin"]}
HEADS = {"bert": ["classifier"], "roberta": ["classifier"], "distilbert": ["classifier", "pre_classifier"]}


# ---- tokenizers ------------------------------------------------------------------------------------------------------

def wordpiece():
    """BERT's tokenizer: lower case, accents off, WordPiece, [CLS] a [SEP] b [SEP] with types 0 and 1.

    The vocabulary is counted here: the library's WordPiece trainer breaks ties differently in every run.
    """
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    words = Counter(re.findall(r"[a-z]+|[^a-z\s]", " ".join(text for text, _ in ROWS).lower()))
    letters = sorted({letter for word in words for letter in word})
    endings = Counter(word[i:] for word in words for i in range(2, len(word) - 1))
    by_count = lambda counts: [item for item, _ in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))]
    vocabulary = special + letters + ["##" + letter for letter in letters if letter.isalpha()]
    vocabulary += ["##" + ending for ending in by_count(endings)[:60]]
    vocabulary += [word for word in by_count(words) if len(word) > 1][:300 - len(vocabulary)]
    tokenizer = Tokenizer(models.WordPiece({word: i for i, word in enumerate(vocabulary)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0", pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
        special_tokens=[("[CLS]", special.index("[CLS]")), ("[SEP]", special.index("[SEP]"))])
    tokenizer.add_special_tokens(special)
    return tokenizer


def byte_level():
    """RoBERTa's tokenizer: byte-level BPE, <s> a </s></s> b </s>."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator([text for text, _ in ROWS], trainers.BpeTrainer(
        vocab_size=340, special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"], show_progress=False,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet())))
    tokenizer.post_processor = processors.RobertaProcessing(sep=("</s>", 2), cls=("<s>", 0), add_prefix_space=False)
    return tokenizer


def tokenizer_of(family):
    if family == "roberta":
        return RobertaTokenizerFast(tokenizer_object=byte_level(), model_max_length=MAX_LENGTH)
    kind = BertTokenizerFast if family == "bert" else DistilBertTokenizerFast
    return kind(tokenizer_object=wordpiece(), do_lower_case=True, model_max_length=MAX_LENGTH)


# ---- models ----------------------------------------------------------------------------------------------------------

def config_of(family, vocabulary, labels):
    common = {"vocab_size": vocabulary, "initializer_range": 0.2,
              "id2label": dict(enumerate(labels)), "label2id": {label: i for i, label in enumerate(labels)}}
    if family == "distilbert":
        return DistilBertConfig(dim=32, hidden_dim=64, n_layers=3, n_heads=4, max_position_embeddings=512, **common)
    sizes = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
    if family == "bert":
        return BertConfig(max_position_embeddings=512, **sizes, **common)
    return RobertaConfig(max_position_embeddings=514, type_vocab_size=1, layer_norm_eps=1e-5, **sizes, **common)


def fill(model, seed):
    """Draws every weight, biases and norms too: a bias that is forgotten must show."""
    random = numpy.random.default_rng(seed)
    paddings = {name + ".weight": module.padding_idx for name, module in model.named_modules()
                if isinstance(module, torch.nn.Embedding) and module.padding_idx is not None}
    with torch.no_grad():
        for name, parameter in sorted(model.named_parameters()):
            draw = torch.from_numpy(random.standard_normal(tuple(parameter.shape)).astype("float32"))
            if "norm" in name.lower() and name.endswith("weight"):
                draw = 1 + 0.1 * draw
            elif name.endswith("bias"):
                draw = 0.1 * draw
            else:
                draw = 0.2 * draw
            parameter.copy_(draw)
            if name in paddings:
                parameter[paddings[name]] = 0
    return model


def model_of(family, tokenizer, labels=LABELS, seed=1):
    config = config_of(family, len(tokenizer), labels)
    if len(labels) == 1:
        config.problem_type = "regression"
    return fill(AutoModelForSequenceClassification.from_config(config), seed).eval()


def without_dropout(model):
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    for module in model.modules():  # attention dropouts that are numbers, not modules
        for name in ("dropout_prob", "attention_dropout"):
            if isinstance(getattr(module, name, None), float):
                setattr(module, name, 0.0)
    return model.train()


# ---- what is expected ------------------------------------------------------------------------------------------------

def padded(tokenizer, rows):
    """Padded to the longest row, as the reference sees it."""
    return tokenizer.pad([{key: row[key] for key in ("input_ids", "token_type_ids") if key in row} for row in rows],
                         padding=True, return_attention_mask=True, return_tensors="pt")


def encode(tokenizer, text, text2, max_length):
    encoded = tokenizer(text, text2, truncation=True, max_length=max_length)
    row = {"text": text} if text2 is None else {"text": text, "text2": text2}
    return row | {key: encoded[key] for key in ("input_ids", "token_type_ids") if key in encoded}


def logits_of(model, tokenizer, rows):
    with torch.no_grad():
        return model(**padded(tokenizer, rows)).logits


def gradients(model, tokenizer, rows, labels):
    """Loss and gradient norms of one batch, dropout off."""
    without_dropout(model)
    model.zero_grad()
    loss = model(**padded(tokenizer, rows), labels=torch.tensor(labels)).loss
    loss.backward()
    norms = {name: p.grad.norm().item() for name, p in model.named_parameters() if p.grad is not None}
    total = torch.nn.utils.clip_grad_norm_(model.parameters(), float("inf")).item()
    model.zero_grad()
    model.eval()
    return {"labels": labels, "loss": loss.item(), "grad_norm": total, "grad_norms": norms}


def decayed(model):
    """Trainer's rule: weight decay on all but biases and norms."""
    forbidden = [r"bias", r"layernorm", r"rmsnorm", r"(?:^|\.)norm(?:$|\.)", r"_norm(?:$|\.)"]
    return sorted(set(get_parameter_names(model, [torch.nn.LayerNorm], forbidden)))


def train(model, tokenizer, rows, learning_rate):
    """Twenty steps of plain PyTorch, in the order in which Trainer does them."""
    without_dropout(model)
    decay = set(decayed(model))
    named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(
        [{"params": [p for name, p in named if name in decay], "weight_decay": CURVE["weight_decay"]},
         {"params": [p for name, p in named if name not in decay], "weight_decay": 0.0}],
        lr=learning_rate, betas=(CURVE["beta1"], CURVE["beta2"]), eps=CURVE["epsilon"])
    schedule = get_linear_schedule_with_warmup(optimizer, CURVE["warmup_steps"], CURVE["steps"])
    losses, norms, rates = [], [], []
    for step in range(CURVE["steps"]):
        first = step * CURVE["batch_size"] % len(rows)
        part = rows[first:first + CURVE["batch_size"]]
        loss = model(**padded(tokenizer, part), labels=torch.tensor([LABELS.index(row["label"]) for row in part])).loss
        loss.backward()
        norms.append(torch.nn.utils.clip_grad_norm_([p for _, p in named], CURVE["max_grad_norm"]).item())
        rates.append(schedule.get_last_lr()[0])
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    model.eval()
    return {"losses": losses, "grad_norms": norms, "learning_rates": rates}


def curve(make, tokenizer, rows, texts, learning_rate):
    """The fp32 curve, checked against the same in fp64."""
    model = make()
    result = train(model, tokenizer, rows, learning_rate)
    result["final_logits"] = logits_of(model, tokenizer, texts).tolist()
    exact = make().double()
    precise = train(exact, tokenizer, rows, learning_rate)
    for key in ("losses", "grad_norms"):
        apart = max(abs(a - b) / abs(b) for a, b in zip(result[key], precise[key]))
        assert apart < CURVE_TOLERANCE / 10, f"{key} of fp32 and fp64 are {apart:.1e} apart"
    apart = (torch.tensor(result["final_logits"]) - logits_of(exact, tokenizer, texts)).abs().max().item()
    assert apart < CURVE_TOLERANCE, f"final logits of fp32 and fp64 are {apart:.1e} apart"
    exact_norms = final_norms(exact)
    result["final_norms"] = {name: norm for name, norm in final_norms(model).items()
                             if abs(norm - exact_norms[name]) < NORM_TOLERANCE / 5 * norm}
    assert len(result["final_norms"]) > 0.8 * len(exact_norms), sorted(set(exact_norms) - set(result["final_norms"]))
    result["decayed"] = decayed(model)
    return result, model


def final_norms(model):
    """Of every trained weight: weight decay shows here first. (A key's bias has no gradient but noise and is left out.)"""
    return {name: p.norm().item() for name, p in model.named_parameters() if p.requires_grad}


# ---- files -----------------------------------------------------------------------------------------------------------

def write_json(path, value):
    """JSON with one line for every entry of a list of objects, so that a difference can be read."""
    lines = []
    for key, item in value.items():
        if isinstance(item, list) and item and isinstance(item[0], (dict, list)):
            entries = ",\n".join("    " + json.dumps(entry, ensure_ascii=False) for entry in item)
            lines.append(f'  "{key}": [\n{entries}\n  ]')
        elif isinstance(item, dict) and len(item) > 8:
            entries = ",\n".join(f"    {json.dumps(name)}: {json.dumps(entry)}" for name, entry in item.items())
            lines.append(f'  "{key}": {{\n{entries}\n  }}')
        else:
            lines.append(f'  "{key}": {json.dumps(item, ensure_ascii=False)}')
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def write_tensors(path, tensors):
    save_file({name: tensor.detach().clone().contiguous() for name, tensor in tensors.items()}, path,
              metadata={"format": "pt"})


def write_model(folder, model, tokenizer, **options):
    folder.mkdir(parents=True)
    model.save_pretrained(folder, **options)
    tokenizer.save_pretrained(folder)
    if isinstance(tokenizer.backend_tokenizer.model, models.WordPiece):
        words = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
        (folder / "vocab.txt").write_text("".join(word + "\n" for word, _ in words), encoding="utf-8")


def base_of(model):
    return getattr(model, model.base_model_prefix)


def family_case(family):
    folder = OUT / family
    tokenizer = tokenizer_of(family)
    model = model_of(family, tokenizer)
    write_model(folder, model, tokenizer)
    fresh = lambda: AutoModelForSequenceClassification.from_pretrained(folder).eval()

    texts = [encode(tokenizer, *pair, MAX_LENGTH) for pair in TEXTS]
    assert any(len(row["input_ids"]) == MAX_LENGTH for row in texts)
    plain = Tokenizer.from_file(str(folder / "tokenizer.json"))  # the file alone says the same
    assert all(plain.encode(*[part for part in pair if part is not None]).ids == row["input_ids"]
               for pair, row in zip(TEXTS, texts) if len(row["input_ids"]) < MAX_LENGTH)
    cut = [encode(tokenizer, *pair, length) | {"max_length": length} for pair in PAIRS for length in (8, 13)]
    write_json(folder / "texts.json", {"max_length": MAX_LENGTH, "rows": texts, "truncated": cut})

    batch = padded(tokenizer, texts)
    with torch.no_grad():
        output = base_of(model)(**batch)
    expected = {"logits": logits_of(model, tokenizer, texts), "first_token": output.last_hidden_state[:, 0]}
    if family == "bert":
        expected["pooler_output"] = output.pooler_output
    write_tensors(folder / "expected.safetensors", expected)
    labels = [i % len(LABELS) for i in range(8)]
    write_json(folder / "gradient.json", {"rows": list(range(8))} | gradients(fresh(), tokenizer, texts[:8], labels))

    rows = [encode(tokenizer, text, None, CURVE["max_length"]) | {"label": label} for text, label in ROWS]
    (folder / "curve.tsv").write_text("text\tlabel\n" + "".join(f"{t}\t{l}\n" for t, l in ROWS), encoding="utf-8")
    result, _ = curve(fresh, tokenizer, rows, texts, 1e-3)
    write_json(folder / "curve_full.json",
               {"labels": LABELS, "learning_rate": 1e-3} | CURVE | {"rows": rows} | result)

    method = {"r": 4, "lora_alpha": 8, "lora_dropout": 0.0, "bias": "none", "target_modules": LORA_TARGETS[family],
              "modules_to_save": HEADS[family]}
    make = lambda: fill_adapter(get_peft_model(fresh(), LoraConfig(task_type="SEQ_CLS", **method)), seed=2, zero=True)
    write_tensors(folder / "curve_lora_init.safetensors", get_peft_model_state_dict(make()))
    result, trained = curve(make, tokenizer, rows, texts, 5e-3)
    count = sum(p.numel() for p in trained.parameters() if p.requires_grad)
    write_json(folder / "curve_lora.json", {"method": method, "trainable_parameters": count, "labels": LABELS,
                                            "learning_rate": 5e-3} | CURVE | {"rows": rows} | result)
    return tokenizer, model, texts


def bert_variants(tokenizer, model, texts):
    """The same weights as others write them: expected.safetensors of `bert` holds for all."""
    bare = OUT / "bert-bare"
    encoder = base_of(model)
    write_model(bare, encoder, tokenizer)
    # A tokenizer.json may carry truncation and padding of its own, which the job's settings override.
    backend = Tokenizer.from_file(str(bare / "tokenizer.json"))
    backend.enable_truncation(16)
    backend.enable_padding(length=16, pad_id=0, pad_token="[PAD]")
    backend.save(str(bare / "tokenizer.json"))

    old = OUT / "bert-gamma"
    write_model(old, model, tokenizer)
    (old / "tokenizer.json").unlink()  # old checkpoints have vocab.txt alone
    tensors = load_file(old / "model.safetensors")
    write_tensors(old / "model.safetensors", {
        name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): tensor
        for name, tensor in tensors.items()})
    reopened = AutoModelForSequenceClassification.from_pretrained(old).eval()
    assert torch.equal(logits_of(reopened, tokenizer, texts), logits_of(model, tokenizer, texts))
    from_words = AutoTokenizer.from_pretrained(old)
    assert all(encode(from_words, *pair, MAX_LENGTH) == row for pair, row in zip(TEXTS, texts))

    sharded = OUT / "bert-sharded"
    write_model(sharded, model, tokenizer, max_shard_size="70KB")
    assert len(list(sharded.glob("model-*.safetensors"))) > 2

    half = OUT / "bert-bf16"
    write_model(half, AutoModelForSequenceClassification.from_pretrained(OUT / "bert").to(torch.bfloat16), tokenizer)
    widened = AutoModelForSequenceClassification.from_pretrained(half, dtype=torch.float32).eval()
    write_tensors(half / "expected.safetensors", {"logits": logits_of(widened, tokenizer, texts)})


def regression_case(texts):
    folder = OUT / "bert-regression"
    tokenizer = tokenizer_of("bert")
    model = model_of("bert", tokenizer, labels=["score"], seed=3)
    write_model(folder, model, tokenizer)
    write_tensors(folder / "expected.safetensors", {"logits": logits_of(model, tokenizer, texts)})
    labels = [0.5, -1.25, 3.0, 2.0, 0.0, 4.75, 1.5, 2.25]
    write_json(folder / "gradient.json", {"rows": list(range(8))} | gradients(model, tokenizer, texts[:8], labels))


# ---- adapters --------------------------------------------------------------------------------------------------------

def fill_adapter(model, seed, zero=False):
    """Draws what the adapter trains, from the seed; B stays zero where the adapter must start as a no-op."""
    random = numpy.random.default_rng(seed)
    with torch.no_grad():
        for name, parameter in sorted(model.named_parameters()):
            if not parameter.requires_grad:
                continue
            if zero and "lora_A" not in name:
                continue  # B is zero, the head is the checkpoint's
            draw = 0.2 * torch.from_numpy(random.standard_normal(tuple(parameter.shape)).astype("float32"))
            parameter.copy_(parameter + draw if "magnitude" in name else draw)
    return model.eval()


ADAPTERS = {
    "bert-lora": {"r": 4, "lora_alpha": 8, "target_modules": ["query", "value"]},
    "bert-lora-rslora": {"r": 4, "lora_alpha": 8, "target_modules": ["query", "value"], "use_rslora": True},
    "bert-lora-all-linear": {"r": 2, "lora_alpha": 4, "target_modules": "all-linear"},
    "bert-lora-bias": {"r": 4, "lora_alpha": 8, "target_modules": ["query", "dense"], "bias": "lora_only"},
    "bert-lora-bias-all": {"r": 2, "lora_alpha": 4, "target_modules": ["value"], "bias": "all"},
    "bert-lora-patterns": {"r": 4, "lora_alpha": 8, "target_modules": ["query", "value"],
                           "rank_pattern": {"layer.0.attention.self.query": 2, r".*\.1\..*\.value": 6},
                           "alpha_pattern": {"value": 3, "layer.0.attention.self.query": 16}},
    "bert-lora-regex": {"r": 4, "lora_alpha": 8, "target_modules": r".*layer\.1\.attention\.(self\.key|output\.dense)"},
    "bert-lora-layers": {"r": 4, "lora_alpha": 8, "target_modules": ["query", "value"], "layers_to_transform": [1]},
    "bert-lora-dora": {"r": 4, "lora_alpha": 8, "target_modules": ["query", "value"], "use_dora": True},
    "bert-lora-pooler": {"r": 4, "lora_alpha": 8, "target_modules": ["query", "value"],
                         "modules_to_save": ["classifier", "pooler"]},
    "roberta-lora": {"r": 4, "lora_alpha": 8, "target_modules": ["query", "value"]},
    "distilbert-lora": {"r": 4, "lora_alpha": 8, "target_modules": ["q_lin", "v_lin"],
                        "modules_to_save": ["classifier", "pre_classifier"]},
}


def adapter_case(name, options, tokenizer, texts):
    family = name.split("-")[0]
    folder = OUT / name
    base = AutoModelForSequenceClassification.from_pretrained(OUT / family)
    plain = logits_of(base.eval(), tokenizer, texts)
    model = fill_adapter(get_peft_model(base, LoraConfig(task_type="SEQ_CLS", **options)), seed=5)
    model.save_pretrained(folder)
    (folder / "README.md").unlink()
    config = json.loads((folder / "adapter_config.json").read_text())
    config["base_model_name_or_path"] = family
    for key, value in config.items():  # sets, whose order changes from run to run
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            config[key] = sorted(value)
    (folder / "adapter_config.json").write_text(json.dumps(config, indent=2) + "\n")
    logits = logits_of(model, tokenizer, texts)
    assert (logits - plain).abs().max() > 0.1
    write_tensors(folder / "expected.safetensors", {"logits": logits})
    trained = sum(p.numel() for p in model.parameters() if p.requires_grad)
    stored = sum(t.numel() for t in load_file(folder / "adapter_model.safetensors").values())
    (folder / "expected.json").write_text(json.dumps(
        {"base": family, "trainable_parameters": trained, "stored_parameters": stored}) + "\n")
    merged = logits_of(model.merge_and_unload().eval(), tokenizer, texts)
    assert (merged - logits).abs().max() < 1e-4


# ---- metrics ---------------------------------------------------------------------------------------------------------

def classification_case(labels, predicted, classes):
    from sklearn import metrics as m
    names = list(range(classes))
    averages = {}
    for average in ("macro", "micro", "weighted"):
        precision, recall, f1, _ = m.precision_recall_fscore_support(
            labels, predicted, labels=names, average=average, zero_division=0)
        averages |= {f"precision_{average}": precision, f"recall_{average}": recall, f"f1_{average}": f1}
    if classes == 2:
        precision, recall, f1, _ = m.precision_recall_fscore_support(
            labels, predicted, labels=names, average="binary", zero_division=0)
        averages |= {"precision": precision, "recall": recall, "f1": f1}
    return {"classes": classes, "labels": labels, "predictions": predicted,
            "expected": {"accuracy": m.accuracy_score(labels, predicted),
                         "matthews_correlation": m.matthews_corrcoef(labels, predicted),
                         "confusion_matrix": m.confusion_matrix(labels, predicted, labels=names).tolist()}
            | {key: float(value) for key, value in averages.items()}}


def regression_metrics(labels, predicted):
    import warnings
    from scipy import stats
    from sklearn import metrics as m
    finite = lambda value: None if numpy.isnan(value) else float(value)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {"labels": labels, "predictions": predicted, "expected": {
            "pearson": finite(stats.pearsonr(labels, predicted)[0]),
            "spearman": finite(stats.spearmanr(labels, predicted)[0]),
            "mse": m.mean_squared_error(labels, predicted), "mae": m.mean_absolute_error(labels, predicted)}}


def metrics_case():
    folder = OUT / "metrics"
    folder.mkdir(parents=True)
    random = numpy.random.default_rng(7)
    pick = lambda classes, n: random.integers(0, classes, n).tolist()
    noisy = lambda labels, classes: [l if random.random() < 0.7 else int(random.integers(0, classes)) for l in labels]
    binary, four, skewed = pick(2, 50), pick(4, 60), [0] * 45 + [1] * 5
    cases = {
        "binary": classification_case(binary, noisy(binary, 2), 2),
        "binary_all_negative": classification_case(skewed, [0] * 50, 2),
        "binary_perfect": classification_case(binary[:10], binary[:10], 2),
        "binary_reversed": classification_case(binary[:10], [1 - l for l in binary[:10]], 2),
        "four": classification_case(four, noisy(four, 4), 4),
        "four_never_predicted": classification_case(four, [min(p, 2) for p in noisy(four, 4)], 4),
        "four_absent_label": classification_case([min(l, 2) for l in four], noisy(four, 4), 4),
    }
    targets = random.normal(2.5, 1.2, 40)
    close = targets + random.normal(0, 0.6, 40)
    steps = numpy.round(targets * 2) / 2  # ties
    regressions = {
        "plain": regression_metrics(targets.tolist(), close.tolist()),
        "ties": regression_metrics(steps.tolist(), (numpy.round(close)).tolist()),
        "negative": regression_metrics(targets.tolist(), (-close).tolist()),
        "constant_predictions": regression_metrics(targets.tolist(), [2.0] * 40),
    }
    text = json.dumps({"classification": cases, "regression": regressions}, indent=1)
    (folder / "metrics.json").write_text(text + "\n")


def main():
    torch.set_num_threads(1)
    transformers.utils.logging.set_verbosity_error()
    if OUT.exists():
        for folder in OUT.iterdir():
            if folder.is_dir():
                shutil.rmtree(folder)
    cases = {family: family_case(family) for family in ("bert", "roberta", "distilbert")}
    bert_tokenizer, bert, bert_texts = cases["bert"]
    bert_variants(bert_tokenizer, bert, bert_texts)
    regression_case(bert_texts)
    for name, options in ADAPTERS.items():
        tokenizer, _, texts = cases[name.split("-")[0]]
        adapter_case(name, options, tokenizer, texts)
    metrics_case()
    files = [path for path in OUT.rglob("*") if path.is_file()]
    for path in files:
        path.chmod(0o644)
    print(f"{len(files)} files, {sum(path.stat().st_size for path in files):,} bytes, "
          f"the largest {max(path.stat().st_size for path in files):,}")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Writes the golden files of method `adapter`: what `adapters` and PEFT's IA3 make of the tiny models.

usage: make_adapter.py [OUT]       (default: src/test/resources/golden, where make_golden.py has been before)

    golden-venv/bin/pip install adapters==1.3.0      (beside what make_golden.py names)
    golden-venv/bin/python src/test/golden/make_adapter.py
"""
import json
import shutil

import numpy
import torch
import transformers

import adapters
from adapters import AutoAdapterModel, DoubleSeqBnConfig, ParBnConfig, SeqBnConfig
from peft import IA3Config, get_peft_model, get_peft_model_state_dict
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from make_golden import CURVE, HEADS, LABELS, OUT, curve, logits_of, write_json, write_tensors

NAME = "golden-1"
SHAPES = {"houlsby": DoubleSeqBnConfig(), "pfeiffer": SeqBnConfig(), "parallel": ParBnConfig()}
# A flexible head's non-linearity is tanh unless one asks for another; DistilBERT's own is relu.
HEAD = {"distilbert-houlsby": "relu", "distilbert-parallel": "relu", "bert-parallel": "gelu"}
OTHER = {
    "bert-adapter-places": SeqBnConfig(mh_adapter=True, leave_out=[0], reduction_factor={"1": 4, "default": 8},
                                       non_linearity="gelu", scaling=0.5, residual_before_ln=False),
    "bert-adapter-post-add": SeqBnConfig(residual_before_ln="post_add", non_linearity="tanh", original_ln_after=False),
    "bert-adapter-phm": SeqBnConfig(phm_layer=True, reduction_factor=8, phm_dim=2),
}
IA3 = {
    "bert-ia3": {},
    "roberta-ia3": {},
    "distilbert-ia3": {"target_modules": ["k_lin", "v_lin", "out_lin", "lin2"],
                       "feedforward_modules": ["out_lin", "lin2"]},
    "bert-ia3-regex": {"target_modules": r".*layer\.1\..*(query|dense)", "feedforward_modules": r".*intermediate\.dense"},
}


def folder_of(name):
    folder = OUT / name
    if folder.exists():
        shutil.rmtree(folder)
    return folder


def texts_of(family):
    return AutoTokenizer.from_pretrained(OUT / family), json.loads((OUT / family / "texts.json").read_text())["rows"]


def draw(model, seed, wanted=lambda name: True, around=0.0):
    random = numpy.random.default_rng(seed)
    with torch.no_grad():
        for name, parameter in sorted(model.named_parameters()):
            if parameter.requires_grad and wanted(name):
                values = torch.from_numpy(random.standard_normal(tuple(parameter.shape)).astype("float32"))
                parameter.copy_(around + 0.2 * values)
    return model.eval()


def finish(folder, family, model, plain, config_file, base_key):
    tokenizer, texts = texts_of(family)
    config = json.loads((folder / config_file).read_text())
    config[base_key] = family
    for key, value in config.items():  # sets, whose order changes from run to run
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            config[key] = sorted(value)
    (folder / config_file).write_text(json.dumps(config, indent=2) + "\n")
    logits = logits_of(model, tokenizer, texts)
    assert (logits - plain).abs().max() > 0.1
    write_tensors(folder / "expected.safetensors", {"logits": logits})
    trained = sum(p.numel() for p in model.parameters() if p.requires_grad)
    (folder / "expected.json").write_text(json.dumps({"base": family, "trainable_parameters": trained}) + "\n")
    for path in folder.iterdir():
        path.chmod(0o644)


def flexible(family, config, activation="tanh"):
    """The model with an adapter and a prediction head of the same name, both trained."""
    model = AutoAdapterModel.from_pretrained(OUT / family)
    for head in list(model.heads):
        model.delete_head(head)
    model.add_adapter(NAME, config=config)
    model.add_classification_head(NAME, num_labels=len(LABELS), id2label=dict(enumerate(LABELS)),
                                  activation_function=activation)
    model.train_adapter(NAME)
    return model


def plain_logits(family):
    tokenizer, texts = texts_of(family)
    return logits_of(AutoModelForSequenceClassification.from_pretrained(OUT / family).eval(), tokenizer, texts)


def hub_case(name, family, config, activation):
    folder = folder_of(name)
    model = draw(flexible(family, config, activation), seed=11)
    model.save_adapter(folder, NAME, use_safetensors=True)
    finish(folder, family, model, plain_logits(family), "adapter_config.json", "model_name")


def static_case(family):
    """A model class with a head of its own: BERT's pooler stays the base's."""
    folder = folder_of(f"{family}-adapter-static")
    model = AutoModelForSequenceClassification.from_pretrained(OUT / family)
    adapters.init(model)
    model.add_adapter(NAME, config="seq_bn")
    model.train_adapter(NAME)
    draw(model, seed=12)
    model.save_adapter(folder, NAME, use_safetensors=True)
    finish(folder, family, model, plain_logits(family), "adapter_config.json", "model_name")


def average_case():
    """Two adapters of one shape (the first is another case's), and their average, 3 to 1, by the library; so the heads."""
    folder = folder_of("bert-adapter-second")
    second = draw(flexible("bert", SHAPES["pfeiffer"]), seed=17)
    second.save_adapter(folder, NAME, use_safetensors=True)
    finish(folder, "bert", second, plain_logits("bert"), "adapter_config.json", "model_name")
    model = AutoAdapterModel.from_pretrained(OUT / "bert")
    for name in ("pfeiffer", "second"):
        model.load_adapter(str(OUT / f"bert-adapter-{name}"), load_as=name, use_safetensors=True)
    model.average_adapter("average", ["pfeiffer", "second"], weights=[3.0, 1.0])
    model.add_classification_head("average", num_labels=len(LABELS), id2label=dict(enumerate(LABELS)))
    heads = {name: model.heads[name].state_dict() for name in ("pfeiffer", "second")}
    model.heads["average"].load_state_dict(
        {key: 0.75 * value + 0.25 * heads["second"][key] for key, value in heads["pfeiffer"].items()})
    model.set_active_adapters("average")
    model.active_head = "average"
    tokenizer, texts = texts_of("bert")
    write_tensors(folder / "expected_average.safetensors", {"logits": logits_of(model.eval(), tokenizer, texts)})


def ia3_model(family, options):
    base = AutoModelForSequenceClassification.from_pretrained(OUT / family)
    return get_peft_model(base, IA3Config(task_type="SEQ_CLS", modules_to_save=HEADS[family], **options))


def ia3_case(name, options):
    family = name.split("-")[0]
    folder = folder_of(name)
    model = draw(ia3_model(family, options), seed=13, wanted=lambda parameter: "ia3_l" in parameter, around=1.0)
    draw(model, seed=14, wanted=lambda parameter: "ia3_l" not in parameter)
    model.save_pretrained(folder)
    (folder / "README.md").unlink()
    finish(folder, family, model, plain_logits(family), "adapter_config.json", "base_model_name_or_path")


def curves():
    """Twenty steps on bert, from weights that are written beside them."""
    folder = OUT / "bert"
    tokenizer, texts = texts_of("bert")
    rows = json.loads((folder / "curve_full.json").read_text())["rows"]

    make = lambda: draw(flexible("bert", SHAPES["pfeiffer"]), seed=15)
    write_tensors(folder / "curve_pfeiffer_init.safetensors",
                  {name: p for name, p in make().named_parameters() if p.requires_grad})
    result, trained = curve(make, tokenizer, rows, texts, 1e-3)
    count = sum(p.numel() for p in trained.parameters() if p.requires_grad)
    write_json(folder / "curve_pfeiffer.json", {"trainable_parameters": count, "labels": LABELS,
                                                "learning_rate": 1e-3} | CURVE | {"rows": rows} | result)

    make = lambda: draw(ia3_model("bert", {}), seed=16, wanted=lambda name: "ia3_l" in name, around=1.0)
    write_tensors(folder / "curve_ia3_init.safetensors", get_peft_model_state_dict(make()))
    result, trained = curve(make, tokenizer, rows, texts, 5e-3)
    count = sum(p.numel() for p in trained.parameters() if p.requires_grad)
    write_json(folder / "curve_ia3.json", {"trainable_parameters": count, "labels": LABELS,
                                           "learning_rate": 5e-3} | CURVE | {"rows": rows} | result)


def main():
    torch.set_num_threads(1)
    transformers.utils.logging.set_verbosity_error()
    for family in ("bert", "roberta", "distilbert"):
        for shape, config in SHAPES.items():
            hub_case(f"{family}-adapter-{shape}", family, config, HEAD.get(f"{family}-{shape}", "tanh"))
        static_case(family)
    for name, config in OTHER.items():
        hub_case(name, "bert", config, "tanh")
    average_case()
    for name, options in IA3.items():
        ia3_case(name, options)
    curves()


if __name__ == "__main__":
    main()

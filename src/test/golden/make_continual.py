#!/usr/bin/env python3
"""Writes what Avalanche makes of a tiny BERT that learns three tasks one after another.

usage: make_continual.py [OUT]        (default: src/test/resources/golden)

To be run after make_golden.py, whose model it reads, with its packages and `pip install --no-deps avalanche-lib==0.6.0 dill`:
what Avalanche imports for its data sets and loggers is stood in for here. Its EWC plugin is driven by hand, with one row in
a batch where it estimates the Fisher information; its distillation loss (LwF) is called as it is.
"""
import importlib.abc
import importlib.machinery
import sys
import types

import torch
import transformers
from safetensors.torch import save_file
from transformers import AutoModel, get_linear_schedule_with_warmup

from make_golden import CURVE, OUT, decayed, encode, padded, tokenizer_of, without_dropout, write_json
from sentences import ROWS

ABSENT = ("torchvision", "pytorchcv", "GPUtil", "wandb", "matplotlib", "setproctitle", "psutil", "pycocotools",
          "lvis", "seaborn", "quadprog", "torchmetrics", "gdown", "higher", "gym", "PIL", "cv2", "tensorboard", "tqdm",
          "typing_extensions", "sklearn", "pandas", "clearml", "mlflow", "swanlab", "qpsolvers", "timm", "torchaudio")


class Nothing(type):
    """An empty class, which has whatever is taken from it."""

    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Nothing(name, (), {"__init__": lambda self, *_, **__: None})


class Absent(types.ModuleType):
    """A package that is not installed."""
    __path__ = []
    __getattr__ = Nothing.__getattr__


class Absence(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Asked last: for what no other finder has."""

    def find_spec(self, name, path=None, target=None):
        return importlib.machinery.ModuleSpec(name, self, is_package=True) if name.split(".")[0] in ABSENT else None

    def create_module(self, spec):
        return Absent(spec.name)

    def exec_module(self, module):
        pass


sys.meta_path.append(Absence())
sys.modules["torch.utils.tensorboard"] = Absent("torch.utils.tensorboard")  # it asks for tensorboard's version
from avalanche.training.plugins.ewc import EWCPlugin  # noqa: E402
from avalanche.training.regularization import LearningWithoutForgetting  # noqa: E402

LABELS = {"first": ["food", "travel", "weather"], "second": ["even", "odd"], "third": ["other", "third"]}
ANSWERS = {
    "first": [LABELS["first"].index(label) for _, label in ROWS],
    "second": [i % 2 for i in range(len(ROWS))],
    "third": [int(i % 3 == 0) for i in range(len(ROWS))],
}
EPOCHS = 2
LEARNING_RATE = 1e-3
LAMBDA = 2.0
DECAY = 0.9


class Model(torch.nn.Module):
    """The encoder with a head for each task; rows come by number."""

    def __init__(self, tokenizer):
        super().__init__()
        self.bert = AutoModel.from_pretrained(OUT / "bert")
        generator = torch.Generator().manual_seed(7)
        self.heads = torch.nn.ModuleDict()
        for task, labels in LABELS.items():
            head = torch.nn.Linear(self.bert.config.hidden_size, len(labels))
            with torch.no_grad():
                head.weight.copy_(torch.randn(head.weight.shape, generator=generator) * 0.2)
                head.bias.zero_()
            self.heads[task] = torch.nn.ModuleDict({"classifier": head})
        self.tokenizer = tokenizer
        self.rows = [encode(tokenizer, text, None, CURVE["max_length"]) for text, _ in ROWS]
        self.task = "first"
        without_dropout(self)

    def forward(self, numbers):
        states = self.bert(**padded(self.tokenizer, [self.rows[i] for i in numbers.tolist()])).pooler_output
        return self.heads[self.task]["classifier"](states)


def learn(model, task, plugin, strategy):
    """An epoch's last batches are whole: 40 rows in batches of 8."""
    model.task = task
    size = CURVE["batch_size"]
    steps = EPOCHS * len(ROWS) // size
    decays = decayed(model)
    optimizer = torch.optim.AdamW(
        [{"params": [p for n, p in model.named_parameters() if n in decays], "weight_decay": CURVE["weight_decay"]},
         {"params": [p for n, p in model.named_parameters() if n not in decays], "weight_decay": 0.0}],
        lr=LEARNING_RATE, betas=(CURVE["beta1"], CURVE["beta2"]), eps=CURVE["epsilon"])
    schedule = get_linear_schedule_with_warmup(optimizer, 1, steps)
    strategy.optimizer = optimizer
    losses = []
    for step in range(steps):
        rows = torch.arange(len(ROWS))[step * size % len(ROWS):][:size]
        optimizer.zero_grad()
        strategy.loss = torch.nn.functional.cross_entropy(model(rows), torch.tensor(ANSWERS[task])[rows])
        losses.append(strategy.loss.item())
        plugin.before_backward(strategy)
        strategy.loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), CURVE["max_grad_norm"])
        optimizer.step()
        schedule.step()
    strategy.experience.dataset = [(i, ANSWERS[task][i], 0) for i in range(len(ROWS))]
    plugin.after_training_exp(strategy)
    without_dropout(model)
    return losses


def ewc(tokenizer, mode, folder):
    model = Model(tokenizer)
    if mode == "separate":
        save_file({n: p.detach().clone() for n, p in model.named_parameters() if n.startswith("heads")},
                  folder / "heads.safetensors", metadata={"format": "pt"})
    plugin = EWCPlugin(LAMBDA, mode, DECAY if mode == "online" else None)
    strategy = types.SimpleNamespace(
        clock=types.SimpleNamespace(train_exp_counter=0), model=model, device="cpu", train_mb_size=1,
        _criterion=torch.nn.functional.cross_entropy, experience=types.SimpleNamespace(dataset=None))
    result = {"losses": {}, "fisher_norms": {}, "logits": {}}
    for number, task in enumerate(LABELS):
        strategy.clock.train_exp_counter = number
        result["losses"][task] = learn(model, task, plugin, strategy)
        result["fisher_norms"][task] = {
            name: sum(plugin.importances[t][name].data for t in (range(number + 1) if mode == "separate" else [number]))
            .norm().item() for name, _ in model.named_parameters() if name.startswith("bert.")}
    for task in LABELS:
        model.task = task
        with torch.no_grad():
            result["logits"][task] = model(torch.arange(len(ROWS))).tolist()
    return result


def distillation():
    generator = torch.Generator().manual_seed(3)
    now = torch.randn(5, 4, generator=generator).requires_grad_()
    before = torch.randn(5, 4, generator=generator)
    mean = LearningWithoutForgetting(1, 2)._distillation_loss(now, before, range(4))
    mean.backward()
    # batchmean: ours is the sum over the rows.
    return {"now": now.tolist(), "before": before.tolist(), "temperature": 2, "sum": mean.item() * 5,
            "gradient": (now.grad * 5).tolist()}


def main():
    torch.set_num_threads(1)
    transformers.utils.logging.set_verbosity_error()
    folder = OUT / "bert-continual"
    folder.mkdir(exist_ok=True)
    for task, labels in LABELS.items():
        lines = [f"{text}\t{labels[answer]}\n" for (text, _), answer in zip(ROWS, ANSWERS[task])]
        (folder / f"{task}.tsv").write_text("text\tlabel\n" + "".join(lines), encoding="utf-8")
    tokenizer = tokenizer_of("bert")
    write_json(folder / "continual.json", {
        "labels": LABELS, "epochs": EPOCHS, "learning_rate": LEARNING_RATE, "lambda": LAMBDA, "decay": DECAY,
        "separate": ewc(tokenizer, "separate", folder), "online": ewc(tokenizer, "online", folder),
        "distillation": distillation()})
    print(folder.name, sum(path.stat().st_size for path in folder.iterdir()), "bytes")


if __name__ == "__main__":
    main()

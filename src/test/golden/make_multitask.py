#!/usr/bin/env python3
"""Writes what plain PyTorch makes of two tasks on the tiny BERT, and worked examples of the formulas.

usage: make_multitask.py [OUT]        (default: src/test/resources/golden)

To be run after make_golden.py, whose model it reads; for the packages see there. The tasks: `topic`, the 40 rows of
`bert/curve.tsv` by three labels, and `gap`, 24 pairs of its texts by a number. Twenty steps each, dropout off, rows in
file order. The formulas are written down here from the papers, with autograd wherever it can do the work.
"""
import numpy
import torch
import transformers
from transformers import AutoModel, get_linear_schedule_with_warmup

from make_golden import (CURVE, CURVE_TOLERANCE, LABELS, OUT, encode, final_norms, padded, tokenizer_of,
                         without_dropout, write_json, write_tensors)
from sentences import ROWS

FOLDER = OUT / "bert-multitask"
TASKS = ["topic", "gap"]
LEARNING_RATE = 5e-4
WEIGHTS_LEARNING_RATE = 0.025
STATIC = {"topic": 1.0, "gap": 0.3}
ALPHA = 1.5
TEMPERATURE = 2.0
STEPS = CURVE["steps"]

# ---- data ------------------------------------------------------------------------------------------------------------


def pairs():
    """Texts, and how many words more the first one has, in fives."""
    rows = []
    for i in range(24):
        first, second = ROWS[i][0], ROWS[(7 * i + 3) % len(ROWS)][0]
        rows.append((first, second, round((len(first.split()) - len(second.split())) / 5, 1)))
    return rows


def data(tokenizer):
    topic = [(encode(tokenizer, text, None, CURVE["max_length"]), LABELS.index(label)) for text, label in ROWS]
    gap = [(encode(tokenizer, first, second, CURVE["max_length"]), number) for first, second, number in pairs()]
    return [topic, gap]


def turn(rows, size, number):
    """The rows of a task's turn: on and on through its file."""
    first = number * size % len(rows)
    return rows[first:first + size]


def alone(data, order):
    """Eight rows of one task in each step, the tasks in this order, again and again."""
    seen = [0, 0]
    for step in range(STEPS):
        task = order[step % len(order)]
        yield {task: turn(data[task], 8, seen[task])}
        seen[task] += 1


def together(data):
    """Sixteen rows in each step, ten and six: as many as the tasks have rows."""
    for step in range(STEPS):
        yield {0: turn(data[0], 10, step), 1: turn(data[1], 6, step)}


# ---- model -----------------------------------------------------------------------------------------------------------

class Model(torch.nn.Module):
    def __init__(self, heads):
        super().__init__()
        self.bert = without_dropout(AutoModel.from_pretrained(OUT / "bert", attn_implementation="eager"))
        self.heads = torch.nn.ModuleDict()
        for task, outputs in zip(TASKS, (len(LABELS), 1)):
            classifier = torch.nn.Linear(self.bert.config.hidden_size, outputs)
            self.heads[task] = torch.nn.ModuleDict({"classifier": classifier})
        self.load_state_dict(heads, strict=False)

    def loss(self, tokenizer, task, rows):
        pooled = self.bert(**padded(tokenizer, [row for row, _ in rows])).pooler_output
        logits = self.heads[TASKS[task]]["classifier"](pooled)
        labels = torch.tensor([label for _, label in rows])
        if task == 0:
            return torch.nn.functional.cross_entropy(logits, labels)
        return torch.nn.functional.mse_loss(logits.squeeze(1), labels.to(logits.dtype))


def first_heads():
    random = numpy.random.default_rng(11)
    heads = {}
    for task, outputs in zip(TASKS, (len(LABELS), 1)):
        heads[f"heads.{task}.classifier.weight"] = torch.tensor(random.normal(0, 0.2, (outputs, 32)), dtype=torch.float32)
        heads[f"heads.{task}.classifier.bias"] = torch.tensor(random.normal(0, 0.1, outputs), dtype=torch.float32)
    return heads


# ---- formulas --------------------------------------------------------------------------------------------------------

def uncertain(loss, s, regression):
    """Kendall 2018, equations 7 and 10, with s = log σ²: 1/(2σ²) L + log σ, or 1/σ² L + log σ."""
    return (0.5 if regression else 1.0) * torch.exp(-s) * loss + 0.5 * s


def averaged(last, before, temperature):
    """Liu 2019, equation 7."""
    ratio = torch.tensor(last, dtype=torch.float64) / torch.tensor(before, dtype=torch.float64)
    return (len(last) * torch.softmax(ratio / temperature, 0)).tolist()


class GradNorm:
    """Chen 2018, algorithm 1."""

    def __init__(self, tasks, alpha, dtype):
        self.weights = torch.ones(tasks, dtype=dtype, requires_grad=True)
        self.optimizer = torch.optim.Adam([self.weights], lr=WEIGHTS_LEARNING_RATE)
        self.alpha = alpha
        self.initial = None

    def update(self, losses, shared):
        """From the tasks' losses, which have gradients by the shared parameters."""
        norms = []
        for weight, loss in zip(self.weights, losses):
            gradients = torch.autograd.grad(weight * loss, shared, create_graph=True)
            norms.append(torch.cat([gradient.flatten() for gradient in gradients]).norm())
        norms = torch.stack(norms)
        values = torch.stack([loss.detach() for loss in losses])
        self.initial = values if self.initial is None else self.initial
        rates = values / self.initial
        rates = rates / rates.mean()
        targets = (norms.mean() * rates ** self.alpha).detach()
        self.optimizer.zero_grad()
        self.weights.grad = torch.autograd.grad((norms - targets).abs().sum(), self.weights)[0]
        self.optimizer.step()
        with torch.no_grad():
            self.weights.clamp_(min=1e-3)
            self.weights.mul_(len(self.weights) / self.weights.sum())
        return norms.detach().tolist()


def projected(gradients, orders):
    """Yu 2020, algorithm 1: the sum of the projected gradients."""
    result = torch.zeros_like(gradients[0])
    for i, own in enumerate(gradients):
        own = own.clone()
        for j in orders[i]:
            product = own @ gradients[j]
            if product < 0:
                own -= product / (gradients[j] @ gradients[j]) * gradients[j]
        result += own
    return result


# ---- training --------------------------------------------------------------------------------------------------------

def train(variant, tokenizer, rows, dtype):
    model = Model(first_heads()).to(dtype)
    s = {task: torch.nn.Parameter(torch.zeros((), dtype=dtype)) for task in TASKS}
    named = list(model.named_parameters())
    spared = [p for name, p in named if "bias" in name or "LayerNorm" in name]
    spared_ids = {id(p) for p in spared}
    groups = [{"params": [p for _, p in named if id(p) not in spared_ids], "weight_decay": CURVE["weight_decay"]},
              {"params": spared, "weight_decay": 0.0}]
    if variant == "uncertainty":
        groups.append({"params": list(s.values()), "weight_decay": 0.0, "lr": WEIGHTS_LEARNING_RATE})
    optimizer = torch.optim.AdamW(groups, lr=LEARNING_RATE, betas=(CURVE["beta1"], CURVE["beta2"]), eps=CURVE["epsilon"])
    schedule = get_linear_schedule_with_warmup(optimizer, CURVE["warmup_steps"], STEPS)
    trained = [p for group in groups for p in group["params"]]
    encoder = [p for name, p in named if name.startswith("bert.")]
    last_layer = [p for name, p in named if name.startswith("bert.encoder.layer.1.")]
    gradnorm = GradNorm(2, ALPHA, dtype)
    weights = [STATIC[task] for task in TASKS] if variant == "static" else [1.0, 1.0]
    steps = {"static": alone(rows, [0, 1, 0, 0, 1, 0, 1, 0]), "dwa": alone(rows, [0, 1])}.get(variant, together(rows))
    epoch, epochs = [[], []], []
    losses, told, conflicts = [], [], 0
    for step, parts in enumerate(steps):
        if variant == "dwa" and step % 8 == 0 and step > 0:
            epochs.append([sum(values) / len(values) for values in epoch])
            epoch = [[], []]
            if len(epochs) > 1:
                weights = averaged(epochs[-1], epochs[-2], TEMPERATURE)
        found = {task: model.loss(tokenizer, task, part) for task, part in parts.items()}
        for task, loss in found.items():
            epoch[task].append(loss.item())
        if variant == "uncertainty":
            total = sum(uncertain(loss, s[TASKS[task]], task == 1) for task, loss in found.items())
        elif variant == "gradnorm":
            total = sum(w.item() * loss for w, loss in zip(gradnorm.weights.detach(), found.values()))
        else:
            total = sum(weights[task] * loss for task, loss in found.items())
        gradients = [torch.autograd.grad(loss, encoder, retain_graph=True) for loss in found.values()]
        if variant == "gradnorm":
            gradnorm.update(list(found.values()), last_layer)
            told.append(gradnorm.weights.tolist())
        optimizer.zero_grad()
        total.backward()
        if variant == "pcgrad":
            flat = [torch.cat([g.flatten() for g in each]) for each in gradients]
            conflicts += (flat[0] @ flat[1] < 0).item()
            whole = projected(flat, [[1], [0]])
            for p, part in zip(encoder, whole.split([p.numel() for p in encoder])):
                p.grad = part.view_as(p)
        torch.nn.utils.clip_grad_norm_(trained, CURVE["max_grad_norm"])
        optimizer.step()
        schedule.step()
        losses.append(total.item())
    if variant == "uncertainty":
        told = [[torch.exp(-s["topic"]).item(), 0.5 * torch.exp(-s["gap"]).item()]]
    elif variant == "dwa":
        told = [weights]
    return {"losses": losses, "weights": told, "conflicts": conflicts, "final_norms": final_norms(model)}


def curve(variant, tokenizer, rows):
    result = train(variant, tokenizer, rows, torch.float32)
    precise = train(variant, tokenizer, rows, torch.float64)
    apart = max(abs(a - b) / abs(b) for a, b in zip(result["losses"], precise["losses"]))
    assert apart < CURVE_TOLERANCE / 10, f"losses of fp32 and fp64 are {apart:.1e} apart"
    assert result["conflicts"] == precise["conflicts"]
    result["final_norms"] = {name: norm for name, norm in result["final_norms"].items()
                             if abs(norm - precise["final_norms"][name]) < 2e-6 * norm}
    assert len(result["final_norms"]) > 30, len(result["final_norms"])
    write_json(FOLDER / f"curve_{variant}.json", {"learning_rate": LEARNING_RATE, "steps": STEPS} | result)
    print(variant, f"{apart:.1e} between fp32 and fp64;", "conflicts", result["conflicts"], "weights", result["weights"][-1:])


# ---- worked examples -------------------------------------------------------------------------------------------------

def formulas():
    random = numpy.random.default_rng(12)
    gradients = torch.tensor(random.normal(0, 1, (3, 6)))
    gradients[2] -= gradients[0]
    orders = [[[1, 2], [0, 2], [0, 1]], [[2, 1], [2, 0], [1, 0]]]
    pcgrad = {"gradients": gradients.tolist(),
              "cases": [{"orders": order, "sum": projected(list(gradients), order).tolist()} for order in orders]}
    last, before = [0.42, 1.3, 0.09], [0.51, 1.31, 0.2]
    dwa = {"last": last, "before": before,
           "cases": [{"temperature": t, "weights": averaged(last, before, t)} for t in (0.5, 2.0)]}
    shared = torch.tensor(random.normal(0, 1, 4), requires_grad=True)
    goals = torch.tensor(random.normal(0, 1, (3, 4)))
    gradnorm = GradNorm(3, ALPHA, torch.float64)
    steps = []
    for _ in range(60):
        losses = [scale * ((shared - goal) ** 2).sum() for scale, goal in zip((1.0, 5.0, 0.2), goals)]
        total = sum(w * loss for w, loss in zip(gradnorm.weights.detach(), losses))
        gradient = torch.autograd.grad(total, shared, retain_graph=True)[0]
        norms = gradnorm.update(losses, [shared])
        steps.append({"losses": [loss.item() for loss in losses], "norms": norms, "weights": gradnorm.weights.tolist()})
        with torch.no_grad():
            shared -= 0.02 * gradient
    s = torch.tensor([0.3, -0.7], dtype=torch.float64, requires_grad=True)
    loss = torch.tensor([1.7, 0.6], dtype=torch.float64, requires_grad=True)
    total = uncertain(loss[0], s[0], False) + uncertain(loss[1], s[1], True)
    total.backward()
    uncertainty = {"log_variances": s.tolist(), "losses": loss.tolist(), "total": total.item(),
                   "by_log_variance": s.grad.tolist(), "by_loss": loss.grad.tolist()}
    write_json(FOLDER / "formulas.json", {"pcgrad": pcgrad, "dwa": dwa, "gradnorm": {"alpha": ALPHA, "steps": steps},
                                          "uncertainty": uncertainty})


def main():
    torch.set_num_threads(1)
    transformers.utils.logging.set_verbosity_error()
    FOLDER.mkdir(exist_ok=True)
    with open(FOLDER / "gap.tsv", "w", encoding="utf-8") as file:
        file.write("text\ttext2\tlabel\n" + "".join(f"{a}\t{b}\t{number}\n" for a, b, number in pairs()))
    write_tensors(FOLDER / "heads.safetensors", first_heads())
    formulas()
    tokenizer = tokenizer_of("bert")
    rows = data(tokenizer)
    for variant in ("static", "dwa", "uncertainty", "gradnorm", "pcgrad"):
        curve(variant, tokenizer, rows)


if __name__ == "__main__":
    main()

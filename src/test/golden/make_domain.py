#!/usr/bin/env python3
"""Writes what PyTorch makes of the losses that draw two domains together.

usage: make_domain.py [OUT]        (default: src/test/resources/golden)

To be run after make_golden.py, which clears the folder; for the packages see there. The formulas are plain PyTorch, written
from the papers; Transfer-Learning-Library 0.4 (thuml, tllib.alignment.dan, .coral, .dann and tllib.modules.kernels) was read
beside them. What differs from it stands at the case.
"""
import torch

from make_golden import OUT, write_json

ROWS, WIDTH = 6, 5
WIDTHS = [0.125, 0.25, 0.5, 1.0, 2.0]


def rounded(tensor):
    return [round(x, 9) for x in tensor.detach().double().flatten().tolist()]


def features():
    """Two samples whose means and covariances differ."""
    generator = torch.Generator().manual_seed(5)
    source = torch.randn(ROWS, WIDTH, generator=generator, dtype=torch.float64)
    mix = torch.randn(WIDTH, WIDTH, generator=generator, dtype=torch.float64) * 0.5
    target = torch.randn(ROWS, WIDTH, generator=generator, dtype=torch.float64) @ mix + 0.7
    # What is written is what is computed with.
    return [torch.tensor(rounded(x), dtype=torch.float64).view(ROWS, WIDTH).requires_grad_() for x in (source, target)]


def coral(source, target):
    """Sun and Saenko 2016, eq. 1 to 3. The library leaves out the 4 and adds the mean squared difference of the means."""
    def covariance(x):
        n = x.shape[0]
        ones = torch.ones(1, n, dtype=x.dtype)
        return (x.T @ x - (ones @ x).T @ (ones @ x) / n) / (n - 1)
    return (covariance(source) - covariance(target)).pow(2).sum() / (4 * WIDTH ** 2)


def mmd(source, target):
    """Long et al. 2015, eq. 2, with the library's weights of pairs: none of a row with itself, and its constant."""
    both = torch.cat([source, target])
    n = len(source)
    loss = torch.zeros((), dtype=both.dtype)
    squared = torch.stack([torch.stack([(a - b).pow(2).sum() for b in both]) for a in both])
    sigma = squared.detach().mean()
    for width in WIDTHS:
        for i in range(2 * n):
            for j in range(2 * n):
                kernel = torch.exp(-squared[i, j] / (2 * width * sigma))
                if (i < n) != (j < n):
                    loss = loss - kernel / n ** 2
                elif i != j:
                    loss = loss + kernel / (n * (n - 1))
    return loss + 2 / (n - 1)


def case(loss):
    source, target = features()
    value = loss(source, target)
    value.backward()
    return {"value": value.item(), "source_gradient": rounded(source.grad), "target_gradient": rounded(target.grad)}


class Reversal(torch.autograd.Function):
    """Ganin et al. 2016, section 4.2: the identity forward, minus lambda backward."""

    @staticmethod
    def forward(context, x, scale):
        context.scale = scale
        return x.view_as(x)

    @staticmethod
    def backward(context, gradient):
        return -context.scale * gradient, None


def reversal(scale):
    """The gradient of a cubic function of reversed features."""
    source, _ = features()
    loss = Reversal.apply(source, scale).pow(3).sum()
    loss.backward()
    return {"scale": scale, "value": loss.item(), "gradient": rounded(source.grad)}


def main():
    torch.set_num_threads(1)
    source, target = features()
    folder = OUT / "domain"
    folder.mkdir(exist_ok=True)
    write_json(folder / "losses.json", {
        "rows": ROWS, "width": WIDTH, "widths": WIDTHS, "source": rounded(source), "target": rounded(target),
        "coral": case(coral), "mmd": case(mmd), "reversal": [reversal(scale) for scale in (0.0, 0.3, 1.0)]})
    print((folder / "losses.json").stat().st_size, "bytes")


if __name__ == "__main__":
    main()

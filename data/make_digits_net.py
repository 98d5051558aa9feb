"""Train digits_net.pt, the small network that chapter 12 takes for “a network that others trained”; no network needed.

Its body learns a task that is harder than its use: to tell apart the digits 0 to 4, each in eight positions (turned and
mirrored) and shifted about, forty classes in all. That makes features which serve for other digits too. A head for the
five upright digits is then trained on the finished body. 180 images are never trained on; the file names them.
"""

from __future__ import annotations

import argparse
import io
import sys

import torch
from shipping import run
from torch import Tensor, nn
from torch.nn import functional as F

from course_utils.data import NET_CLASSES, build_digits_net, load_digits

HELD_OUT, TURNS = 180, 8
BODY_EPOCHS, HEAD_EPOCHS, BATCH = 120, 20, 64


def make(_: argparse.Namespace) -> bytes:
    """The bytes of digits_net.pt."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # a sum split over threads may round otherwise
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(12)
            return _train()
    finally:
        torch.set_num_threads(threads)


def _train() -> bytes:
    images, labels = load_digits()
    rows = (labels < NET_CLASSES).nonzero()[:, 0]
    rows = rows[torch.randperm(len(rows))]
    held_out, rows = rows[:HELD_OUT].sort().values, rows[HELD_OUT:]
    x, y = (images / 16).unsqueeze(1), labels

    net = build_digits_net(NET_CLASSES * TURNS)
    net.train()
    _fit(net, x[rows], y[rows], BODY_EPOCHS, net.parameters(), _turned)
    net.head = nn.Linear(net.head.in_features, NET_CLASSES)
    net.features.eval()  # the body is finished: its BatchNorm only reads its averages from here on
    _fit(net, x[rows], y[rows], HEAD_EPOCHS, net.head.parameters(), lambda batch, labels: (batch, labels))

    net.eval()
    with torch.no_grad():
        right = (net(x[held_out]).argmax(1) == y[held_out]).float().mean().item()
    about = {
        "title": "A small convolutional network for the handwritten digits 0 to 4, 8x8",
        "source": "trained by this project on digits.h5, with data/make_digits_net.py",
        "licence": "MIT, as the course; trained on digits.h5 (CC BY 4.0, E. Alpaydin, C. Kaynak 1998)",
        "input": "float32 (n, 1, 8, 8), ink from 0 to 1",
        "classes": list(range(NET_CLASSES)),
        "held_out_accuracy": round(right, 4),
        "held_out": held_out,
        "weights": dict(net.state_dict()),
    }
    buffer = io.BytesIO()
    torch.save(about, buffer)
    return buffer.getvalue()


def _fit(net: nn.Module, x: Tensor, y: Tensor, epochs: int, parameters, vary) -> None:
    optimizer = torch.optim.AdamW(parameters, lr=4e-3, weight_decay=0.05)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    for _ in range(epochs):
        for rows in torch.randperm(len(x)).split(BATCH):
            batch, labels = vary(x[rows], y[rows])
            optimizer.zero_grad()
            F.cross_entropy(net(batch), labels).backward()
            optimizer.step()
        scheduler.step()


def _turned(batch: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Each image shifted by up to one pixel, and in one of eight positions, which its label tells too."""
    n = len(batch)
    padded = F.pad(batch, (1, 1, 1, 1))
    downs, rights = torch.randint(0, 3, (2, n)).tolist()
    shifted = torch.stack(
        [padded[i, :, d : d + 8, r : r + 8] for i, (d, r) in enumerate(zip(downs, rights, strict=True))]
    )
    turn = torch.randint(0, TURNS, (n,))
    varied = torch.empty_like(batch)
    for t in range(TURNS):
        chosen = torch.rot90(shifted[turn == t], t % 4, (2, 3))
        varied[turn == t] = chosen.flip(3) if t >= 4 else chosen
    return varied, labels + NET_CLASSES * turn


if __name__ == "__main__":
    sys.exit(run("digits_net.pt", argparse.ArgumentParser(description=__doc__), make))

"""Writes tensors.json: differences of two tensors by numpy.

Run in a venv with numpy: python make_tensors.py > tensors.json
Values are float64 written in full, so both sides compute with the same numbers; NaN and infinities are words.
"""
import json
import sys

import numpy as np

rng = np.random.default_rng(6)


def case(name, base, candidate, atol, rtol):
    a, b = np.asarray(base, np.float64), np.asarray(candidate, np.float64)
    finite = np.isfinite(a) & np.isfinite(b)
    x, y = a[finite], b[finite]
    error = np.abs(y - x)
    some = x != 0
    with np.errstate(all="ignore"):
        close = np.isclose(b, a, rtol=rtol, atol=atol)
    signal, noise = float(np.sum(x * x)), float(np.sum(error * error))
    norms = float(np.linalg.norm(x) * np.linalg.norm(y))
    torn = ~finite & ~(a == b)
    wanted = {
        "count": int(a.size),
        "compared": int(finite.sum()),
        "baseZeros": int((~some).sum()),
        "beyond": int((~close).sum()),
        "nan": {"base": int(np.isnan(a).sum()), "candidate": int(np.isnan(b).sum())},
        "infinite": {"base": int(np.isinf(a).sum()), "candidate": int(np.isinf(b).sum())},
    }
    if x.size:
        wanted.update(maxAbs=float(error.max()), meanAbs=float(error.mean()))
        with np.errstate(all="ignore"):
            full = np.where(finite, np.abs(b - a), -1)
        at = np.unravel_index(np.argmax(torn if torn.any() else full), a.shape)
        wanted["worst"] = [int(i) for i in at]
    if some.any():
        relative = error[some] / np.abs(x[some])
        wanted.update(maxRel=float(relative.max()), meanRel=float(relative.mean()))
    if norms > 0:
        wanted["cosine"] = float(np.dot(x, y) / norms)
    if signal > 0 and noise > 0:
        wanted["snrDb"] = float(10 * np.log10(signal / noise))
    if signal > 0:
        wanted["drift"] = float(np.sqrt(noise / signal))
    if a.ndim in (2, 3) and a.shape[-1] > 1 and a.size:
        rows_a, rows_b = a.reshape(-1, a.shape[-1]), b.reshape(-1, a.shape[-1])
        good = ~(np.isnan(rows_a).any(1) | np.isnan(rows_b).any(1))
        wanted["top1"] = float(((rows_a.argmax(1) == rows_b.argmax(1)) & good).mean())
        if a.shape[-1] > 5:
            top = lambda r: [set(np.argsort(-row, kind="stable")[:5].tolist()) for row in r]
            wanted["top5"] = float(np.mean([len(p & q) / 5 if ok else 0.0 for p, q, ok in zip(top(rows_a), top(rows_b), good)]))
    word = lambda v: v if np.isfinite(v) else ("NaN" if np.isnan(v) else ("Infinity" if v > 0 else "-Infinity"))
    return {
        "name": name,
        "shape": list(a.shape),
        "base": [word(v) for v in a.ravel().tolist()],
        "candidate": [word(v) for v in b.ravel().tolist()],
        "atol": atol,
        "rtol": rtol,
        "wanted": wanted,
    }


scores = rng.normal(size=(4, 12))
maps = rng.normal(size=(1, 3, 4, 5))
ties = np.round(rng.normal(size=(3, 2, 7)))
odd = rng.normal(size=(2, 6))
torn = odd.copy()
odd[0, 1], torn[0, 1] = np.inf, np.inf
odd[1, 0], torn[1, 0] = np.inf, -np.inf
torn[1, 4] = np.nan
sparse = rng.normal(size=20) * (rng.random(20) > 0.4)
json.dump(
    {
        "made_with": f"numpy {np.__version__}",
        "cases": [
            case("scores rounded to half precision", scores, scores.astype(np.float16), 1e-4, 1e-3),
            case("scores with noise that changes their order", scores, scores + rng.normal(scale=0.4, size=scores.shape), 0.1, 0.1),
            case("a feature map, one value wrong", maps, maps + 5.0 * (np.arange(60).reshape(maps.shape) == 37), 1e-5, 1e-5),
            case("ties, three dimensions", ties, ties + (rng.random(ties.shape) > 0.8), 0.5, 0.0),
            case("a vector with zeros in the base", sparse, sparse + 1e-3, 1e-3, 0.0),
            case("NaN and infinities", odd, torn, 1e-6, 1e-6),
            case("equal", scores, scores, 0.0, 0.0),
            case("a zero base", np.zeros(5), np.full(5, 0.5), 1.0, 0.0),
            case("a scalar", np.float64(2.0), np.float64(2.5), 0.0, 0.2),
            case("opposite", scores, -scores, 0.0, 1.0),
        ],
    },
    sys.stdout,
    indent=1,
)
print()

"""Writes latencies.json: figures of the stats room by numpy and scipy, and SplitMix64/xoshiro128++ by big integers.

Run in a venv with numpy and scipy: python make.py > latencies.json
The series are written by formula in both languages (series() here and in stats tests), so no data is stored.
"""
import json, math, sys
import numpy as np
from scipy import stats

def series(name, n):
    i = np.arange(n, dtype=np.float64)
    if name == 'ramp': return 1 + i / n
    if name == 'saw': return 2 + ((i * 7919) % n) / n                  # a permutation when gcd(7919, n) = 1
    if name == 'heavy': return 1 / (1 - ((i * 7919) % n + 0.5) / n) ** 0.5   # Pareto, alpha 2, by its quantile function
    if name == 'same': return np.full(n, 0.25)
    raise ValueError(name)

def bounds(n, p):
    """1-based ranks (lower, upper): two-sided 2.5 % each when both exist, else one-sided 5 %. None: no such rank."""
    q = p / 100
    k = stats.binom(n, q)
    def ranks(miss):
        lower = max((l for l in range(0, n + 1) if l == 0 or k.cdf(l - 1) <= miss), default=0)
        upper = next((u for u in range(1, n + 1) if k.sf(u - 1) <= miss), None)
        return lower, upper
    lower, upper = ranks(0.025)
    if lower == 0 or upper is None: lower, upper = ranks(0.05)
    return lower or None, upper

def xoshiro(seed, count):
    m64, m32 = (1 << 64) - 1, (1 << 32) - 1
    state = seed
    words = []
    for _ in range(2):
        state = (state + 0x9E3779B97F4A7C15) & m64
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & m64
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & m64
        words.append(z ^ (z >> 31))
    s = [words[0] & m32, words[0] >> 32, words[1] & m32, words[1] >> 32]
    rotl = lambda x, k: ((x << k) | (x >> (32 - k))) & m32
    out = []
    for _ in range(count):
        out.append((rotl((s[0] + s[3]) & m32, 7) + s[0]) & m32)
        t = (s[1] << 9) & m32
        s[2] ^= s[0]; s[3] ^= s[1]; s[1] ^= s[2]; s[0] ^= s[3]; s[2] ^= t; s[3] = rotl(s[3], 11)
    return out

cases = []
for name, n in [('ramp', 1), ('ramp', 2), ('saw', 5), ('saw', 58), ('saw', 59), ('heavy', 299), ('heavy', 368), ('heavy', 1000), ('same', 40)]:
    x = series(name, n)
    case = {'series': name, 'n': n, 'mean': x.mean(), 'min': x.min(), 'max': x.max(), 'percentiles': {}}
    if n > 1: case['std'] = x.std(ddof=1)
    s = np.sort(x)
    for p in (50, 90, 95, 99):
        lower, upper = bounds(n, p)
        case['percentiles'][f'p{p}'] = {'value': float(np.percentile(x, p)), 'lower': None if lower is None else s[lower - 1], 'upper': None if upper is None else s[upper - 1]}
    cases.append(case)

json.dump({
    'made_with': f'numpy {np.__version__}, scipy {__import__("scipy").__version__}',
    'latencies': cases,
    'needed': {p: next(n for n in range(1, 500) if 1 - (int(p[1:]) / 100) ** n >= 0.95) for p in ('p50', 'p90', 'p95', 'p99')},
    'bound_ranks': [{'n': n, 'p': p, 'ranks': bounds(n, p)} for n in (1, 4, 5, 6, 28, 29, 100, 298, 299, 367, 368, 5000) for p in (50, 90, 95, 99)],
    'xoshiro128pp': {str(seed): xoshiro(seed, 6) for seed in (0, 1, 1234567, 2**53 - 1)},
    'theil_sen': [{'n': n, 'slope': float(stats.theilslopes(series('saw', n) + 0.01 * np.arange(n)).slope)} for n in (2, 3, 20, 101)],
    'lag1': [{'series': name, 'n': n, 'value': float(np.sum((series(name, n)[1:] - series(name, n).mean()) * (series(name, n)[:-1] - series(name, n).mean())) / np.sum((series(name, n) - series(name, n).mean()) ** 2))} for name, n in (('ramp', 50), ('saw', 50), ('heavy', 299))],
}, sys.stdout, indent=1)
print()

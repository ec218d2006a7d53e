"""Expected values of the metrics, by scipy, scikit-image and plain numpy.

Inputs are pure functions of a seed (SplitMix64).

apt-get install python3-numpy python3-scipy python3-skimage
python3 metrics.py > ../resources/dev/sectional/evaluation/metrics.properties
"""
import math

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.signal import convolve2d
from scipy.stats import pearsonr, spearmanr
from skimage.feature import hog
from skimage.metrics import structural_similarity

BITS = (1 << 64) - 1


def mix(z):
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & BITS
    z = (z ^ z >> 27) * 0x94D049BB133111EB & BITS
    return z ^ z >> 31


def bits(seed, i):
    return mix(seed + (i + 1) * 0x9E3779B97F4A7C15 & BITS)


def uniform(seed, i):
    return (bits(seed, i) >> 11) * 2.0 ** -53


def part(seed, i):
    return mix(bits(seed, i))


def below(seed, i, bound):
    return int(uniform(seed, i) * bound)


def noise(seed, *shape):
    return np.array([2 * uniform(seed, i) - 1 for i in range(math.prod(shape))]).reshape(shape)


def maps(seed, h, w):
    """Two maps that are partly alike; the second has many equal values."""
    y, x = np.mgrid[0:h, 0:w]
    a = (np.sin(x / 7.0) * np.cos(y / 5.0) + 0.5 * noise(seed, h, w)).astype(np.float32)
    b = (0.6 * a.astype(np.float64) + 0.7 * noise(seed + 1, h, w)).astype(np.float32)
    return a, (np.floor(b.astype(np.float64) * 8) / 8).astype(np.float32)


def similarity(name, seed, h, w):
    a, b = (m.astype(np.float64) / np.abs(m).max() for m in maps(seed, h, w))
    cell = min(16, min(h, w) // 3)
    describe = lambda m: hog(m, pixels_per_cell=(cell, cell))
    yield f"{name}.ssim", structural_similarity((a + 1) / 2, (b + 1) / 2, gaussian_weights=True, sigma=1.5,
                                                   use_sample_covariance=False, data_range=1)
    yield f"{name}.spearman", spearmanr(a.ravel(), b.ravel())[0]
    yield f"{name}.spearman-abs", spearmanr(np.abs(a).ravel(), np.abs(b).ravel())[0]
    yield f"{name}.hog", pearsonr(describe(a), describe(b))[0]
    yield f"{name}.pearson", pearsonr(a.ravel(), b.ravel())[0]


def image(seed, h, w):
    return noise(seed, 3, h, w).astype(np.float32)


def score(x, weights):
    x = x.astype(np.float64)
    return 1 / (1 + math.exp(-(np.sum(weights * x) + 0.3 * np.sum(weights * x * x)) / 10))


def rise_blur(x):
    impulse = np.zeros((11, 11))
    impulse[5, 5] = 1
    kernel = gaussian_filter(impulse, 5)
    return np.stack([convolve2d(c.astype(np.float64), kernel, mode="same") for c in x]).astype(np.float32)


def replace(start, finish, groups, ends, f):
    """As the loop in RISE's evaluation program: up to the next of `ends` groups at a time."""
    x, scores = start.copy(), [f(start)]
    for begin, end in zip([0] + ends[:-1], ends):
        for group in groups[begin:end]:
            for y, z in group:
                x[:, y, z] = finish[:, y, z]
        scores.append(f(x))
    return np.array(scores)


def area(s):
    return (s.sum() - s[0] / 2 - s[-1] / 2) / (len(s) - 1)


def faithfulness(name, seed, h, w):
    x, weights, m = image(seed, h, w), noise(seed + 1, 3, h, w), maps(seed + 2, h, w)[1]
    f = lambda z: score(z, weights)
    order = np.argsort(-m.astype(np.float64).ravel(), kind="stable")
    singles, ends = [[divmod(p, w)] for p in order], [(i + 1) * h * w // 32 for i in range(32)]
    yield f"{name}.deletion", area(replace(x, np.zeros_like(x), singles, ends, f))
    yield f"{name}.insertion", area(replace(rise_blur(x), x, singles, ends, f))
    side = -(-max(h, w) // 28)
    squares = [[(y, z) for y in range(t, min(t + side, h)) for z in range(l, min(l + side, w))]
               for t in range(0, h, side) for l in range(0, w, side)]
    sums = np.array([sum(float(m[p]) for p in s) for s in squares])
    ordered = [squares[i] for i in np.argsort(-sums, kind="stable")]
    for key, groups in (("morf", ordered), ("lerf", ordered[::-1])):
        step = -(-len(groups) // 32)
        s = replace(x, np.zeros_like(x), groups, [min(i + step, len(groups)) for i in range(0, len(groups), step)], f)
        yield f"{name}.{key}", np.mean(s[0] - s)
    phi = lambda z: (weights * z.astype(np.float64) ** 2).astype(np.float32)
    worst = 0
    for i in range(8):
        d = noise(part(seed + 3, i), 3, h, w) * 0.02
        worst = max(worst, np.linalg.norm(phi(x + d.astype(np.float32)).astype(np.float64) - phi(x)))
    yield f"{name}.max-sensitivity", worst / np.linalg.norm(phi(x).astype(np.float64))
    drops, heights = [], []
    for i in range(64):
        own = part(seed + 4, i)
        least = max(1, min(h, w) // 8)
        side = least + below(own, 0, max(least, min(h, w) // 2) - least + 1)
        left, top = below(own, 1, w - side + 1), below(own, 2, h - side + 1)
        z = x.copy()
        z[:, top:top + side, left:left + side] = 0
        drops.append(f(x) - f(z))
        heights.append(m[top:top + side, left:left + side].astype(np.float64).sum())
    drops, heights = np.array(drops), np.array(heights)
    scaled = heights * np.mean(drops * heights) / np.mean(heights ** 2)
    yield f"{name}.infidelity", np.mean((scaled - drops) ** 2)
    yield f"{name}.share", np.mean((scaled - drops) ** 2) / np.mean(drops ** 2)


def mass(name, seed, h, w):
    """Inside: a disc; void: a ring around it."""
    m = maps(seed, h, w)[1].astype(np.float64)
    y, x = np.mgrid[0:h, 0:w]
    d = (x - w // 3) ** 2 + (y - h // 2) ** 2
    inside, counted = d < 60, (d < 55) | (d >= 80)
    positive = np.maximum(m, 0)
    yield f"{name}.mass", positive[inside & counted].sum() / positive[counted].sum()
    first = np.argsort(-m[counted], kind="stable")[:(inside & counted).sum()]
    yield f"{name}.rank", inside[counted][first].mean()


if __name__ == "__main__":
    print("# Written by src/test/oracle/metrics.py")
    for n, (seed, h, w) in enumerate([(1, 64, 64), (2, 48, 53), (3, 33, 100), (4, 12, 21)]):
        for key, value in similarity(f"maps{n}", seed, h, w):
            print(f"{key}={value!r}")
    for n, (seed, h, w) in enumerate([(11, 32, 32), (21, 17, 30)]):
        for key, value in faithfulness(f"image{n}", seed, h, w):
            print(f"{key}={float(value)!r}")
    for n, (seed, h, w) in enumerate([(31, 30, 40), (32, 25, 25)]):
        for key, value in mass(f"mass{n}", seed, h, w):
            print(f"{key}={float(value)!r}")

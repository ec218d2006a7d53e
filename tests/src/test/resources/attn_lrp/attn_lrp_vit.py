"""Writes attn_lrp_vit.safetensors: a small vision transformer and its relevance by AttnLRP.

Relevance comes from LXT 2 (Achtibat et al. 2024), explicit functions, in float64: with its own epsilons, and with 1e-6
that has the sign of the denominator. Needs torch, safetensors and lxt: python attn_lrp_vit.py
"""
import json
import pathlib

import torch
import torch.nn.functional as F
from lxt.explicit import functional as lf
from lxt.explicit.rules import identity
from safetensors.torch import save_file

D, HEADS, T, CLASSES, PATCH = 8, 2, 7, 5, 4
weights, nodes = {}, []


def tensor(name, *shape, bound=1.0):
    weights[name] = (torch.rand(*shape) * 2 - 1) * bound
    return weights[name].double()


def node(name, kind, inputs, **settings):
    nodes.append({"name": name, "kind": kind, "inputs": inputs, "settings": settings})
    return name


def linear(name, x, below, inputs, outputs):
    w = tensor(name + ".weight", outputs, inputs, bound=(3 / inputs) ** 0.5)
    b = tensor(name + ".bias", outputs)
    node(name, "Linear", [below])
    return lf.linear_epsilon(x, w, b)


def norm(name, x, below):
    w, b = tensor(name + ".weight", D), tensor(name + ".bias", D)
    node(name, "LayerNorm", [below], axes=1, epsilon=1e-6)
    return lf.layer_norm(x, w, b, 1e-6)


def block(name, x, below):
    n = norm(name + ".norm1", x, below)
    qkv = linear(name + ".qkv", n, name + ".norm1", D, 3 * D).reshape(T, 3, HEADS, D // HEADS).permute(1, 2, 0, 3)
    node(name + ".heads", "Reshape", [name + ".qkv"], shape=[T, 3, HEADS, D // HEADS])
    node(name + ".turned", "Permute", [name + ".heads"], axes=[1, 2, 0, 3])
    for i in range(3):
        node(f"{name}.part{i}", "Gather", [name + ".turned"], axis=0, indices=[i], drop=1)
    scores = lf.matmul(qkv[0], qkv[1].transpose(1, 2))
    node(name + ".keys", "Permute", [name + ".part1"], axes=[0, 2, 1])
    node(name + ".scores", "MatMul", [name + ".part0", name + ".keys"])
    weights[name + ".scaled.value"] = torch.tensor([0.5])
    node(name + ".scaled", "MultiplyConstant", [name + ".scores"])
    attention = lf.softmax(identity(lambda s: s * 0.5, scores), dim=-1)
    node(name + ".softmax", "Softmax", [name + ".scaled"], axis=2)
    out = lf.matmul(attention, qkv[2]).permute(1, 0, 2).reshape(T, D)
    node(name + ".attention", "MatMul", [name + ".softmax", name + ".part2"])
    node(name + ".back", "Permute", [name + ".attention"], axes=[1, 0, 2])
    node(name + ".flat", "Reshape", [name + ".back"], shape=[T, D])
    x = lf.add2(linear(name + ".projection", out, name + ".flat", D, D), x)
    node(name + ".sum1", "Add", [name + ".projection", below])
    m = linear(name + ".fc1", norm(name + ".norm2", x, name + ".sum1"), name + ".norm2", D, 2 * D)
    m = identity(F.gelu, m)
    node(name + ".gelu", "GELU", [name + ".fc1"], tanh=0)
    x = lf.add2(linear(name + ".fc2", m, name + ".gelu", 2 * D, D), x)
    node(name + ".sum2", "Add", [name + ".fc2", name + ".sum1"])
    return x, name + ".sum2"


def explained():
    """Returns image, logits, target and relevance; fills weights and nodes anew."""
    weights.clear()
    nodes.clear()
    torch.manual_seed(5)
    weights["example.image"] = torch.rand(3, 8, 12) * 2 - 1
    image = weights["example.image"].double().requires_grad_()
    patches = F.unfold(image[None], PATCH, stride=PATCH)[0].T
    kernel = tensor("patches.weight", D, 3, PATCH, PATCH, bound=0.4)
    node("patches", "Conv2d", ["image"], stride=[PATCH, PATCH], padding=[0, 0, 0, 0], dilation=[1, 1], groups=1)
    node("tokens", "Reshape", ["patches"], shape=[T - 1, D])
    x = lf.linear_epsilon(patches, kernel.reshape(D, -1))
    node("class", "Constant", ["image"])
    node("joined", "Concat", ["class", "tokens"], axis=0)
    node("position", "AddConstant", ["joined"])
    x = lf.add2(torch.cat([tensor("class.value", 1, D), x]), tensor("position.value", T, D))
    x, last = block("block0", x, "position")
    x, last = block("block1", x, last)
    x = norm("norm", x, last)
    node("one", "Gather", ["norm"], axis=0, indices=[0], drop=1)
    logits = linear("head", x[0:1], "one", D, CLASSES)[0]
    target = int(logits.argmax())
    relevance, = torch.autograd.grad(logits[target], image, logits[target].detach())
    return weights["example.image"], logits.detach(), target, relevance.detach()


def signed(z, epsilon=1e-6, inplace=False):
    return z + torch.where(z < 0, -1e-6, 1e-6)


image, logits, target, relevance = explained()
lf._stabilize = signed
with_sign = explained()[3]
graph = json.dumps({"version": 2, "nodes": nodes})
here = pathlib.Path(__file__).parent
save_file({k: v.contiguous() for k, v in weights.items() if not k.startswith("example.")},
          here / "attn_lrp_vit.safetensors",
          {"sectional.architecture": "graph", "sectional.input": "3,8,12", "sectional.graph": graph})
save_file({"image": image, "logits": logits, "relevance": relevance, "relevance_signed_epsilon": with_sign,
           "target": torch.tensor([float(target)], dtype=torch.float64)}, here / "attn_lrp_values.safetensors")
print(target, logits.numpy(), relevance.abs().sum().item(), ((with_sign - relevance).norm() / relevance.norm()).item())

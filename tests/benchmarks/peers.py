#!/usr/bin/env python3
"""Times what users would run instead: PyTorch, zennit and pytorch-grad-cam, on networks of torchvision.

    python3 -m venv peers && peers/bin/pip install torch torchvision zennit grad-cam
    peers/bin/python tests/benchmarks/peers.py [--threads N] [--rounds N] NETWORK...

Prints one row of milliseconds for each network: the forward pass, the gradient of the top class by autograd, zennit's
composite EpsilonPlus, and Grad-CAM at the last feature map. Weights are seeded as in export.py, nothing is downloaded.
Compare the times with those of `run compare --networks` on the same machine, alternately.
"""
import argparse
import statistics
import time

import torch
import torchvision
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from zennit.attribution import Gradient
from zennit.composites import EpsilonPlus
from zennit.torchvision import ResNetCanonizer, VGGCanonizer

SIDE = 224


def last_feature_map(name, network):
    """Returns the module whose output the classifier averages or flattens."""
    return network.layer4[-1] if name.startswith(("resnet", "resnext")) else network.features


def canonizers(name):
    """Returns what zennit needs to split residual sums and to merge batch norms, for the families it knows."""
    if name.startswith("resnet"):
        return [ResNetCanonizer()]
    return [VGGCanonizer()] if name.startswith("vgg") else []


def jobs(name, network, image):
    with torch.no_grad():
        output = network(image)
    top = int(output.argmax())
    one_hot = torch.nn.functional.one_hot(torch.tensor([top]), output.shape[1]).float()

    def forward():
        with torch.no_grad():
            network(image)

    def gradient():
        x = image.clone().requires_grad_()
        network(x)[0, top].backward()

    def epsilon_plus():
        with Gradient(model=network, composite=EpsilonPlus(canonizers=canonizers(name))) as attributor:
            attributor(image.clone().requires_grad_(), one_hot)

    def grad_cam():
        with GradCAM(model=network, target_layers=[last_feature_map(name, network)]) as cam:
            cam(input_tensor=image, targets=[ClassifierOutputTarget(top)])

    return {"forward": forward, "gradient": gradient, "epsilon-plus": epsilon_plus, "Grad-CAM": grad_cam}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("networks", nargs="+", metavar="NETWORK")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    print(f"PyTorch {torch.__version__}, {options.threads} thread(s), "
          f"medians of {options.rounds} rounds, milliseconds\n")
    print("| network | forward | gradient | epsilon-plus | Grad-CAM |\n|---|---|---|---|---|")
    for name in options.networks:
        torch.manual_seed(16)
        network = torchvision.models.get_model(name, weights=None).eval()
        for module in network.modules():
            if hasattr(module, "inplace"):
                module.inplace = False   # zennit's hooks need every intermediate value
        image = torch.rand(1, 3, SIDE, SIDE) * 4 - 2
        times = {}
        work = jobs(name, network, image)
        for round_ in range(-1, options.rounds):
            for job, run in work.items():
                start = time.perf_counter()
                run()
                if round_ >= 0:
                    times.setdefault(job, []).append(1e3 * (time.perf_counter() - start))
        medians = " | ".join(f"{statistics.median(each):.0f}" for each in times.values())
        print(f"| {name} | {medians} |", flush=True)


if __name__ == "__main__":
    main()

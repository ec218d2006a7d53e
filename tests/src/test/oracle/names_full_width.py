"""Compares state dicts that are read by their names with PyTorch in float64, at full width:
    python3 names_full_width.py FOLDER CLASSPATH [NAME[:size] ...]
    (torch 2.15, torchvision 0.29, timm 1.0, safetensors 0.8)
CLASSPATH is that of onnx_full_width.py, which draws the weights. NAME is a constructor of torchvision or timm/NAME; one
of each family without arguments. Files are .pth and .safetensors in turn; timm's mobile networks, whose names do not
tell the model, are .safetensors whose metadata names it.

Prints one row of a table for each: the greatest difference of logits and gradient from float64, of the greatest value,
ours and that of PyTorch's own float32. Where our gradient is off by more than 1e-5, also how many units of ReLUs and
max poolings decide otherwise than in float64, and the difference from a float64 gradient in which they decide as ours.
"""
import os, subprocess, sys
import numpy as np
import torch
from safetensors.torch import load_file, save_file
import onnx_full_width as drawn

FAMILIES = ["alexnet", "vgg11_bn", "resnet50", "resnext50_32x4d", "squeezenet1_1", "densenet121", "mobilenet_v2",
            "mobilenet_v3_large", "mnasnet1_0", "shufflenet_v2_x1_0", "efficientnet_b0", "efficientnet_v2_s:256",
            "regnet_x_800mf", "regnet_y_800mf", "convnext_tiny", "googlenet", "inception_v3:299", "vit_b_32", "swin_t",
            "swin_v2_t:256", "maxvit_t", "timm/swinv2_tiny_window8_256:256", "timm/resnet26",
            "timm/convnext_tiny", "timm/vit_small_patch16_224",
            "timm/swin_tiny_patch4_window7_224", "timm/efficientnet_lite0", "timm/mobilenetv3_small_100",
            "timm/tf_efficientnet_b0"]
NEED_A_NAME = ("efficientnet", "mobilenet", "swinv2")


def computed(model, x, target=None):
    x = x.detach().clone().requires_grad_()
    logits = model(x)[0]
    target = int(logits.argmax()) if target is None else target
    logits[target].backward()
    return logits.detach(), target, x.grad[0]


def difference(found, expected):
    return float((found.double() - expected).abs().max() / expected.abs().max())


def main(folder, classpath, names):
    os.makedirs(folder, exist_ok=True)
    print("| network | file | logits | gradient | PyTorch's float32: logits | gradient | decide otherwise | "
          "gradient, same decisions |\n|---|---|---|---|---|---|---|---|")
    for number, name in enumerate(names or FAMILIES):
        name, _, size = name.partition(":")
        with torch.no_grad():
            model = drawn.prepare(name)
        if hasattr(model, "transform_input"):
            model.transform_input = False   # what torchvision's published weights want is done before, by mean and std
        short = name.removeprefix("timm/")
        named = name.startswith("timm/") and any(each in short for each in NEED_A_NAME)
        ending = "safetensors" if named or number % 2 else "pth"
        weights = os.path.join(folder, "weights." + ending)
        state = {key: value.contiguous() for key, value in model.state_dict().items()}
        if ending == "pth":
            torch.save(state, weights)
        else:
            save_file(state, weights, {"sectional.architecture": short} if named else None)
        side = int(size or 224)
        x = torch.randn(1, 3, side, side, generator=torch.Generator().manual_seed(2))
        single = computed(model, x)
        logits, target, gradient = computed(model.double(), x.double(), single[1])
        given, result = os.path.join(folder, "input.safetensors"), os.path.join(folder, "result.safetensors")
        save_file({"input": x[0], "target": torch.tensor([float(target)])}, given)
        run = subprocess.run(["java", "--add-modules", "jdk.incubator.vector", "-cp", classpath,
                              "dev.sectional.testing.OnnxFullWidth"], capture_output=True, text=True,
                             input="\t".join([weights, given, result, "none", "decisions"]) + "\n")
        if run.returncode or "refused" in run.stdout:
            print(f"| {name} | .{ending} | {run.stdout.strip()} {run.stderr.strip()[-300:]} |", flush=True)
            continue
        ours = load_file(result)
        figures = [difference(ours["logits"], logits), difference(ours["gradient"], gradient),
                   difference(single[0], logits), difference(single[2], gradient)]
        ties = ["", ""]
        if figures[1] > 1e-5:
            forced = drawn.Kinks([[key.split(".")[0], value] for key, value in ours.items() if "." in key])
            decided = drawn.run(model, x.double(), target, forced)[1]
            ties = [str(forced.flips), f"{difference(ours['gradient'], decided):.0e}"]
        print(f"| {name} | .{ending} | " + " | ".join([f"{each:.0e}" for each in figures] + ties) + " |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])

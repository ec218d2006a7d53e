"""Compares ONNX classifiers with PyTorch in float64 and explains gradients that are off; writes the table of families:
    python3 onnx_full_width.py FOLDER CLASSPATH [--methods all|epsilon-plus|none] [--images N] NAME ... > RESULTS
    python3 onnx_full_width.py --families          (the smallest network of each module of timm, as NAMEs)
    python3 onnx_full_width.py --table RESULTS ... (the lines of earlier runs as a table)
    (torch 2.15, torchvision 0.29, timm 1.0, safetensors 0.8, in a virtual environment)
CLASSPATH holds the compiled classes of core, nn, attribution, weights-import and tests (`OnnxFullWidth`) and protobuf.
NAME is a constructor of torchvision or timm/NAME, then, if wanted, settings and the image's size:
timm/samvit_base_patch16_224(depth=2,embed_dim=192):112. old:NAME takes the TorchScript exporter. Weights are random,
batch-norm statistics drawn.

For each network and image it prints one line of JSON:
  logits, gradient        greatest difference from float64, of the greatest value
  torch32                 the same for PyTorch's own float32, and the units that decide otherwise there
  residual                by how much epsilon-plus misses conservation in its worst layer, of the sum of absolutes
  refused                 why the file is refused; methods that refuse the network
and where the gradient is off by more than 1e-4, or with --ties:
  kinks                   units of ReLUs, clips, hard sigmoids and windows of max poolings
  flips                   units that decide otherwise here than in float64
  nearest                 of the flips here: greatest distance of the float64 value from the kink, of the layer's
                          greatest value: what rounding is to that layer
  forced                  difference of our gradient from a float64 gradient in which every unit decides as ours did
  unmatched               layers of PyTorch that no layer of ours answers: they decide by themselves"""
import argparse, ast, contextlib, json, os, subprocess, sys, warnings
import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import save_file
from safetensors.torch import load_file
from torch.overrides import TorchFunctionMode

warnings.filterwarnings("ignore")
torch.set_num_threads(1)
torch.backends.mha.set_fastpath_enabled(False)
OFF = 1e-4


def build(name):
    name, _, settings = name.partition("(")
    call = ast.parse(f"f({settings or ')'}", mode="eval").body
    settings = {key.arg: ast.literal_eval(key.value) for key in call.keywords}
    if name.startswith("timm/"):
        import timm
        return timm.create_model(name[5:], pretrained=False, **settings)
    import torchvision
    if name in ("googlenet", "inception_v3"):
        settings |= {"init_weights": False, "transform_input": True}
    return getattr(torchvision.models, name)(weights=None, **settings)


def prepare(name):
    """Builds a network with random weights; statistics, layer scales and tables of zeros are drawn."""
    torch.manual_seed(sum(map(ord, name)))
    model = build(name).eval()
    generator = torch.Generator().manual_seed(1)
    for module in model.modules():
        if getattr(module, "running_mean", None) is not None:
            module.running_mean.copy_(torch.randn(module.running_mean.shape, generator=generator) * 0.1)
            module.running_var.copy_(torch.rand(module.running_var.shape, generator=generator) + 0.5)
    with torch.no_grad():
        for key, p in model.named_parameters():
            if p.ndim <= 1 and ("gamma" in key or "layer_scale" in key):
                p.copy_(torch.rand(p.shape, generator=generator) * 0.5 + 0.1)
            if p.ndim >= 2 and not p.any():
                p.copy_(torch.randn(p.shape, generator=generator) * 0.05)
    return model


class SoundBatchNorm(TorchFunctionMode):
    """Works around PyTorch 2.15: batch norm's gradient is wrong where the gradient that arrives is strided like
    channels last and the stride of the batch of one is not that of a whole image, as after .flatten(2).transpose(1, 2)."""

    def __torch_function__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        if getattr(function, "__name__", "") == "batch_norm" and result.requires_grad:
            result.register_hook(lambda gradient: gradient.clone(memory_format=torch.contiguous_format))
        return result


class Kinks(SoundBatchNorm):
    """Counts the units of layers with kinks, and makes them decide as another program did."""

    def __init__(self, theirs=None):
        self.seen = []         # kind, value before the kink
        self.theirs = theirs   # a list of [kind of the dump, values] of the other program, or None
        self.taken = []        # those that answered a layer: exporters merge layers that compute the same
        self.flips = self.units = 0
        self.nearest = 0.0
        self.unmatched = 0

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        name = getattr(function, "__name__", "")
        if name in ("relu", "relu_"):
            return self.clip(args[0], 0.0, None)
        if name in ("relu6",):
            return self.clip(args[0], 0.0, 6.0)
        if name in ("hardtanh", "hardtanh_"):
            low = args[1] if len(args) > 1 else kwargs.get("min_val", -1.0)
            high = args[2] if len(args) > 2 else kwargs.get("max_val", 1.0)
            return self.clip(args[0], low, high)
        if name in ("leaky_relu", "leaky_relu_"):
            slope = args[1] if len(args) > 1 else kwargs.get("negative_slope", 0.01)
            decided = self.decide("output", args[0], lambda v: v > 0, lambda v: F.leaky_relu(v, slope))
            return torch.where(decided, args[0], args[0] * slope)
        if name in ("hardswish", "hardsigmoid"):
            x = args[0]
            low = self.decide("input", x, lambda v: v <= -3, lambda v: v, 3.0)
            high = self.decide("input", x, lambda v: v >= 3, lambda v: v, -3.0, again=True)
            line = torch.where(low, 0 * x, torch.where(high, 0 * x + 1, x / 6 + 0.5))
            return x * line if name == "hardswish" else line
        if name == "max_pool2d":
            return self.pool(*args, **kwargs)
        return super().__torch_function__(function, types, args, kwargs)

    def clip(self, x, low, high):
        bounded = lambda v: v.clamp(low, high)
        inside = self.decide("output", x, lambda v: (v > low) if high is None else (v > low) & (v < high), bounded, -low)
        if high is None:
            return torch.where(inside, x, torch.full_like(x, low))
        return torch.where(inside, x, torch.where(x > (low + high) / 2, torch.full_like(x, high), torch.full_like(x, low)))

    def decide(self, kind, x, test, shown, shift=0.0, again=False):
        value = x.detach()
        ours = test(value)
        if not again:
            self.units += x.numel()
        theirs = self.match(kind, shown(value), again)
        if theirs is None:
            self.seen.append((kind, shown(value)))
            return ours
        decided = test(theirs)
        flipped = ours != decided
        count = int(flipped.sum())
        if count:
            self.flips += count
            away = (value + shift).abs() if shown is not None else value.abs()
            if kind == "output" and test(value.new_tensor(1e30)).item() is False:   # two bounds: the nearer one
                away = torch.minimum(away, (shown(value.new_tensor(1e30)) - value).abs())
            self.nearest = max(self.nearest, float(away[flipped].max() / value.abs().max()))
        return decided

    def pool(self, x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
        value = x.detach()
        settings = dict(kernel_size=kernel_size, stride=stride, padding=padding, dilation=dilation, ceil_mode=ceil_mode)
        real = torch._C._nn.max_pool2d_with_indices
        def indices(v):
            s = kernel_size if stride is None or stride == [] else stride
            return real(v, kernel_size, s, padding, dilation, ceil_mode)[1]
        ours = indices(value)
        self.units += ours.numel()
        finite = torch.isfinite(value)   # values before a pooling may be padded by minus infinity
        shown = torch.where(finite, value, torch.zeros_like(value))
        theirs = self.match("input", shown, False)
        if theirs is None:
            self.seen.append(("input", shown))
            decided = ours
        else:
            theirs = torch.where(finite, theirs, value)
            decided = indices(theirs)
            flipped = (ours != decided) & (value.flatten(2).gather(2, ours.flatten(2))
                                           != value.flatten(2).gather(2, decided.flatten(2))).view_as(ours)
            if flipped.any():
                self.flips += int(flipped.sum())
                gap = (value.flatten(2).gather(2, ours.flatten(2)) - value.flatten(2).gather(2, decided.flatten(2)))
                self.nearest = max(self.nearest, float(gap.abs().max() / value.abs().max()))
        y = x.flatten(2).gather(2, decided.flatten(2)).view_as(decided)
        return y.contiguous(memory_format=torch.channels_last) if x.is_contiguous(memory_format=torch.channels_last) else y

    def match(self, kind, shown, again):
        """Returns the other program's values of this layer: of the same shape, and nearest."""
        if self.theirs is None:
            return None
        if again:
            return self.last
        for open in (self.theirs, self.taken):
            best, off = None, 1e-3
            for i, (other, values) in enumerate(open):
                if other == kind and values.numel() == shown.numel():
                    candidate = values.reshape(shown.shape).to(shown.dtype)
                    difference = float((candidate - shown).abs().max() / shown.abs().max().clamp_min(1e-30))
                    if difference < off:
                        best, off = i, difference
            if best is not None:
                self.taken.append(open.pop(best))
                self.last = self.taken[-1][1].reshape(shown.shape).to(shown.dtype)
                return self.last
        self.unmatched += 1
        self.last = shown
        return shown


def run(model, x, target=None, kinks=None):
    """Returns logits, the gradient of the target or the largest logit, and that class."""
    image = x.clone().requires_grad_(True)
    with kinks or SoundBatchNorm():
        y = model(image)
    y = getattr(y, "logits", y)[0]
    target = int(y.argmax()) if target is None else target
    slope, = torch.autograd.grad(y[target], image)
    return y.detach(), slope[0], target


def difference(expected, ours):
    expected, ours = expected.double().flatten(), ours.double().flatten()
    return float((expected - ours).abs().max() / expected.abs().max())


class Ours:
    """Our program: one process of Java for all networks."""

    def __init__(self, folder, classpath):
        self.given = os.path.join(folder, "given.safetensors")
        self.results = os.path.join(folder, "results.safetensors")
        self.command = ["java", "--add-modules", "jdk.incubator.vector", "-XX:+UseSerialGC", "-Xmx4g", "-cp", classpath,
                        "dev.sectional.testing.OnnxFullWidth"]
        self.process = None

    def run(self, model, x, target, methods="none", decisions=False):
        """Returns the tensors of the answer and its lines; no tensors where the network is refused."""
        save_file({"input": np.ascontiguousarray(x[0].numpy(), np.float32), "target": np.array([target], np.float32)},
                  self.given)
        if self.process is None or self.process.poll() is not None:
            self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.process.stdin.write("\t".join((model, self.given, self.results, methods,
                                            "decisions" if decisions else "values")) + "\n")
        self.process.stdin.flush()
        lines = []
        for line in self.process.stdout:
            if line == "done\n":
                break
            lines.append(line.rstrip("\n").split("\t"))
        refused = [line for line in lines if line[0] == "refused"]
        if refused or not os.path.exists(self.results):
            return None, refused[0][1] if refused else "the program ended"
        values = load_file(self.results)
        os.remove(self.results)
        return values, lines


def compare(program, folder, name, arguments):
    """Exports one network and reports on each image."""
    bare, _, size = name.removeprefix("old:").partition(":")
    model = prepare(bare)
    usual = 299 if bare == "inception_v3" else 224
    size = int(size) if size else model.default_cfg["input_size"][-1] if bare.startswith("timm/") else usual
    path = os.path.join(folder, "model.onnx")
    draw = lambda image: torch.randn(1, 3, size, size, generator=torch.Generator().manual_seed(7 + image))
    with contextlib.redirect_stdout(sys.stderr):
        torch.onnx.export(model, (draw(0),), path, dynamo=not name.startswith("old:"))
    for image in range(arguments.images):
        row = {"network": name, "image": image, "size": size, "parameters": sum(p.numel() for p in model.parameters())}
        methods = arguments.methods if image == 0 else "none"
        print(json.dumps(row | report(program, path, model, draw(image), methods, arguments.ties)), flush=True)
    for file in (path, path + ".data"):
        if os.path.exists(file):
            os.remove(file)


def report(program, path, model, x, methods, ties):
    exact, slope, target = run(model.double(), x.double())
    values, said = program.run(path, x, target, methods)
    if values is None:
        return {"refused": said}
    single = Kinks()
    y32, slope32, _ = run(model.float(), x, target, single)
    row = {"logits": difference(exact, values["logits"]), "gradient": difference(slope, values["gradient"]),
           "torch32": {"logits": difference(exact, y32), "gradient": difference(slope, slope32)},
           "residual": next((float(line[2]) for line in said if line[:2] == ["method", "epsilon-plus"]), None),
           "refused": {line[1]: line[2] for line in said if len(line) > 2 and line[2].startswith("refused")}}
    if ties or row["gradient"] > OFF:
        counted = Kinks([list(each) for each in single.seen])
        run(model.double(), x.double(), target, counted)
        row["torch32"]["flips"] = counted.flips
        row |= traced(program, path, model, x, target)
    model.float()
    return row


def traced(program, path, model, x, target):
    """Lets the float64 gradient take our decisions."""
    values, _ = program.run(path, x, target, "none", True)
    forced = Kinks([[key.split(".")[0], torch.where(value > -1e30, value, torch.zeros_like(value))] for key, value in values.items() if "." in key])
    _, decided, _ = run(model.double(), x.double(), target, forced)
    return {"kinks": forced.units, "flips": forced.flips, "nearest": forced.nearest,
            "forced": difference(decided, values["gradient"]), "unmatched": forced.unmatched}


def families():
    """Prints the smallest network of each module of timm."""
    import timm
    for module in timm.list_modules():
        with torch.device("meta"):
            count = lambda name: sum(p.numel() for p in timm.create_model(name, pretrained=False).parameters())
            sizes = sorted((count(name), name) for name in timm.list_models(module=module))
        print("timm/" + sizes[0][1], flush=True)


def table(files):
    """Prints the lines of earlier runs; the last line of a network and image counts."""
    rows = {}
    for file in files:
        with open(file) as lines:
            for line in lines:
                row = json.loads(line) if line.startswith("{") else {}   # exporters print to it, too
                if row:
                    rows[row["network"], row.get("image", 0)] = row
    short = lambda value: "" if value is None else "%.0e" % value
    print("| network | logits | gradient | PyTorch's float32: logits | gradient | residual | decide otherwise here | of"
          " | in PyTorch's float32 | distance | gradient, same decisions |")
    print("|" + "---|" * 11)
    for (name, image), row in sorted(rows.items()):
        if "logits" not in row:
            print(f"| {name} | {row.get('refused', row.get('failed'))} |" + " |" * 9)
            continue
        single = row["torch32"]
        cells = [name, short(row["logits"]), short(row["gradient"]), short(single["logits"]), short(single["gradient"]),
                 short(row["residual"])]
        cells += [str(row["flips"]), "%.1f M" % (row["kinks"] / 1e6), str(single["flips"]), short(row["nearest"]),
                  short(row["forced"])] if "forced" in row else [""] * 5
        print("| " + " | ".join(cells) + " |")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--families", action="store_true")
    parser.add_argument("--table", nargs="+")
    parser.add_argument("--methods", default="epsilon-plus", choices=("all", "epsilon-plus", "none"))
    parser.add_argument("--images", type=int, default=1)
    parser.add_argument("--ties", action="store_true", help="trace ties of every network")
    parser.add_argument("folder", nargs="?")
    parser.add_argument("classpath", nargs="?")
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_intermixed_args()
    if arguments.families or arguments.table:
        families() if arguments.families else table(arguments.table)
        return
    os.makedirs(arguments.folder, exist_ok=True)
    program = Ours(arguments.folder, arguments.classpath)
    for each in arguments.names:
        try:
            compare(program, arguments.folder, each, arguments)
        except Exception as e:
            print(json.dumps({"network": each, "failed": type(e).__name__ + ": " + str(e)[:300]}), flush=True)


if __name__ == "__main__":
    main()

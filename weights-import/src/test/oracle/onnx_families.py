"""Writes small networks of torchvision's and timm's families as their exporters write them, with their answers:
    python3 onnx_families.py ../resources/families [NAME...]   (torch 2.15, torchvision 0.29, timm 1.0)
    python3 onnx_families.py ../resources/families --packed tf2onnx FOLDER   (Keras 2.15, tf2onnx)
    python3 onnx_families.py ../resources/families --packed paddle FOLDER   (what onnx_paddle.py wrote)
NAME.zip holds model.onnx and expected.safetensors: input (C, H, W), logits, and the gradient of the largest logit, by
PyTorch in float64 and stored as float32; of larger images, the gradient of every n-th row. NAME ends in .old for the TorchScript exporter, else dynamo wrote it. Widths
are cut, and weights have few bits, so that a file stays below 100 KB; batch-norm statistics are drawn."""
import contextlib, io, json, os, struct, sys, tempfile, warnings, zipfile
import numpy as np
import onnx
import torch
import torchvision.models as tv
from torch import nn

warnings.filterwarnings("ignore")
torch.backends.mha.set_fastpath_enabled(False)
OUT = sys.argv[1]   # also of the scripts that import this one
os.makedirs(OUT, exist_ok=True)


@contextlib.contextmanager
def narrow(k, layers=(nn.Conv2d, nn.Linear, nn.modules.batchnorm._NormBase, nn.LayerNorm, nn.GroupNorm)):
    """Divides the widths of all layers by k, except that of the image."""
    cut = lambda c: c if c <= 3 else max(1, c // k)
    kept = {layer: layer.__init__ for layer in layers}

    def conv(self, in_channels, out_channels, *args, **kwargs):
        groups = kwargs.get("groups", 1)
        if groups == in_channels or groups >= 2 * k:
            kwargs["groups"] = cut(groups)
        kept[nn.Conv2d](self, cut(in_channels), cut(out_channels), *args, **kwargs)

    patched = {nn.Conv2d: conv,
               nn.Linear: lambda self, inputs, outputs, *a, **b: kept[nn.Linear](self, cut(inputs), outputs if outputs == CLASSES else cut(outputs), *a, **b),
               nn.modules.batchnorm._NormBase: lambda self, c, *a, **b: kept[nn.modules.batchnorm._NormBase](self, cut(c), *a, **b),
               nn.LayerNorm: lambda self, c, *a, **b: kept[nn.LayerNorm](self, cut(c) if isinstance(c, int) else c, *a, **b),
               nn.GroupNorm: lambda self, g, c, *a, **b: kept[nn.GroupNorm](self, g, cut(c), *a, **b)}
    for layer in layers:
        layer.__init__ = patched[layer]
    try:
        yield
    finally:
        for layer in layers:
            layer.__init__ = kept[layer]


CLASSES = 7


def cut(k, build):
    def made():
        with narrow(k):
            return build()
    return made


def timm(name, k=0, **settings):
    def build():
        import timm
        return timm.create_model(name, pretrained=False, num_classes=CLASSES, **settings)
    return cut(k, build) if k else build


def ghostnet():
    from timm.models.ghostnet import GhostNet
    return GhostNet([[[3, 16, 16, 0, 1]], [[3, 48, 24, 0, 2]], [[5, 72, 40, 0.25, 2]], [[3, 240, 80, 0.25, 2]]], width=0.3, num_classes=CLASSES)


def hrnet():
    import copy
    from timm.models.hrnet import HighResolutionNet, cfg_cls
    config = copy.deepcopy(cfg_cls["hrnet_w18_small"])
    for stage, channels in (("stage1", (32,)), ("stage2", (32, 64)), ("stage3", (32, 64, 96)), ("stage4", (32, 64, 96, 128))):
        config[stage].update(num_modules=1, num_blocks=(1,) * len(channels), num_channels=channels)
    return HighResolutionNet(config, num_classes=CLASSES, head="classification")


def xception():
    from timm.models.xception_aligned import XceptionAligned
    return XceptionAligned([dict(in_chs=64, out_chs=64, stride=2), dict(in_chs=64, out_chs=96, stride=2), dict(in_chs=96, out_chs=96, stride=1),
                            dict(in_chs=96, out_chs=(96, 128, 128), stride=1, no_skip=True, start_with_relu=False)], num_classes=CLASSES)


def nfnet():
    import dataclasses
    from timm.models.nfnet import NormFreeNet, model_cfgs
    return NormFreeNet(dataclasses.replace(model_cfgs["nfnet_l0"], depths=(1, 1, 1, 1), channels=(16, 24, 32, 32), stem_chs=16, group_size=8, num_features=32), num_classes=CLASSES)


def poolformer():
    from timm.models.metaformer import GroupNorm1, MetaFormer
    return MetaFormer(depths=(1, 1, 1, 1), dims=(8, 12, 16, 24), downsample_norm=None, mlp_act=nn.GELU, mlp_bias=True, norm_layers=GroupNorm1,
                      layer_scale_init_values=0.5, res_scale_init_values=None, use_mlp_head=False, num_classes=CLASSES)


def mixer():
    from timm.models.mlp_mixer import MlpMixer
    return MlpMixer(img_size=32, patch_size=8, embed_dim=24, num_blocks=2, num_classes=CLASSES)


def cspresnet():
    import dataclasses
    from timm.models.cspnet import CspNet, model_cfgs
    config = model_cfgs["cspresnet50"]
    return CspNet(dataclasses.replace(config, stem=dataclasses.replace(config.stem, out_chs=8), stages=dataclasses.replace(
        config.stages, depth=(1, 1, 1, 1), out_chs=(8, 16, 16, 24))), num_classes=CLASSES)


def mobilevit():
    import dataclasses
    from timm.models.byobnet import ByobNet
    from timm.models.mobilevit import model_cfgs, _inverted_residual_block, _mobilevit_block
    config = dataclasses.replace(model_cfgs["mobilevit_xxs"], stem_chs=8, num_features=32, blocks=(
        _inverted_residual_block(d=1, c=8, s=2, br=2.0), _inverted_residual_block(d=1, c=8, s=2, br=2.0),
        _mobilevit_block(d=1, c=12, s=1, transformer_dim=16, transformer_depth=1, patch_size=2, br=2.0)))
    return ByobNet(config, num_classes=CLASSES)


c = dict(num_classes=CLASSES)
inverted = tv.mobilenetv3.InvertedResidualConfig
v3 = [inverted(8, 3, 8, 8, True, "RE", 2, 1, 1), inverted(8, 5, 24, 8, True, "HS", 1, 1, 1)]
mb, fused = tv.efficientnet.MBConvConfig, tv.efficientnet.FusedMBConvConfig
FAMILIES = {
    "vgg": (28, cut(64, lambda: tv.VGG(tv.vgg.make_layers([128, "M", 512, "M"], True), CLASSES, False))),
    "resnet": (32, cut(8, lambda: tv.ResNet(tv.resnet.BasicBlock, [1, 1, 1, 1], **c))),
    "resnext": (32, cut(16, lambda: tv.ResNet(tv.resnet.Bottleneck, [1, 1, 1, 1], groups=32, width_per_group=4, **c))),
    "wide_resnet": (32, cut(16, lambda: tv.ResNet(tv.resnet.Bottleneck, [1, 1, 1, 1], width_per_group=128, **c))),
    "squeezenet": (64, cut(4, lambda: tv.SqueezeNet("1_1", **c))),
    "alexnet": (224, cut(64, lambda: tv.AlexNet(**c))),
    "googlenet": (48, cut(16, lambda: tv.GoogLeNet(transform_input=True, aux_logits=False, init_weights=False, **c))),
    "inception_v3": (75, cut(32, lambda: tv.Inception3(transform_input=True, aux_logits=False, init_weights=False, **c))),
    "densenet": (32, lambda: tv.DenseNet(4, (2, 2, 2, 2), 8, **c)),
    "mobilenet_v2": (32, lambda: tv.MobileNetV2(width_mult=0.1, inverted_residual_setting=[[1, 16, 1, 1], [6, 24, 2, 2], [6, 96, 2, 2]], **c)),
    "mobilenet_v3": (32, lambda: tv.MobileNetV3(v3, 32, **c)),
    "mnasnet": (32, cut(4, lambda: tv.MNASNet(0.2, **c))),
    "shufflenet_v2": (32, cut(4, lambda: tv.ShuffleNetV2([2, 2, 2], [16, 32, 64, 128, 256], **c))),
    "efficientnet": (32, lambda: tv.EfficientNet([mb(1, 3, 1, 8, 8, 1), mb(4, 5, 2, 8, 16, 2)], 0.1, last_channel=32, **c)),
    "efficientnet_v2": (32, lambda: tv.EfficientNet([fused(1, 3, 1, 8, 8, 1), fused(4, 3, 2, 8, 16, 2), mb(4, 3, 2, 16, 24, 2)], 0.1, last_channel=32, **c)),
    "regnet_x": (32, lambda: tv.RegNet(tv.regnet.BlockParams([1, 2], [16, 32], [8, 8], [1, 1], [2, 2]), stem_width=8, **c)),
    "regnet_y": (32, lambda: tv.RegNet(tv.regnet.BlockParams([1, 2], [16, 32], [8, 8], [1, 1], [2, 2], 0.25), stem_width=8, **c)),
    "convnext": (32, lambda: tv.ConvNeXt([tv.convnext.CNBlockConfig(8, 16, 1), tv.convnext.CNBlockConfig(16, None, 2)], **c)),
    "vit": (32, lambda: tv.VisionTransformer(32, 8, 2, 4, 24, 48, **c)),
    "swin": (32, lambda: tv.SwinTransformer([2, 2], 12, [2, 2], [3, 3], [4, 4], **c)),
    "swin_v2": (32, lambda: tv.SwinTransformer([2, 2], 12, [2, 2], [3, 3], [4, 4], block=tv.swin_transformer.SwinTransformerBlockV2,
                                               downsample_layer=tv.swin_transformer.PatchMergingV2, **c)),
    "maxvit": (64, lambda: tv.MaxVit((64, 64), 8, 4, [8, 16], [1, 1], 4, 0.1, **c)),
    "timm_seresnet": (32, timm("seresnet18", 8, layers=(1, 1, 1, 1))),
    "timm_ecaresnet": (32, timm("ecaresnet26t", 16, layers=(1, 1, 1, 1))),
    "timm_mobilenetv4": (64, timm("mobilenetv4_conv_small", 16)),
    "timm_lcnet": (32, timm("lcnet_050", 4)),
    "timm_convnext": (32, timm("convnext_atto", depths=(1, 1, 1, 1), dims=(8, 12, 16, 24))),
    "timm_deit": (32, timm("deit_tiny_patch16_224", img_size=32, patch_size=8, embed_dim=24, depth=2, num_heads=3)),
    "timm_res2net": (32, timm("res2net50_26w_4s", layers=(1, 1, 1, 1), channels=(4, 8, 8, 12), base_width=32)),
    "timm_efficientnet_lite": (32, timm("efficientnet_lite0", 12)),
    "timm_ghostnet": (32, ghostnet),
    "timm_rexnet": (32, timm("rexnet_100", initial_chs=8, final_chs=24, width_mult=0.5, depth_mult=0.4)),
    "timm_repvgg": (32, timm("repvgg_a0", 16)),
    "timm_hrnet": (64, cut(24, hrnet)),
    "timm_xception": (64, cut(4, xception)),
    "timm_nfnet": (64, nfnet),
    "timm_mobilevit": (64, mobilevit),
    "timm_efficientformer": (224, timm("efficientformer_l1", depths=(1, 1, 1, 2), embed_dims=(4, 8, 8, 16))),
    "timm_levit": (64, timm("levit_128s", img_size=64, embed_dim=(16, 16, 24), num_heads=(2, 2, 3), key_dim=4, depth=(1, 1, 1))),
    "timm_xcit": (64, timm("xcit_nano_12_p16_224", img_size=64, embed_dim=16, depth=2, num_heads=2)),
    "timm_poolformer": (32, poolformer),
    "timm_mixer": (32, mixer),
    "timm_cspresnet": (64, cspresnet),
    "timm_darknet": (64, timm("darknet53", 48)),
    "timm_starnet": (64, timm("starnet_s1", base_dim=6, depths=(1, 1, 1, 1), mlp_ratio=2)),
    "timm_mambaout": (64, timm("mambaout_femto", depths=(1, 1, 1, 1), dims=(8, 12, 16, 24))),
    "timm_fasternet": (64, timm("fasternet_t0", depths=(1, 1, 1, 1), embed_dim=8, feature_dim=32)),
    "timm_shvit": (128, timm("shvit_s1", embed_dim=(8, 16, 24), partial_dim=(4, 8, 12), qk_dim=(4, 4, 4), depth=(1, 1, 1))),
    "timm_efficientvim": (128, timm("efficientvim_m1", embed_dim=(8, 12, 16), depths=(1, 1, 1), state_dim=(9, 4, 4))),
}


def prepare(model, generator):
    """Draws statistics and gives all weights few bits: multiples of a power of two, fewer levels in larger networks.
    The first layer keeps all bits: equal positions of its output would let rounding decide a maximum pooling."""
    count = sum(p.numel() for p in model.parameters())
    levels = 4 if count < 40_000 else 2 if count < 80_000 else 1
    for module in model.modules():
        if getattr(module, "running_mean", None) is not None:
            module.running_mean.copy_(torch.randn(module.running_mean.shape, generator=generator) / 8)
            module.running_var.copy_(torch.rand(module.running_var.shape, generator=generator) + 0.5)
    with torch.no_grad():
        for name, p in model.named_parameters():
            if p.ndim <= 1 and (name.endswith("gamma") or "scale" in name or "gain" in name):
                p.copy_(torch.rand(p.shape, generator=generator) / 2 + 0.25)
            if p.ndim >= 2 and not p.any():
                p.copy_(torch.randn(p.shape, generator=generator) / 8)
        for t in list(model.parameters()) + [b for b in model.buffers() if b.is_floating_point() and b.numel() > 1]:
            if t.ndim >= 2 and t.numel() > 64 and t.shape[1] != 3 and any(t is p for p in model.parameters()):
                step = 2.0 ** torch.floor(torch.log2(t.abs().max() / levels))
                t.copy_(torch.round(t / step) * step)
            elif t.ndim == 1:
                t.add_(torch.randn(t.shape, generator=generator).abs() / 16)   # no unit is 0 but for rounding
    return model


@contextlib.contextmanager
def sound_batch_norm():
    """Works around PyTorch 2.15: batch norm's gradient is wrong where a strided gradient arrives, as after
    .flatten(2).transpose(1, 2) with a batch of one."""
    kept = nn.functional.batch_norm

    def sound(*args, **kwargs):
        y = kept(*args, **kwargs)
        y.register_hook(lambda g: g.clone(memory_format=torch.contiguous_format))
        return y

    nn.functional.batch_norm = sound
    try:
        yield
    finally:
        nn.functional.batch_norm = kept


def gradient(model, x):
    """Returns the logits and the gradient of the largest."""
    image = x.clone().requires_grad_(True)
    with sound_batch_norm():
        logits = model(image)
        logits[0, logits.argmax()].backward()
    return logits, image.grad


def write(name, size, build, old):
    generator = torch.Generator().manual_seed(len(name))
    torch.manual_seed(sum(map(ord, name)))
    model = prepare(build().eval(), generator)
    for attempt in range(20):   # until no ReLU of PyTorch's own float32 differs from float64
        x = torch.round(torch.randn(1, 3, size, size, generator=generator) * (4 if size <= 64 else 1)) / 4
        if size > 200:   # blocks of equal pixels take less room
            x = x[..., ::4, ::4].repeat_interleave(4, 2).repeat_interleave(4, 3)
        logits, slope = gradient(model.float(), x)
        exact = gradient(model.double(), x.double())[1]
        if (slope - exact).abs().max() <= 1e-5 * exact.abs().max():
            break
    model.float()
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        path = os.path.join(folder, "model.onnx")
        torch.onnx.export(model, (x,), path, dynamo=not old)
        graph = onnx.load(path)
    graph.doc_string = ""
    del graph.graph.value_info[:]
    for n in graph.graph.node:
        n.doc_string = ""
        del n.metadata_props[:]
    logits, slope = gradient(model.double(), x.double())
    tensors = {"input": x[0].numpy(), "logits": logits[0].detach().numpy(), "gradient": slope[0][:, ::max(1, 3 * size * size // 8000)].numpy()}
    pack(name, graph.SerializeToString(), tensors)


def pack(name, model, tensors):
    header, offset, blobs = {}, 0, []
    for key, array in tensors.items():
        array = np.ascontiguousarray(array, np.float32)
        header[key] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [offset, offset + array.nbytes]}
        offset += array.nbytes
        blobs.append(array.tobytes())
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    file = os.path.join(OUT, name + ".zip")
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for entry, content in (("model.onnx", model), ("expected.safetensors", struct.pack("<Q", len(text)) + text + b"".join(blobs))):
            archive.writestr(zipfile.ZipInfo(entry, (2000, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED, 9)
    print(name, os.path.getsize(file), "bytes, largest", {key: "%.3g" % abs(value).max() for key, value in tensors.items() if key != "input"}, flush=True)


def packed(writer, folder):
    """Packs NAME.onnx of another framework, and NAME.npz, what that framework computes in float64."""
    for file in sorted(os.listdir(folder)):
        if file.endswith(".onnx"):
            answers = np.load(os.path.join(folder, file[:-5] + ".npz"))
            with open(os.path.join(folder, file), "rb") as model:
                pack(writer + "_" + file[:-5], model.read(), {"input": answers["x"], "logits": answers["logits"], "gradient": answers["gradient"]})


OLD = ("resnet", "shufflenet_v2", "efficientnet", "vit", "swin", "swin_v2", "maxvit", "timm_nfnet")
if __name__ == "__main__":
    wanted = sys.argv[2:]
    if wanted[:1] == ["--packed"]:
        packed(*wanted[1:])
        sys.exit()
    for name, (size, build) in FAMILIES.items():
        for old in (False, True):
            full = name + (".old" if old else "")
            if (name in OLD if old else name != "swin_v2") and (not wanted or full in wanted):
                try:
                    write(full, size, build, old)
                except Exception as e:
                    print(full, "FAILED", type(e).__name__, str(e)[:300].replace("\n", " "), flush=True)

"""Writes the images of this folder and expected.csv: what Pillow makes of each, converted to RGB.

python3 make_formats.py (needs pillow, numpy and tifffile). The picture is a gradient of 24 x 16 pixels.
"""
import io
import struct
import zlib

import numpy as np
import tifffile
from PIL import Image, ImageCms

W, H = 24, 16
rgb = np.zeros((H, W, 3), np.uint8)
rgb[..., 0] = np.linspace(0, 255, W)[None, :]
rgb[..., 1] = np.linspace(255, 0, H)[:, None]
rgb[..., 2] = 128
image = Image.fromarray(rgb)
grey = np.asarray(image.convert("L"))


def profile():
    """A matrix profile with sRGB's primaries (adapted to D50) and gamma 1."""
    def fixed(x):
        return struct.pack(">i", round(x * 65536))

    def xyz(*values):
        return b"XYZ \0\0\0\0" + b"".join(map(fixed, values))

    text = b"linear RGB\0"
    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + bytes(78),
        b"cprt": b"text\0\0\0\0no rights reserved\0",
        b"wtpt": xyz(0.9642, 1.0, 0.8249),
        b"rXYZ": xyz(0.43607, 0.22249, 0.01392), b"gXYZ": xyz(0.38515, 0.71687, 0.09708),
        b"bXYZ": xyz(0.14307, 0.06061, 0.71410),
        b"rTRC": b"curv\0\0\0\0" + struct.pack(">I", 0), b"gTRC": b"curv\0\0\0\0" + struct.pack(">I", 0),
        b"bTRC": b"curv\0\0\0\0" + struct.pack(">I", 0)}
    offset = 132 + 12 * len(tags)
    table, data = struct.pack(">I", len(tags)), b""
    for name, content in tags.items():
        table += name + struct.pack(">II", offset + len(data), len(content))
        data += content + bytes(-len(content) % 4)
    body = table + data
    header = struct.pack(">I4sI4s4s4s", 128 + len(body), b"\0\0\0\0", 0x02400000, b"mntr", b"RGB ", b"XYZ ")
    header += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28)
    header += fixed(0.9642) + fixed(1.0) + fixed(0.8249)
    return header + bytes(128 - len(header)) + body


def gif(name, screen, frame, transparent=None, colours=bytes([0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255])):
    """A frame of three colours at an offset; a clear code before every second pixel keeps the codes at 3 bits."""
    (width, height), (left, top, columns, rows) = screen, frame
    out = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x81, 2, 0)
    out += colours
    if transparent is not None:
        out += b"\x21\xf9\x04\x01\0\0" + bytes([transparent]) + b"\0"
    out += b"\x2c" + struct.pack("<HHHHB", left, top, columns, rows, 0)
    codes = []
    for i in range(columns * rows):
        codes += ([4] if i % 2 == 0 else []) + [i % 3 + 1]
    bits = sum(code << 3 * i for i, code in enumerate(codes + [5]))
    data = bits.to_bytes((3 * (len(codes) + 1) + 7) // 8, "little")
    open(name, "wb").write(out + b"\x02" + bytes([len(data)]) + data + b"\0;")


def tif(name, data, **options):
    tifffile.imwrite(name + ".tif", data, **options)


icc = profile()
image.save("profile.png", icc_profile=icc)
image.save("profile.tif", icc_profile=icc)
image.save("profile.jpg", quality=98, subsampling=0, icc_profile=icc)
image.save("profile.webp", lossless=True, icc_profile=icc)
image.convert("RGBA").save("alpha.webp", lossless=True)
image.save("animated.webp", save_all=True, append_images=[image.rotate(180)], lossless=True)
image.save("lossy.webp", quality=95)
# Large enough that a decoder that predicts from filtered pixels drifts: green by 7.6 levels, blue by 2.4.
down, across = np.mgrid[0:160, 0:160].astype("u1")
Image.fromarray(np.dstack([across, down, 160 - across])).save("lossy-gradient.webp", quality=80)
gif("part.gif", (8, 6), (2, 1, 3, 3))
gif("part-transparent.gif", (8, 6), (2, 1, 3, 3), 1)
gif("part-grey.gif", (8, 6), (2, 1, 3, 3), None, bytes([10, 120, 200, 255, 0, 0, 0, 255, 0, 0, 0, 255]))
wide = rgb.astype("u2") * 257
for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "I", "F"):
    image.convert("L" if mode in ("LA", "I", "F") else "RGB").convert(mode).save(f"mode-{mode}.tif")
image.save("jpeg.tif", compression="jpeg", quality=98)
image.convert("1").save("group4.tif", compression="group4")
tif("white-is-zero", 255 - grey, photometric="miniswhite")
tif("big-endian-16", wide, photometric="rgb", byteorder=">")
tif("planes-16", wide.transpose(2, 0, 1).copy(), photometric="rgb", planarconfig="separate")
tif("tiles", rgb, photometric="rgb", tile=(16, 16))
tif("predictor", rgb, photometric="rgb", compression="lzw", predictor=True)
tif("predictor-16", wide, photometric="rgb", compression="deflate", predictor=True)
tif("products", np.dstack([rgb // 2, np.full_like(grey, 128)]), photometric="rgb", extrasamples=["assocalpha"])
over = np.dstack([rgb // 2, np.full_like(grey, 128)])
over[::2, :, 2] = 200
tif("products-over", over, photometric="rgb", extrasamples=["assocalpha"])
image.convert("RGBA").save("alpha-jpeg.tif", compression="jpeg")
image.save("progressive.jpg", progressive=True)
plain = io.BytesIO()
image.save(plain, "JPEG", quality=98, subsampling=0)
adobe = b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\0"   # says RGB, where JFIF says YCbCr
open("jfif-adobe.jpg", "wb").write(plain.getvalue()[:20] + adobe + plain.getvalue()[20:])
patch = Image.new("RGBA", (W, H))
patch.paste(image.crop((0, 0, 6, 5)), (10, 8))
patch.save("animated-part.webp", save_all=True, append_images=[image.convert("RGBA")], lossless=True)


def short(name, compression, data, photometric=2, **tags):
    """A TIFF file of one strip whose data end early, though they are valid."""
    tags = {256: W, 257: H, 258: 8, 259: compression, 262: photometric, 273: 8, 277: 3, 278: H, 279: len(data)} | tags
    entries = b"".join(struct.pack("<HHII", tag, 4 if tag in (273, 279) else 3, 1, value)
                       for tag, value in sorted(tags.items()))
    data += bytes(len(data) % 2)
    open(name, "wb").write(b"II*\0" + struct.pack("<I", 8 + len(data)) + data + struct.pack("<H", len(tags)) + entries
                           + bytes(4))


half = rgb.tobytes()[:W * H * 3 // 2]
short("short-deflate.tif", 8, zlib.compress(half))
short("short-packbits.tif", 32773, b"\x7f" + half[:128] + b"\x81\x40")
codes = [256] + list(half[:200]) + [257]   # LZW: a clear code and single bytes, fewer than need ten bits
short("short-lzw.tif", 5, int("".join(f"{code:09b}" for code in codes) + "0" * (-9 * len(codes) % 8), 2).to_bytes(
    (9 * len(codes) + 7) // 8, "big"))
short("short-jpeg.tif", 7, plain.getvalue()[:-60], 6)
tif("signed", grey.astype("i2"), photometric="minisblack")
tif("float16", grey.astype("f2"), photometric="minisblack")
tif("float-rgb", rgb.astype("f4") / 255, photometric="rgb")
tif("unsigned-32", grey.astype("u4"), photometric="minisblack")
tif("cielab", rgb, photometric="cielab")
tif("mosaic", grey, photometric="cfa")
tif("big", rgb, photometric="rgb", bigtiff=True)
tif("zstd", rgb, photometric="rgb", compression="zstd")

REFUSED = {
    "mode-CMYK.tif": "CMYK", "mode-LAB.tif": "CIELAB", "cielab.tif": "CIELAB", "mosaic.tif": "colour filter array",
    "mode-I.tif": "signed samples of 32 bits", "mode-F.tif": "floating-point samples of 32 bits",
    "signed.tif": "signed samples of 16 bits", "float16.tif": "floating-point samples of 16 bits",
    "float-rgb.tif": "floating-point samples of 32 bits", "unsigned-32.tif": "of 32 bits", "big.tif": "BigTIFF",
    "zstd.tif": "compressed by method 50000", "predictor-16.tif": "16-bit samples are not supported",
    "alpha-jpeg.tif": "4 samples a pixel as JPEG"}
DAMAGED = ["short-deflate.tif", "short-packbits.tif", "short-lzw.tif", "short-jpeg.tif"]
READ = ["profile.png", "profile.tif", "profile.jpg", "profile.webp", "alpha.webp", "animated.webp", "lossy.webp",
        "lossy-gradient.webp", "part.gif", "part-transparent.gif", "part-grey.gif", "mode-1.tif", "mode-L.tif",
        "mode-LA.tif", "mode-P.tif", "mode-RGB.tif", "mode-RGBA.tif", "mode-YCbCr.tif", "jpeg.tif", "group4.tif",
        "white-is-zero.tif", "big-endian-16.tif", "planes-16.tif", "tiles.tif", "predictor.tif", "products.tif",
        "products-over.tif", "progressive.jpg", "jfif-adobe.jpg", "animated-part.webp"]


def line(name, pixels):
    flat = pixels.reshape(-1, 3).astype(float)
    mean, spread = flat.mean(0), (flat * np.arange(1, len(flat) + 1)[:, None]).mean(0) / len(flat)
    return ",".join([name, str(pixels.shape[1]), str(pixels.shape[0])] + [f"{x:.2f}" for x in (*mean, *spread)]) + "\n"


with open("expected.csv", "w") as out:
    out.write("file,width,height,mean of R,G,B,mean of R,G,B weighted by (index + 1) / count\n")
    for name in READ:
        # Pillow reads planes of 16 bits wrongly, and rounds colours divided by alpha down: their source is known.
        known = {"planes-16.tif": rgb, "products.tif": np.round(rgb // 2 * (255 / 128)),
                 "products-over.tif": np.minimum(255, np.round(over[..., :3] * (255 / 128)))}
        pixels = known[name] if name in known else np.asarray(Image.open(name).convert("RGB"))
        out.write(line(name, pixels))
    for name in ("profile.png", "profile.jpg"):
        source = Image.open(name)
        converted = ImageCms.profileToProfile(source.convert("RGB"),
                                              ImageCms.ImageCmsProfile(io.BytesIO(source.info["icc_profile"])),
                                              ImageCms.createProfile("sRGB"))
        out.write(line("applied:" + name, np.asarray(converted)))
    for name, words in REFUSED.items():
        out.write(f"refused:{name},{words}\n")
    for name in DAMAGED:
        out.write(f"damaged:{name},is cut off or damaged\n")

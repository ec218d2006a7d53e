"""Draws samples/montage.png out of chelsea.png and coffee.png: python3 montage.py (needs Pillow)."""
from pathlib import Path

from PIL import Image

folder = Path(__file__).parent.parent / "samples"
size = (288, 360)
montage = Image.new("RGB", (2 * size[0], size[1]))
for column, (name, box) in enumerate([("chelsea", (60, 0, 300, 300)), ("coffee", (150, 20, 454, 400))]):
    part = Image.open(folder / f"{name}.png").convert("RGB").crop(box).resize(size, Image.BICUBIC)
    montage.paste(part, (column * size[0], 0))
montage.save(folder / "montage.png", optimize=True)

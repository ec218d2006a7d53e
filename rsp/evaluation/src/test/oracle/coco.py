"""Writes instances_tiny.json, an annotation file in COCO's layout, and tiny.masks, what pycocotools makes of it.

Usage: python3 coco.py FOLDER    (needs numpy and pycocotools)
"""
import json
import random
import sys

import numpy as np
from pycocotools import mask as tools
from pycocotools.coco import COCO

rng = random.Random(5)
images = [{"license": 1, "file_name": "a.jpg", "height": 17, "width": 23, "id": 7,
           "date_captured": "2013-11-14 17:02:52"},
          {"license": 2, "file_name": "b.png", "height": 30, "width": 12, "id": 3},
          {"license": 2, "file_name": "nothing.jpg", "height": 4, "width": 5, "id": 900}]
categories = [{"supercategory": "x", "id": 1, "name": "person"}, {"supercategory": "x", "id": 13, "name": "stop sign"},
              {"supercategory": "y", "id": 90, "name": "tooth \"brush\""}]


def polygon(w, h):
    corners = rng.randint(3, 9)
    return [round(rng.uniform(-3, size + 3), rng.choice([0, 1, 2])) for _ in range(corners) for size in (w, h)]


annotations = []
for number in range(14):
    image = images[number % 2]
    h, w = image["height"], image["width"]
    kind = number % 4
    if kind < 2:
        segmentation = [polygon(w, h) for _ in range(rng.randint(1, 3))]
    else:
        blob = np.zeros((h, w), np.uint8, order="F")
        for _ in range(3):
            y, x = rng.randrange(h), rng.randrange(w)
            blob[y:y + rng.randint(1, 9), x:x + rng.randint(1, 9)] = 1
        packed = tools.encode(blob)
        if kind == 2:
            segmentation = {"size": [h, w], "counts": packed["counts"].decode()}
        else:
            flat, counts, last = blob.flatten(order="F"), [0], 0
            for pixel in flat:
                if pixel != last:
                    counts.append(0)
                    last = pixel
                counts[-1] += 1
            segmentation = {"counts": counts, "size": [h, w]}
    annotations.append({"segmentation": segmentation, "area": 1.5, "iscrowd": int(kind == 3), "image_id": image["id"],
                        "bbox": [1.0, 2, 3, 4], "category_id": rng.choice([1, 13, 90]), "id": 1000 + number})
annotations.append({"segmentation": [[2, 2, 9, 2, 9, 2, 9, 9, 2, 9]], "area": 49, "iscrowd": 0, "image_id": 7,
                    "bbox": [2, 2, 7, 7],
                    "category_id": 1, "id": 2000})
file = sys.argv[1] + "/instances_tiny.json"
with open(file, "w") as out:
    json.dump({"info": {"year": 2014}, "images": images, "licenses": [{"id": 1}],
               "annotations": annotations, "categories": categories}, out)

coco = COCO(file)
with open(sys.argv[1] + "/tiny.masks", "w") as out:
    for image in images:
        masks = {}
        for annotation in coco.imgToAnns[image["id"]]:
            pixels = coco.annToMask(annotation)
            label = sorted(coco.cats).index(annotation["category_id"])
            masks[label] = masks.get(label, 0) | pixels
        for label in sorted(masks):
            print(image["id"], label, "".join(map(str, masks[label].flatten())), file=out)

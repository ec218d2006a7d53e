#!/usr/bin/env python3
"""Writes src/main/resources/.../applications.zip: the graphs of keras.applications, for files of weights alone.

    KERAS_BACKEND=torch python keras_applications.py

Each entry is the configuration that Keras 3 writes for a model without what concerns training, numbers of filters and
classes, which the weights show. Families whose files of weights may go with several graphs are left out: EfficientNet,
EfficientNetV2, MobileNetV3 and ConvNeXt scale pixels inside, or do not; NASNet has layers without names of their own in
an order that no number tells.
"""
import json, os, re, zipfile
from pathlib import Path
os.environ.setdefault("KERAS_BACKEND", "torch")
import keras

NAMES = ["ResNet50", "ResNet101", "ResNet152", "ResNet50V2", "ResNet101V2", "ResNet152V2", "MobileNet", "MobileNetV2",
         "DenseNet121", "DenseNet169", "DenseNet201", "Xception", "InceptionV3", "InceptionResNetV2"]
TRAINING = re.compile("trainable|dtype|.*(initializer|regularizer|constraint)|momentum|seed|synchronized|renorm"
                      "|build_config|registered_name|quantization_config|noise_shape|rate|filters|units|optional|ragged"
                      "|sparse|groups|lora_.*|shared_object_id|virtual_batch_size|rms_scaling")
OUT = Path(__file__).parents[2] / "main/resources/dev/sectional/weights/internal/keras/applications.zip"


def stripped(value):
    if isinstance(value, dict):
        if value.get("class_name") == "__keras_tensor__":
            return dict(class_name="__keras_tensor__", config=dict(keras_history=value["config"]["keras_history"]))
        value = {k: stripped(v) for k, v in value.items() if not TRAINING.fullmatch(k)}
        if "target_shape" in value:   # of MobileNet: the channels and the classes
            value["target_shape"] = value["target_shape"][:-1] + [-1]
        return value
    return [stripped(each) for each in value] if isinstance(value, list) else value


OUT.parent.mkdir(parents=True, exist_ok=True)
with zipfile.ZipFile(OUT, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as out:
    for name in NAMES:
        keras.backend.clear_session()
        model = getattr(keras.applications, name)(weights=None)
        text = json.dumps(stripped(json.loads(model.to_json())), separators=(",", ":"))
        out.writestr(zipfile.ZipInfo(name + ".json", (2020, 1, 1, 0, 0, 0)), text, zipfile.ZIP_DEFLATED)
print(OUT.stat().st_size, "bytes")

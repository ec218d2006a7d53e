#!/usr/bin/env bash
# Draws the pictures of the pages again by the commands that stand beside them (needs python3 with Pillow, to make JPEG
# files of the figures, a third as large).
set -euo pipefail
cd "$(dirname "$0")/../../.."
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
./sectional explain rsp/cli/samples/montage.png --target 285 --target 967 --overlay-gamma 0.5 \
    --method rsp:start=relative,classes=285+967 --out "$out/montage"
./sectional explain rsp/cli/samples/astronaut.png --out "$out/astronaut"
./sectional explain rsp/cli/samples/montage.png --target 285 --method all --out "$out/methods"
for name in montage astronaut methods; do
    python3 -c 'import sys; from PIL import Image; Image.open(sys.argv[1]).convert("RGB").save(sys.argv[2], quality=88)' \
        "$out/$name"/*.png "rsp/cli/docs/$name.jpg"
done

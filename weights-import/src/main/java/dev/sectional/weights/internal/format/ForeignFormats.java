package dev.sectional.weights.internal.format;

import dev.sectional.weights.internal.common.CannotRead;
import dev.sectional.weights.internal.common.FileBytes;
import java.nio.charset.StandardCharsets;

/** Names files of formats that are known and not supported, with the way to one that is. */
final class ForeignFormats {
    private static final int TFLITE_AT = 4;
    private static final int TAR_AT = 257;

    private ForeignFormats() {}

    /** @throws dev.sectional.core.InputException if the file has such a format */
    static void refuse(String file, FileBytes bytes) {
        if (text(bytes, TFLITE_AT, "TFL3")) {
            throw CannotRead.file(file, "it is a TensorFlow Lite model, which is not supported; convert it with python"
                    + " -m tf2onnx.convert --tflite MODEL.tflite --output model.onnx, and give model.onnx");
        }
        if (text(bytes, TAR_AT, "ustar") || text(bytes, 0, "storages/") || text(bytes, 0, "sys_info")
                || text(bytes, 0, "pickle")) {
            throw CannotRead.file(file, "it is a tar archive, as PyTorch saved before 2017; save it again with"
                    + " torch.save(torch.load(path), \"new.pth\"), or unpack it if it holds another file");
        }
        if (text(bytes, 0, "GGUF")) {
            throw CannotRead.file(file, "it is a GGUF file of a language model; give an image classifier");
        }
        if (text(bytes, 0, "\u001f\u008b") || text(bytes, 0, "BZh")) {
            throw CannotRead.file(file, "it is compressed; unpack it with gunzip, bunzip2 or tar, and give the file"
                    + " in it");
        }
        if (text(bytes, 0, "<!DOCTYPE") || text(bytes, 0, "<html") || text(bytes, 0, "version https://git-lfs")) {
            throw CannotRead.file(file, "it is a web page or a Git LFS pointer, not the file itself; fetch it again"
                    + " from an address that serves the file");
        }
    }

    private static boolean text(FileBytes bytes, int at, String text) {
        return bytes.holds(at, text.length())
                && new String(bytes.copy(at, text.length()), StandardCharsets.ISO_8859_1).equals(text);
    }
}

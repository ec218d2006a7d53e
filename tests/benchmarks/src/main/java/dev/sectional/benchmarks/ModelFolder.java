package dev.sectional.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The ONNX files of a comparison: given ones, and networks of torchvision that {@code export.py} writes to a folder
 * once.
 *
 * @param folder for the exported files
 * @param python a Python with torchvision
 */
record ModelFolder(Path folder, String python) {
    /**
     * Returns the file of a network.
     *
     * @param name path of an ONNX file, or a name of torchvision
     * @throws IOException if there is no such file and the export fails; the message names both
     */
    Path file(String name) throws IOException, InterruptedException {
        Path given = Path.of(name);
        if (name.endsWith(".onnx")) {
            if (!Files.isReadable(given) || !Files.isRegularFile(given)) {
                throw new IOException("cannot read " + name
                        + ": give ONNX files, or names of torchvision such as resnet18");
            }
            return given;
        }
        if (!name.matches("[a-z0-9_]+")) {
            throw new IOException("'" + name + "' is neither an ONNX file nor a name of torchvision such as resnet18");
        }
        Path file = folder.resolve(name + ".onnx");
        if (!Files.exists(file)) {
            Files.createDirectories(folder);
            Path script = Path.of(System.getProperty("sectional.benchmarks", "tests/benchmarks"), "export.py");
            if (export(script, name, file) != 0) {
                throw new IOException("'" + name + "' is no ONNX file, and " + python + " " + script
                        + " exports no such network: give --python a Python with torchvision");
            }
        }
        return file;
    }

    private int export(Path script, String name, Path file) throws IOException, InterruptedException {
        try {
            return new ProcessBuilder(List.of(python, script.toString(), name, file.toString()))
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD).redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start().waitFor();
        } catch (IOException e) {
            throw new IOException("'" + name + "' is no ONNX file, and there is no program " + python
                    + " to export it: give --python a Python with torchvision", e);
        }
    }
}

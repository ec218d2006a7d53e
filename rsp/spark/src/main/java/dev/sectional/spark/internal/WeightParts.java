package dev.sectional.spark.internal;

import dev.sectional.core.InputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * The files of a network: besides the file that is named, the shards of an index of safetensors, which its text names,
 * and the external data of an ONNX file, by the usual names: that of the ONNX file with more behind it.
 */
final class WeightParts {
    private static final String INDEX = ".index.json";
    private static final String ONNX = ".onnx";
    private static final long LONGEST_INDEX = 32 << 20;

    private WeightParts() {
    }

    /**
     * Returns the files, the one that is named first.
     *
     * @throws IOException if the file, or its folder where that matters, cannot be read
     */
    static List<Path> of(Path file) throws IOException {
        String name = file.getFileName().toString();
        String lower = name.toLowerCase(Locale.ROOT);
        if (!lower.endsWith(INDEX) && !lower.endsWith(ONNX)) {
            return List.of(file);
        }
        String text = lower.endsWith(INDEX) ? index(file) : null;
        try (Stream<Path> beside = Files.list(file.toAbsolutePath().getParent())) {
            Stream<Path> parts = beside.filter(each -> isPart(each.getFileName().toString(), name, text))
                    .filter(Files::isRegularFile).sorted();
            return Stream.concat(Stream.of(file), parts).toList();
        }
    }

    private static boolean isPart(String other, String name, String index) {
        return !other.equals(name) && (index == null ? other.startsWith(name) : index.contains('"' + other + '"'));
    }

    private static String index(Path file) throws IOException {
        if (Files.size(file) > LONGEST_INDEX) {
            throw new InputException(file + " is too long for an index of weights: " + Files.size(file)
                    + " bytes; give a .safetensors.index.json, or a file of weights");
        }
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    }
}

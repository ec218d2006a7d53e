package dev.sectional.weights;

import dev.sectional.core.DType;
import dev.sectional.core.InputException;
import dev.sectional.core.TensorSource;
import dev.sectional.core.io.MappedFile;
import dev.sectional.core.io.SafetensorsWriter;
import dev.sectional.weights.internal.common.ModelWeights;
import dev.sectional.weights.internal.common.Printable;
import dev.sectional.weights.internal.format.FormatDetector;
import dev.sectional.weights.internal.format.OpenedFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongConsumer;

/** Writes weights of any format that {@link WeightsFile} reads as safetensors under torchvision's names. */
public final class Converter {
    private Converter() {}

    /**
     * What a conversion did.
     *
     * @param format of the source, in words
     * @param tensors how many were written
     * @param values how many they hold together
     */
    public record Summary(String format, int tensors, long values) {}

    /**
     * Converts a file in bounded memory. float32 keeps its bits, half precision and bfloat16 stay what they are, float64
     * and whole numbers become float32. The source's metadata is kept, and what is known of its images added. On
     * failure nothing is left behind.
     *
     * @param in the source
     * @param out the safetensors file to write; replaced if it is there
     * @param progressBytes told from time to time how many bytes have been written
     * @throws InputException if the source cannot be used, {@code out} is the source itself or cannot be written
     */
    public static Summary convert(Path in, Path out, LongConsumer progressBytes) {
        return convert(in, out, LoadOptions.none(), progressBytes);
    }

    /**
     * Converts a file as {@link #convert(Path, Path, LongConsumer)} does.
     *
     * @param options settings for the model card of the result, which win over the file's own; an architecture is ignored
     */
    public static Summary convert(Path in, Path out, LoadOptions options, LongConsumer progressBytes) {
        requireOther(in, out);
        try (OpenedFile file = FormatDetector.open(in)) {
            Map<String, TensorSource> values = new LinkedHashMap<>();
            Map<String, DType> types = new LinkedHashMap<>();
            long count = 0;
            ModelWeights named = file.modelWeights(options.metadata());
            for (var tensor : named.tensors().entrySet()) {
                values.put(tensor.getKey(), tensor.getValue().values());
                types.put(tensor.getKey(), kept(tensor.getValue().type()));
                count += tensor.getValue().values().shape().size();
            }
            SafetensorsWriter.write(out, named.metadata(), values, types, progressBytes);
            return new Summary(file.format(), values.size(), count);
        } catch (InternalError shortened) {
            throw MappedFile.explained(shortened);
        }
    }

    private static DType kept(DType type) {
        return type == DType.F16 || type == DType.BF16 ? type : DType.F32;
    }

    private static void requireOther(Path in, Path out) {
        try {
            if (Files.exists(in) && Files.exists(out) && Files.isSameFile(in, out)) {
                throw new InputException(out + ": is the file to convert; give another name for the result");
            }
        } catch (IOException unreadable) {
            throw new InputException(out + ": cannot be looked at (" + Printable.plain(unreadable.getMessage())
                    + "); give another name for the result", unreadable);
        }
    }
}

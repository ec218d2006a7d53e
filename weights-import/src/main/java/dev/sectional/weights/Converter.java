package dev.sectional.weights;

import dev.sectional.core.DType;
import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Provider;
import dev.sectional.core.TensorSource;
import dev.sectional.core.io.MappedFile;
import dev.sectional.core.io.SafetensorsWriter;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import dev.sectional.weights.internal.architecture.ArchitectureLoader;
import dev.sectional.weights.internal.common.ModelWeights;
import dev.sectional.weights.internal.common.Printable;
import dev.sectional.weights.internal.common.StoredTensor;
import dev.sectional.weights.internal.format.FormatDetector;
import dev.sectional.weights.internal.format.OpenedFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;

/**
 * Converts model files of any format that {@link ModelFiles} loads to safetensors that {@code Models.load} reads: under
 * torchvision's names or, of architectures that it does not know by them, with the graph in the metadata.
 */
public final class Converter {
    /** Elements that are checked at once. */
    private static final int CHUNK = 1 << 16;
    /** The least value that float16 rounds to infinity. */
    private static final float HALF_OVERFLOW = 65520;

    private Converter() {}

    /**
     * The extent of a conversion.
     *
     * @param format of the source, in words
     * @param tensors number of tensors written
     * @param elements number of elements of all tensors
     * @param problem why the result cannot be loaded as a network; empty if it can
     * @param assumed the settings that the source leaves open, as {@link ModelCard#assumed} of the network has them;
     *     loading the result assumes the same
     */
    public record Summary(String format, int tensors, long elements, String problem, List<String> assumed) {
        /**
         * Creates a summary.
         *
         * @param format of the source, in words
         * @param tensors number of tensors written
         * @param elements number of elements of all tensors
         * @param problem why the result cannot be loaded as a network; empty if it can
         * @param assumed copied
         * @throws NullPointerException if {@code assumed} or one of its phrases is null
         */
        public Summary {
            assumed = List.copyOf(assumed);
        }
    }

    /**
     * Converts a file in bounded memory. float32 keeps its bits, half precision and bfloat16 keep their type, float64
     * and whole numbers become float32. The result has the source's metadata and the preprocessing that its layout
     * implies. Unless it is a VGG, ResNet or SqueezeNet, it also has the graph, so that {@code Models.load} reads it;
     * batch norms are part of the convolutions before them then. On failure no file is left.
     *
     * @param in the source
     * @param out the safetensors file to write; replaced if it exists
     * @param progressBytes receives the number of bytes written so far, from time to time
     * @return what was written, and whether it loads
     * @throws InputException if the source cannot be read, or {@code out} cannot be written or is the source itself
     */
    public static Summary convert(Path in, Path out, LongConsumer progressBytes) {
        return convert(in, out, LoadOptions.none(), progressBytes);
    }

    /**
     * Converts a file as {@link #convert(Path, Path, LongConsumer)} does.
     *
     * @param in the source
     * @param out the safetensors file to write; replaced if it exists
     * @param options settings for the model card of the result, which win over the file's own; an architecture is
     *     checked and written into the result
     * @param progressBytes receives the number of bytes written so far, from time to time
     * @return what was written, and whether it loads
     * @throws InputException as above, and if the weights are not those of the architecture
     */
    public static Summary convert(Path in, Path out, LoadOptions options, LongConsumer progressBytes) {
        return convert(in, out, options, false, progressBytes);
    }

    /**
     * Converts a file as {@link #convert(Path, Path, LoadOptions, LongConsumer)} does, but stores tensors of at least
     * two dimensions as float16, rounded to nearest even, which halves the file. Biases and the tensors of norms, which
     * are few, keep float32. Rounding changes a weight by at most 2^-11 of its value, below 2^-14 by at most 2^-25.
     *
     * @param in the source
     * @param out the safetensors file to write; replaced if it exists
     * @param options as above
     * @param progressBytes receives the number of bytes written so far, from time to time
     * @return what was written, and whether it loads
     * @throws InputException also if a weight is beyond the range of float16, which ends at 65504
     */
    public static Summary convertToHalf(Path in, Path out, LoadOptions options, LongConsumer progressBytes) {
        return convert(in, out, options, true, progressBytes);
    }

    private static Summary convert(Path in, Path out, LoadOptions options, boolean half, LongConsumer progressBytes) {
        requireOther(in, out);
        try (OpenedFile file = FormatDetector.open(in, options.stateDict())) {
            Map<String, TensorSource> values = new LinkedHashMap<>();
            Map<String, DType> types = new LinkedHashMap<>();
            long elements = 0;
            ModelWeights weights = file.modelWeights(options.metadata(), options.output());
            ArchitectureLoader loader = loader(in.toString(), weights, options.architecture());
            List<String> assumed = new ArrayList<>();
            String problem = problem(in.toString(), file.format(), loader, options.architecture(), assumed);
            DType kept = halfType(weights);
            boolean named = loader.described() == null;
            weights = named ? weights : loader.described();
            for (var tensor : weights.tensors().entrySet()) {
                values.put(tensor.getKey(), tensor.getValue().values());
                boolean halved = half && tensor.getValue().values().shape().rank() >= 2;
                if (halved) {
                    requireHalf(in, tensor.getKey(), tensor.getValue().values());
                }
                types.put(tensor.getKey(), halved ? DType.F16 : named ? targetType(tensor.getValue().type())
                        : kept != null && fits(tensor.getValue().values(), kept) ? kept : DType.F32);
                elements += tensor.getValue().values().shape().size();
            }
            Map<String, String> metadata = new LinkedHashMap<>(weights.metadata());
            if (named && !options.architecture().isEmpty()) {
                metadata.put("sectional.architecture", options.architecture().toLowerCase(Locale.ROOT));
            }
            SafetensorsWriter.write(out, metadata, values, types, progressBytes);
            return new Summary(file.format(), values.size(), elements, problem, assumed);
        } catch (InternalError shortened) {
            throw MappedFile.explained(shortened);
        }
    }

    private static ArchitectureLoader loader(String name, ModelWeights weights, String architecture) {
        Map<String, TensorSource> tensors = new LinkedHashMap<>();
        weights.tensors().forEach((tensor, stored) -> tensors.put(tensor, stored.values()));
        return new ArchitectureLoader(name, tensors).metadata(weights.metadata()).model(architecture);
    }

    /**
     * Returns why the weights form no network, or an empty text; throws the reason if an architecture was named.
     *
     * @param assumed receives what the file leaves open
     */
    private static String problem(String name, String format, ArchitectureLoader loader, String architecture,
                                  List<String> assumed) {
        try (Engine engine = Engine.open(Provider.configured(), 1);
             Network network = loader.engine(engine).load()) {
            assumed.addAll(network.card().assumed());
            return "";
        } catch (InputException refused) {
            if (!architecture.isEmpty()) {
                throw refused;
            }
            return ModelFiles.described(name, format, refused).getMessage();
        }
    }

    /** Returns the type of half precision that a file has, or null if it has none or both. */
    private static DType halfType(ModelWeights weights) {
        Set<DType> halves = weights.tensors().values().stream().map(StoredTensor::type)
                .filter(type -> type == DType.F16 || type == DType.BF16).collect(Collectors.toSet());
        return halves.size() == 1 ? halves.iterator().next() : null;
    }

    /** Returns whether every value is one of a type of half precision, so that it can be stored without rounding. */
    private static boolean fits(TensorSource values, DType half) {
        float[] chunk = new float[Math.min(CHUNK, values.shape().size())];
        for (int from = 0; from < values.shape().size(); from += chunk.length) {
            int count = Math.min(chunk.length, values.shape().size() - from);
            values.read(from, chunk, 0, count);
            for (int i = 0; i < count; i++) {
                boolean same = half == DType.BF16 ? (Float.floatToRawIntBits(chunk[i]) & 0xffff) == 0
                        : DType.halfToFloat(DType.floatToHalf(chunk[i])) == chunk[i];
                if (!same) {
                    return false;
                }
            }
        }
        return true;
    }

    private static DType targetType(DType type) {
        return type == DType.F16 || type == DType.BF16 ? type : DType.F32;
    }

    /** Refuses weights that float16 would turn into infinities. */
    private static void requireHalf(Path in, String name, TensorSource values) {
        float[] chunk = new float[Math.min(CHUNK, values.shape().size())];
        for (int from = 0; from < values.shape().size(); from += chunk.length) {
            int count = Math.min(chunk.length, values.shape().size() - from);
            values.read(from, chunk, 0, count);
            for (int i = 0; i < count; i++) {
                if (Math.abs(chunk[i]) >= HALF_OVERFLOW && !Float.isInfinite(chunk[i])) {
                    throw new InputException(in + ": tensor " + name + " holds " + chunk[i] + " at element "
                            + (from + i) + ", beyond float16, which ends at 65504; convert without half precision");
                }
            }
        }
    }

    private static void requireOther(Path in, Path out) {
        try {
            if (Files.exists(in) && Files.exists(out) && Files.isSameFile(in, out)) {
                throw new InputException("cannot write " + out
                        + ": it is the file to convert; give another name for the result");
            }
        } catch (IOException unreadable) {
            throw new InputException("cannot write " + out + ": " + Printable.reason(unreadable)
                    + "; give another name for the result", unreadable);
        }
    }
}

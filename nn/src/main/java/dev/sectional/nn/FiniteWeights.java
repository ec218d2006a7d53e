package dev.sectional.nn;

import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.TensorSource;

/** Refuses weights that are infinite or not numbers, as a damaged file or a failed training leaves them. */
final class FiniteWeights {
    private static final int PIECE = 1 << 16;

    private FiniteWeights() {
    }

    /**
     * Looks at every weight once; a product with 0 is 0 unless the weight is infinite or not a number.
     *
     * @throws InputException that names the file, the tensor and the element
     */
    static void require(String file, String name, TensorSource source, Engine engine) {
        float[] zeros = new float[PIECE];
        int size = source.shape().size();
        engine.workers().run((size + PIECE - 1) / PIECE, piece -> {
            int from = piece * PIECE;
            float[] values = new float[Math.min(PIECE, size - from)];
            source.read(from, values, 0, values.length);
            if (engine.kernels().dot(values, 0, zeros, 0, values.length) != 0) {
                for (int i = 0; i < values.length; i++) {
                    if (!Float.isFinite(values[i])) {
                        throw new InputException(file + ": tensor '" + name + "' holds " + values[i] + " at element " + (from + i));
                    }
                }
            }
        });
    }
}

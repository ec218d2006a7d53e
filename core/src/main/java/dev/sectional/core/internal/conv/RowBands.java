package dev.sectional.core.internal.conv;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Several convolutions, 1x1, depthwise or of few channels, and max poolings, one after the other in bands of rows: each
 * band goes through all of them before the next one starts, so that the feature maps between them, which may be larger
 * than the second-level cache, are never complete. Every element has the same bits as from one after the other.
 */
public final class RowBands {
    /** Values of all maps of a band together: they stay in the second-level cache. */
    private static final int BAND_VALUES = 1 << 16;
    /** Output rows below which a task would compute too many rows again that belong to its neighbours. */
    private static final int LEAST_TASK_ROWS = 6;

    private final Execution execution;
    private final List<Stage> stages = new ArrayList<>();
    private final Shape input;
    private Shape shape;

    /** @param input shape {@code (H, W, C)} of the input of the first convolution */
    public RowBands(Execution execution, Shape input) {
        this.execution = execution;
        this.input = input;
        shape = input;
    }

    /** Returns whether an output of so many rows keeps all threads busy. */
    public static boolean occupies(Execution execution, int rows) {
        return execution.workers().threads() <= Math.max(1, rows / LEAST_TASK_ROWS);
    }

    /** One step. Rows are those of feature maps; an array may hold some rows alone, from a first one on. */
    abstract static class Stage {
        final Shape output;

        Stage(Shape output) {
            this.output = output;
        }

        /** Returns the number of values of an output row. */
        int rowSize() {
            return output.dim(1) * output.dim(2);
        }

        /** Returns the first input row that an output row reads. */
        abstract int firstRow(int row);

        /** Returns the end of the input rows that an output row reads. */
        abstract int endRow(int row);

        /** Computes output rows {@code from <= row < to}. */
        abstract void compute(int from, int to, float[] x, int firstOfX, float[] y, int firstOfY);

        /** Releases what it holds, when all rows are computed. */
        void release() {
        }
    }

    /** A step whose output rows read the input rows of the same numbers. */
    private abstract static class SameRows extends Stage {
        SameRows(Shape output) {
            super(output);
        }

        @Override
        int firstRow(int row) {
            return row;
        }

        @Override
        int endRow(int row) {
            return row + 1;
        }
    }

    /** Rows of a feature map that is computed as needed. */
    public interface Source {
        /** Writes the rows {@code from <= row < to} to y from {@code start} on. */
        void write(int from, int to, float[] y, int start);
    }

    /** Starts with a map of the shape of the input whose rows are computed as needed, instead of an input. */
    public RowBands source(Source source) {
        return with(new SameRows(shape) {
            @Override
            void compute(int from, int to, float[] x, int firstOfX, float[] y, int firstOfY) {
                source.write(from, to, y, (from - firstOfY) * rowSize());
            }
        });
    }

    /**
     * Adds a 1x1 convolution of stride 1 without padding.
     *
     * @param filters from {@link DirectConvolution#pack}
     */
    public RowBands pointwise(PackedMatrix filters, Epilogue epilogue) {
        Shape of = shape;
        int nr = execution.kernels().nr();
        Epilogue padded = epilogue.bias() == null ? epilogue
                : epilogue.withBias(Arrays.copyOf(epilogue.bias(), filters.panelCount() * nr));
        return with(new SameRows(Shape.of(of.dim(0), of.dim(1), filters.columns())) {
            @Override
            void compute(int from, int to, float[] x, int firstOfX, float[] y, int firstOfY) {
                Gemm.multiplyRows(execution, x, (from - firstOfX) * of.dim(1) * of.dim(2), (to - from) * of.dim(1),
                        filters, padded, y, (from - firstOfY) * rowSize());
            }
        });
    }

    /**
     * Adds a depthwise convolution.
     *
     * @param filters {@code (kh, kw, 1, C)}
     */
    public RowBands depthwise(ConvolutionGeometry geometry, Tensor filters, Epilogue epilogue) {
        return depthwise(OffsetRuns.ofConvolution(geometry.rows(), shape.dim(0)),
                OffsetRuns.ofConvolution(geometry.columns(), shape.dim(1)), filters,
                geometry.outputShape(shape, shape.dim(2)), epilogue);
    }

    /**
     * Adds the input gradient of a depthwise convolution.
     *
     * @param filters {@code (kh, kw, 1, C)}
     * @param of shape of the convolution's input, that of the gradient
     */
    public RowBands depthwiseGradient(ConvolutionGeometry geometry, Tensor filters, Shape of) {
        return depthwise(OffsetRuns.ofGradient(geometry.rows(), of.dim(0)),
                OffsetRuns.ofGradient(geometry.columns(), of.dim(1)), filters, of, Epilogue.NONE);
    }

    private RowBands depthwise(OffsetRuns rows, OffsetRuns columns, Tensor filters, Shape output, Epilogue epilogue) {
        DepthwiseConvolution.Rows loop = new DepthwiseConvolution.Rows(execution.kernels(), rows, columns,
                shape.dim(1), filters, output.dim(1), epilogue);
        return with(new Stage(output) {
            @Override
            int firstRow(int row) {
                return rows.count()[row] == 0 ? 0 : rows.source()[row] + Math.min(0, distance(row));
            }

            @Override
            int endRow(int row) {
                return rows.count()[row] == 0 ? 0 : rows.source()[row] + Math.max(0, distance(row)) + 1;
            }

            /** Returns the distance of the last row that an output row reads from the first one. */
            private int distance(int row) {
                return (rows.count()[row] - 1) * rows.sourceStep();
            }

            @Override
            void compute(int from, int to, float[] x, int firstOfX, float[] y, int firstOfY) {
                for (int row = from; row < to; row++) {
                    loop.compute(row, x, firstOfX, y, firstOfY);
                }
            }
        });
    }

    /**
     * Adds the gradient of an activation that limits values to an interval, as {@link GradientEpilogue}.
     *
     * @param limited outputs, or inputs, of the activation
     */
    public RowBands limit(float[] limited, float least, float greatest) {
        Stage before = stages.remove(stages.size() - 1);
        return with(new Stage(shape) {
            @Override
            int firstRow(int row) {
                return before.firstRow(row);
            }

            @Override
            int endRow(int row) {
                return before.endRow(row);
            }

            @Override
            void compute(int from, int to, float[] x, int firstOfX, float[] y, int firstOfY) {
                before.compute(from, to, x, firstOfX, y, firstOfY);
                execution.kernels().clampBackward(least, greatest, limited, from * rowSize(), y,
                        (from - firstOfY) * rowSize(), (to - from) * rowSize());
            }
        });
    }

    /**
     * Starts with a convolution of few channels.
     *
     * @param filters from {@link DirectConvolution#pack}
     */
    public RowBands smallChannel(ConvolutionGeometry geometry, PackedMatrix filters, Epilogue epilogue) {
        SmallChannelConvolution.Rows loop =
                new SmallChannelConvolution(execution, geometry, shape.dim(2)).new Rows(shape, filters, epilogue);
        return with(new SameRows(loop.output) {   // reads the input, which is complete
            @Override
            void compute(int from, int to, float[] x, int firstOfX, float[] y, int firstOfY) {
                loop.compute(from, to, x, firstOfX, y, firstOfY);
            }

            @Override
            void release() {
                loop.release();
            }
        });
    }

    /** Adds a max pooling. */
    public RowBands maxPooling(MaxPooling pooling) {
        return with(pooling.stage(execution, shape));
    }

    private RowBands with(Stage stage) {
        stages.add(stage);
        shape = stage.output;
        return this;
    }

    /**
     * Computes all convolutions.
     *
     * @param x of the shape of the input
     * @return the output of the last one, owned by the caller
     */
    public Tensor run(Tensor x) {
        if (!x.shape().equals(input)) {
            throw new IllegalArgumentException("wanted an input of shape " + input + ", got " + x.shape());
        }
        return run(x.data());
    }

    /** Computes all convolutions of a {@link #source}. */
    public Tensor run() {
        return run(new float[0]);
    }

    private Tensor run(float[] x) {
        Tensor y = execution.tensor(shape);
        int height = shape.dim(0);
        int tasks = Math.max(1, Math.min(execution.workers().threads(), height / LEAST_TASK_ROWS));
        execution.workers().run(tasks, task ->
                new Task(x, y.data()).run(task * height / tasks, (task + 1) * height / tasks));
        stages.forEach(Stage::release);
        return y;
    }

    /** The maps between the convolutions, of one task: of each a window of rows, which moves downwards. */
    private final class Task {
        private final float[] x;
        private final float[] y;
        private final int last = stages.size() - 1;
        private final float[][] rows = new float[last][];
        private final int[] first = new int[last];
        private final int[] end = new int[last];

        Task(float[] x, float[] y) {
            this.x = x;
            this.y = y;
        }

        void run(int from, int to) {
            int band = 1;
            while (from + band < to && values(from, Math.min(to, from + band + 1)) <= BAND_VALUES) {
                band++;
            }
            int[] most = new int[last];
            for (int row = from; row < to; row += band) {
                count(row, Math.min(to, row + band), most);
            }
            Arrays.setAll(rows, stage -> execution.acquire(most[stage] * stages.get(stage).rowSize()));
            for (int row = from; row < to; row += band) {
                compute(last, row, Math.min(to, row + band), y, 0);
            }
            for (float[] each : rows) {
                execution.release(each);
            }
        }

        /** Returns the values of all maps between the convolutions that some output rows depend on. */
        private long values(int from, int to) {
            int[] counts = new int[last];
            count(from, to, counts);
            long values = 0;
            for (int stage = 0; stage < last; stage++) {
                values += (long) counts[stage] * stages.get(stage).rowSize();
            }
            return values;
        }

        /** Raises {@code most} to the number of rows of each map that some output rows depend on. */
        private void count(int from, int to, int[] most) {
            int lower = from;
            int upper = to;
            for (int stage = last; stage > 0; stage--) {
                int lowerOfStage = lower;
                lower = firstRow(stage, lower, upper);
                upper = endRow(stage, lowerOfStage, upper);
                most[stage - 1] = Math.max(most[stage - 1], upper - lower);
            }
        }

        private int firstRow(int stage, int from, int to) {
            int row = Integer.MAX_VALUE;
            for (int i = from; i < to; i++) {
                boolean reads = stages.get(stage).endRow(i) > 0;
                row = reads ? Math.min(row, stages.get(stage).firstRow(i)) : row;
            }
            return row == Integer.MAX_VALUE ? 0 : row;
        }

        private int endRow(int stage, int from, int to) {
            int row = 0;
            for (int i = from; i < to; i++) {
                row = Math.max(row, stages.get(stage).endRow(i));
            }
            return row;
        }

        /** Computes rows of one convolution, and before that the rows that they read. */
        private void compute(int stage, int from, int to, float[] target, int firstOfTarget) {
            if (stage == 0) {
                stages.get(0).compute(from, to, x, 0, target, firstOfTarget);
                return;
            }
            int lower = firstRow(stage, from, to);
            int upper = endRow(stage, from, to);
            if (lower < upper) {
                provide(stage - 1, lower, upper);
            }
            stages.get(stage).compute(from, to, rows[stage - 1], first[stage - 1], target, firstOfTarget);
        }

        /** Moves the window of a map to some rows. Keeps those that it holds, and computes the others. */
        private void provide(int stage, int from, int to) {
            int size = stages.get(stage).rowSize();
            int kept = Math.max(0, end[stage] - Math.max(from, first[stage]));
            if (kept > 0) {
                System.arraycopy(rows[stage], (end[stage] - kept - first[stage]) * size, rows[stage], 0, kept * size);
            }
            first[stage] = from;
            end[stage] = Math.max(to, from + kept);
            if (from + kept < to) {
                compute(stage, from + kept, to, rows[stage], from);
            }
        }
    }
}

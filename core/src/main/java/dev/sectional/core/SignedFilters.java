package dev.sectional.core;

/**
 * The filter gradients of the two signs of a map r apart, {@code G+} of {@code max(r, 0)} and {@code G-} of
 * {@code max(-r, 0)}, by the transposed form of {@link Winograd}:
 * {@code G = G^T [sum over tiles of (B^T x B)(A q A^T)] G} with x the 6 x 6 inputs below a tile and q its 4 x 4 values.
 * The sum over tiles is a matrix product, channels by outputs, at each of the 36 points; it is taken in pieces of a fixed
 * number of tiles, so that both factors stay in the cache, and each value is summed in one order whatever the threads.
 */
public final class SignedFilters {
    /** Transformed values of one piece: about the share of the third-level cache that two threads have. */
    private static final int PIECE_VALUES = 2_500_000;
    private static final int MOST_TILES = 256;
    private static final int LEAST_TILES = 32;
    private static final int TASK = 4;

    private final Engine engine;
    private final Kernels kernels;
    private final Buffers buffers;
    private final Workers workers;
    private final Convolution convolution;
    private final Tensor x;
    private final Tensor r;
    private final int channels;
    private final int outputs;
    private final int panelWidth;
    private final int panels;
    private final int paddedChannels;
    private final int tileColumns;
    private final int tiles;
    private final int piece;
    private final int vStep;
    private final int qStep;
    private final int sumStep;
    private final PackedMatrix packed;

    private SignedFilters(Engine engine, Convolution convolution, Tensor x, Tensor r) {
        kernels = engine.kernels();
        this.engine = engine;
        buffers = engine.buffers();
        workers = engine.workers();
        this.convolution = convolution;
        this.x = x;
        this.r = r;
        channels = x.shape().dim(2);
        outputs = r.shape().dim(2);
        panelWidth = kernels.tileColumns();
        panels = (outputs + panelWidth - 1) / panelWidth;
        paddedChannels = (channels + kernels.tileRows() - 1) / kernels.tileRows() * kernels.tileRows();
        tileColumns = Winograd.tiles(r.shape().dim(1));
        tiles = Winograd.tiles(r.shape().dim(0)) * tileColumns;
        piece = Math.min(tiles, Math.max(LEAST_TILES, Math.min(MOST_TILES, PIECE_VALUES / Winograd.POINTS / (channels + 2 * outputs))));
        vStep = piece * channels + Winograd.GAP;
        qStep = 2 * panels * piece * panelWidth + Winograd.GAP;
        sumStep = 2 * panels * paddedChannels * panelWidth + Winograd.GAP;
        packed = new PackedMatrix(engine, 9 * channels, 2 * panels * panelWidth);
    }

    /**
     * @param convolution of a 3x3 kernel that moves by one place
     * @param x {@code (H, W, C)}
     * @param r {@code (H', W', O)}
     */
    public static SignedFilters of(Engine engine, Convolution convolution, Tensor x, Tensor r) {
        if (!r.shape().equals(convolution.outputShape(x.shape(), r.shape().dim(2)))) {
            throw new IllegalArgumentException("for an input of " + x.shape() + " wanted values of shape "
                    + convolution.outputShape(x.shape(), r.shape().dim(2)) + ", got " + r.shape());
        }
        SignedFilters filters = new SignedFilters(engine, convolution, x, r);
        filters.compute();
        return filters;
    }

    /** Both, for {@link Winograd#forward}, to be given back: the outputs of {@code G+}, and from column {@link #negativeStart} on those of {@code G-}. */
    public PackedMatrix packed() {
        return packed;
    }

    /** The first column of {@code G-}: the number of outputs, rounded up to whole panels. */
    public int negativeStart() {
        return panels * panelWidth;
    }

    private void compute() {
        float[] v = buffers.take(Winograd.POINTS * vStep + kernels.tileRows());
        float[] q = buffers.take(Winograd.POINTS * qStep);
        float[] sums = buffers.take(Winograd.POINTS * sumStep);
        for (int first = 0; first < tiles; first += piece) {
            int from = first;
            int count = Math.min(piece, tiles - first);
            workers.run((count + TASK - 1) / TASK, task -> {
                float[] scratch = buffers.take(Winograd.POINTS * Math.max(Math.max(channels, outputs), panelWidth));
                float[] edge = buffers.take(Winograd.POINTS * Math.max(channels, outputs));
                for (int i = task * TASK; i < Math.min(count, (task + 1) * TASK); i++) {
                    transform(from + i, i, scratch, edge, v, q);
                }
                buffers.give(scratch);
                buffers.give(edge);
            });
            workers.run(Winograd.POINTS * 2 * panels, task -> {
                int point = task / (2 * panels);
                int panel = task % (2 * panels);
                for (int row = 0; row < channels; row += kernels.tileRows()) {   // rows past the channels are never read
                    kernels.outerTile(v, point * vStep + row, channels, q, point * qStep + panel * piece * panelWidth, count,
                            sums, point * sumStep + (panel * paddedChannels + row) * panelWidth, panelWidth, from > 0);
                }
            });
        }
        workers.run(2 * panels, panel -> {
            float[] scratch = buffers.take(Winograd.POINTS * panelWidth);
            for (int c = 0; c < channels; c++) {
                kernels.winogradGradient(sums, (panel * paddedChannels + c) * panelWidth, sumStep, panelWidth, scratch,
                        packed.panels(), packed.panelStart(panel) + c * panelWidth, channels * panelWidth);
            }
            buffers.give(scratch);
        });
        buffers.give(v);
        buffers.give(q);
        buffers.give(sums);
    }

    private void transform(int tile, int at, float[] scratch, float[] edge, float[] v, float[] q) {
        int row = tile / tileColumns * Winograd.TILE;
        int column = tile % tileColumns * Winograd.TILE;
        int height = x.shape().dim(0);
        int width = x.shape().dim(1);
        int top = row - convolution.rows().before();
        int left = column - convolution.columns().before();
        if (top >= 0 && left >= 0 && top + Winograd.WINDOW <= height && left + Winograd.WINDOW <= width) {
            kernels.winogradInput(x.data(), (top * width + left) * channels, width * channels, channels, channels, scratch, v, at * channels, vStep);
        } else {
            Tiles.copy(x.data(), height, width, channels, top, left, Winograd.WINDOW, edge);
            kernels.winogradInput(edge, 0, Winograd.WINDOW * channels, channels, channels, scratch, v, at * channels, vStep);
        }
        for (int sign = 1, first = 0; sign >= -1; sign -= 2, first += panels) {
            Tiles.copy(r.data(), r.shape().dim(0), r.shape().dim(1), outputs, row, column, Winograd.TILE, edge);
            kernels.part(0.5f * sign, 0.5f, edge, 0, edge, 0, Winograd.TILE * Winograd.TILE * outputs);
            for (int panel = 0; panel < panels; panel++) {
                int from = panel * panelWidth;
                kernels.winogradUpstream(edge, from, Winograd.TILE * outputs, outputs, Math.min(panelWidth, outputs - from), scratch,
                        q, ((first + panel) * piece + at) * panelWidth, qStep);
            }
        }
    }

    /**
     * The filters of the input gradient of {@code s+} and {@code -s-} together, {@link Winograd#inputGradient}: mirrored, inputs
     * and outputs exchanged, those of {@code G+} before those of {@code G-}. To be given back.
     */
    public PackedMatrix mirrored() {
        int columnPanels = (channels + panelWidth - 1) / panelWidth;
        PackedMatrix mirrored = new PackedMatrix(engine, 9 * 2 * outputs, channels);
        workers.run(columnPanels * 9, task -> {
            int columns = task / 9;
            int tap = task % 9;
            int first = columns * panelWidth;
            int used = Math.min(panelWidth, channels - first);
            for (int row = 0; row < 2 * outputs; row++) {
                int o = row % outputs;
                int panel = row / outputs * panels + o / panelWidth;
                int from = packed.panelStart(panel) + ((8 - tap) * channels + first) * panelWidth + o % panelWidth;
                int to = mirrored.panelStart(columns) + (tap * 2 * outputs + row) * panelWidth;
                for (int c = 0; c < used; c++) {
                    mirrored.panels()[to + c] = packed.panels()[from + c * panelWidth];
                }
            }
        });
        return mirrored;
    }
}

package dev.sectional.weights.internal.onnx;

import static dev.sectional.weights.internal.onnx.ConstantRunner.dims;
import static dev.sectional.weights.internal.onnx.ConstantRunner.number;
import static dev.sectional.weights.internal.onnx.ModelBuilder.ints;
import static dev.sectional.weights.internal.onnx.ModelBuilder.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Provider;
import java.util.Arrays;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Convolution and pooling of maps, of sequences and of several maps at once, against loops over their windows. */
class OnnxWindowsTest {
    private static Engine engine;

    @BeforeAll
    static void open() {
        engine = Engine.open(Provider.SCALAR, 1);
    }

    @AfterAll
    static void close() {
        engine.close();
    }

    /** Sizes of a window along rows and columns: kernel, stride, dilation, padding before and after. */
    private record Window(int[] kernel, int[] stride, int[] dilation, int[] pads) {
        static Window of(String sizes) {
            int[] s = Arrays.stream(sizes.split(" ")).mapToInt(Integer::parseInt).toArray();
            return new Window(new int[] {s[0], s[1]}, new int[] {s[2], s[3]}, new int[] {s[4], s[5]},
                    Arrays.copyOfRange(s, 6, 10));
        }

        int count(int side, int length) {
            return (length + pads[side] + pads[side + 2] - dilation[side] * (kernel[side] - 1) - 1) / stride[side] + 1;
        }

        int at(int side, int i, int k) {
            return i * stride[side] - pads[side] + k * dilation[side];
        }

        long[] attribute(int[] of, boolean line) {
            int[] own = !line ? of : of.length == 2 ? new int[] {of[1]} : new int[] {of[1], of[3]};
            return Arrays.stream(own).asLongStream().toArray();
        }
    }

    private static double x(int[] d, int n, int c, int i, int j) {
        boolean inside = i >= 0 && i < d[2] && j >= 0 && j < d[3];
        return inside ? GraphRunner.element(((n * d[1] + c) * d[2] + i) * d[3] + j) : 0;
    }

    private static double w(int i) {
        return (i * 29 % 31 - 15) / 8.0;
    }

    private static double[] weights(int size) {
        double[] weights = new double[size];
        Arrays.setAll(weights, OnnxWindowsTest::w);
        return weights;
    }

    private static void assertSame(double[][][][] expected, GraphRunner graph, boolean line) {
        float[] ours = graph.run().values(engine, GraphRunner::element);
        boolean map = expected.length == 1 && !line;
        int at = 0;
        int channels = expected[0].length;
        for (int n = 0; n < expected.length; n++) {
            for (int c = 0; c < channels; c++) {
                for (int i = 0; i < expected[n][c].length; i++) {
                    for (int j = 0; j < expected[n][c][i].length; j++) {
                        int rows = i * expected[n][c][i].length + j;
                        double own = ours[map ? rows * channels + c : at];
                        assertEquals(expected[n][c][i][j], own, 1e-4, n + " " + c + " " + i + " " + j);
                        at++;
                    }
                }
            }
        }
        assertEquals(at, ours.length);
    }

    private static double[][][][] convolved(int[] d, int outputs, int groups, Window window) {
        int depth = d[1] / groups;
        double[][][][] y = new double[d[0]][outputs][window.count(0, d[2])][window.count(1, d[3])];
        for (int n = 0; n < d[0]; n++) {
            for (int o = 0; o < outputs; o++) {
                for (int i = 0; i < y[n][o].length; i++) {
                    for (int j = 0; j < y[n][o][i].length; j++) {
                        double sum = w(o);
                        for (int t = 0; t < depth * window.kernel[0] * window.kernel[1]; t++) {
                            int k = t / window.kernel[1] % window.kernel[0];
                            int l = t % window.kernel[1];
                            int c = t / window.kernel[1] / window.kernel[0] + o / (outputs / groups) * depth;
                            sum += x(d, n, c, window.at(0, i, k), window.at(1, j, l))
                                    * w(o * depth * window.kernel[0] * window.kernel[1] + t);
                        }
                        y[n][o][i][j] = sum;
                    }
                }
            }
        }
        return y;
    }

    /** Maps, channels, rows and columns; outputs; groups; kernel, stride, dilation and padding. One row: a sequence. */
    @ParameterizedTest
    @CsvSource({"1 4 5 6, 4, 1, 3 2 1 1 1 1 0 0 0 0", "1 4 5 6, 2, 2, 3 2 2 1 1 2 1 2 3 0",
        "3 2 4 5, 3, 1, 3 3 1 1 1 1 1 1 1 1", "3 2 5 5, 3, 1, 3 2 2 2 1 1 0 1 1 2",
        "2 4 6 4, 4, 4, 2 3 3 1 1 1 0 0 1 0", "2 2 7 4, 2, 1, 2 2 1 1 3 1 2 0 0 0",
        "2 2 6 4, 2, 1, 1 1 2 2 1 1 0 0 0 0", "4 3 4 4, 2, 1, 2 2 2 2 1 1 0 0 0 0",
        "3 2 5 4, 2, 1, 1 3 3 1 1 1 2 0 2 1", "1 4 1 9, 6, 2, 1 3 1 2 1 2 0 1 0 3",
        "1 2 1 5, 1, 1, 1 5 1 1 1 1 0 0 0 0"})
    void convolution(String input, int outputs, int groups, String sizes) {
        int[] d = Arrays.stream(input.split(" ")).mapToInt(Integer::parseInt).toArray();
        Window window = Window.of(sizes);
        boolean line = d[2] == 1;
        int depth = d[1] / groups;
        int[] shape = line ? dims(outputs, depth, window.kernel[1])
                : dims(outputs, depth, window.kernel[0], window.kernel[1]);
        GraphRunner graph = GraphRunner.of(1, d[0] * d[1], d[2], d[3]).floats("b", dims(outputs), weights(outputs))
                .floats("w", shape, weights(Arrays.stream(shape).reduce(1, (a, b) -> a * b)))
                .whole("s", line ? new double[] {d[0], d[1], d[3]} : new double[] {d[0], d[1], d[2], d[3]})
                .node("Reshape", "x s", "r").node("Conv", "r w b", "y", number("group", groups),
                        ints("kernel_shape", window.attribute(window.kernel, line)),
                        ints("strides", window.attribute(window.stride, line)),
                        ints("dilations", window.attribute(window.dilation, line)),
                        ints("pads", window.attribute(window.pads, line)));
        assertSame(convolved(d, outputs, groups, window), graph, line);
    }

    private static double[][][][] pooled(int[] d, Window window, boolean most, boolean counted) {
        double[][][][] y = new double[d[0]][d[1]][window.count(0, d[2])][window.count(1, d[3])];
        for (int n = 0; n < d[0]; n++) {
            for (int c = 0; c < d[1]; c++) {
                for (int i = 0; i < y[n][c].length; i++) {
                    for (int j = 0; j < y[n][c][i].length; j++) {
                        double greatest = Double.NEGATIVE_INFINITY;
                        double sum = 0;
                        int count = 0;
                        for (int t = 0; t < window.kernel[0] * window.kernel[1]; t++) {
                            int row = window.at(0, i, t / window.kernel[1]);
                            int column = window.at(1, j, t % window.kernel[1]);
                            boolean inside = row >= 0 && row < d[2] && column >= 0 && column < d[3];
                            greatest = inside ? Math.max(greatest, x(d, n, c, row, column)) : greatest;
                            sum += x(d, n, c, row, column);
                            count += inside || counted ? 1 : 0;
                        }
                        y[n][c][i][j] = most ? greatest : sum / count;
                    }
                }
            }
        }
        return y;
    }

    @ParameterizedTest
    @CsvSource({"1 3 5 6, 3 2 2 1 1 1 0 0 0 0", "1 3 5 6, 3 3 1 1 1 1 1 0 1 1", "3 2 4 5, 2 3 2 1 1 1 1 1 0 1",
        "1 3 1 7, 1 3 1 2 1 1 0 1 0 1", "2 1 3 3, 3 3 1 1 1 1 0 0 0 0"})
    void pooling(String input, String sizes) {
        int[] d = Arrays.stream(input.split(" ")).mapToInt(Integer::parseInt).toArray();
        Window window = Window.of(sizes);
        boolean line = d[2] == 1;
        for (String kind : new String[] {"MaxPool", "AveragePool", "counted"}) {
            GraphRunner graph = GraphRunner.of(1, d[0] * d[1], d[2], d[3])
                    .whole("s", line ? new double[] {d[0], d[1], d[3]} : new double[] {d[0], d[1], d[2], d[3]})
                    .node("Reshape", "x s", "r")
                    .node(kind.equals("MaxPool") ? kind : "AveragePool", "r", "y",
                            ints("kernel_shape", window.attribute(window.kernel, line)),
                            ints("strides", window.attribute(window.stride, line)),
                            ints("pads", window.attribute(window.pads, line)),
                            number(kind.equals("MaxPool") ? "storage_order" : "count_include_pad",
                                    kind.equals("counted") ? 1 : 0));
            assertSame(pooled(d, window, kind.equals("MaxPool"), kind.equals("counted")), graph, line);
        }
    }

    private static void refused(String said, GraphRunner graph) {
        String message = assertThrows(InputException.class, graph::run).getMessage();
        assertTrue(message.contains(said), message);
    }

    private static GraphRunner several(int rows) {
        return GraphRunner.of(1, 4, rows, 4).whole("s", 2, 2, rows, 4).node("Reshape", "x s", "r")
                .floats("w", dims(1, 2, 3, 1), weights(6));
    }

    @Test
    void severalMapsNeedPaddingThatIsStated() {
        refused("pads 2 maps at once by auto_pad", several(4).node("Conv", "r w", "y", text("auto_pad", "SAME_UPPER")));
        refused("has a kernel larger than maps of 2 rows", several(2).node("Conv", "r w", "y"));
        several(3).node("Conv", "r w", "y").run();
        several(2).node("Conv", "r w", "y", ints("pads", 1, 0, 0, 0)).run();
        refused("takes a feature map", several(4).floats("v", dims(2, 1, 1, 1), 1, 1)
                .node("ConvTranspose", "r v", "y"));
        several(4).node("Conv", "r w", "y", text("auto_pad", "VALID"), ints("pads", 1, 1, 1, 1)).run();
        GraphRunner aligned = GraphRunner.of(1, 4, 4, 4).whole("s", 2, 2, 4, 4).node("Reshape", "x s", "r")
                .floats("w", dims(1, 2, 2, 2), weights(8)).node("Conv", "r w", "y", ints("strides", 2, 2)).run();
        assertTrue(!aligned.kinds().contains("Pad"), aligned.kinds());
        GraphRunner batch = GraphRunner.of(2, 2, 4, 4).floats("w", dims(1, 2, 3, 1), weights(6))
                .node("Conv", "x w", "y").run();
        assertEquals("Conv2d", batch.kinds());
    }
}

package dev.sectional.weights.internal.onnx;

import static dev.sectional.weights.internal.onnx.ConstantRunner.dims;
import static dev.sectional.weights.internal.onnx.ConstantRunner.number;
import static dev.sectional.weights.internal.onnx.ConstantRunner.real;
import static dev.sectional.weights.internal.onnx.ModelBuilder.ints;
import static dev.sectional.weights.internal.onnx.ModelBuilder.text;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.DType;
import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.weights.internal.onnx.proto.AttributeProto.AttributeType;
import dev.sectional.weights.internal.onnx.proto.AttributeProto;
import java.util.Arrays;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Transposed convolution, blocks that are summed and padding, against loops and the same nodes on constants. */
class OnnxPaddingTest {
    private static Engine engine;

    @BeforeAll
    static void open() {
        engine = Engine.open(Provider.SCALAR, 1);
    }

    @AfterAll
    static void close() {
        engine.close();
    }

    private static void refused(String said, GraphRunner graph) {
        String message = assertThrows(InputException.class, graph::run).getMessage();
        assertTrue(message.contains(said), message);
    }

    private static int[] numbers(String text) {
        return Arrays.stream(text.split(" ")).mapToInt(Integer::parseInt).toArray();
    }

    private static long[] longs(int... numbers) {
        return Arrays.stream(numbers).asLongStream().toArray();
    }

    /**
     * Adds each element of the input, times each weight, where its window puts it.
     *
     * @param d channels, rows and columns
     * @param k outputs of a group, rows and columns of the kernel
     * @param s stride, dilation and padding before, each along rows and columns
     */
    private static ConstantArray scattered(int[] d, int[] k, int groups, int[] s, int rows, int columns) {
        double[] y = new double[k[0] * groups * rows * columns];
        for (int t = 0; t < d[0] * d[1] * d[2] * k[0] * k[1] * k[2]; t++) {
            int l = t % k[2];
            int kernel = t / k[2] % k[1];
            int o = t / k[2] / k[1] % k[0];
            int position = t / k[2] / k[1] / k[0];
            int c = position / d[2] / d[1];
            int row = position / d[2] % d[1] * s[0] - s[4] + kernel * s[2];
            int column = position % d[2] * s[1] - s[5] + l * s[3];
            if (row >= 0 && row < rows && column >= 0 && column < columns) {
                int channel = c / (d[0] / groups) * k[0] + o;
                y[(channel * rows + row) * columns + column] += GraphRunner.element(position)
                        * weight(((c * k[0] + o) * k[1] + kernel) * k[2] + l);
            }
        }
        return new ConstantArray(DType.F32, dims(1, k[0] * groups, rows, columns), y);
    }

    private static double weight(int i) {
        return (i * 29 % 31 - 15) / 8.0;
    }

    private static GraphRunner transposed(int[] d, int[] k, int groups, int[] s, AttributeProto... more) {
        double[] weights = new double[d[0] * k[0] * k[1] * k[2]];
        Arrays.setAll(weights, OnnxPaddingTest::weight);
        AttributeProto[] attributes = Arrays.copyOf(more, more.length + 4);
        attributes[more.length] = number("group", groups);
        attributes[more.length + 1] = ints("strides", s[0], s[1]);
        attributes[more.length + 2] = ints("dilations", s[2], s[3]);
        attributes[more.length + 3] = ints("kernel_shape", k[1], k[2]);
        return GraphRunner.of(1, d[0], d[1], d[2]).floats("w", dims(d[0], k[0], k[1], k[2]), weights)
                .node("ConvTranspose", "x w", "y", attributes);
    }

    /** Input, kernel, groups, strides and dilations, padding, output padding. */
    @ParameterizedTest
    @CsvSource({"2 3 4, 3 3 2, 1, 1 1 1 1, 0 0 0 0, 0 0", "2 3 4, 2 3 2, 1, 2 3 1 2, 1 0 2 1, 1 2",
        "4 2 3, 2 2 3, 2, 2 1 2 1, 0 1 1 1, 0 0", "3 2 2, 1 1 1, 3, 3 2 1 1, 0 0 0 0, 2 1"})
    void transposedConvolution(String input, String kernel, int groups, String steps, String pads, String more) {
        int[] d = numbers(input);
        int[] k = numbers(kernel);
        int[] p = numbers(pads);
        int[] o = numbers(more);
        int[] s = numbers(steps + " " + p[0] + " " + p[1]);
        int rows = s[0] * (d[1] - 1) + o[0] + (k[1] - 1) * s[2] + 1 - p[0] - p[2];
        int columns = s[1] * (d[2] - 1) + o[1] + (k[2] - 1) * s[3] + 1 - p[1] - p[3];
        transposed(d, k, groups, s, ints("pads", longs(p)), ints("output_padding", longs(o)))
                .assertSame(engine, scattered(d, k, groups, s, rows, columns));
    }

    /** Padding that follows from the wanted size: kernel, stride, dilation, mode, rows, padding before. */
    @ParameterizedTest
    @CsvSource({"3, 2, 1, NOTSET, 6, 1", "4, 2, 1, SAME_UPPER, 6, 1", "3, 2, 1, SAME_UPPER, 6, 0",
        "3, 2, 1, SAME_LOWER, 6, 1", "2, 1, 3, SAME_UPPER, 3, 1", "2, 1, 4, SAME_LOWER, 3, 2", "3, 2, 1, NOTSET, 7, 0",
        "2, 3, 1, SAME_UPPER, 9, 0", "3, 2, 1, NOTSET, 8, 0"})
    void transposedConvolutionOfAWantedSize(int kernel, int stride, int dilation, String auto, int rows, int before) {
        int[] d = {2, 3, 2};
        int[] k = {1, kernel, 1};
        int[] s = {stride, 1, dilation, 1, before, 0};
        AttributeProto mode = text("auto_pad", auto);
        transposed(d, k, 1, s, auto.equals("NOTSET") ? new AttributeProto[] {mode, ints("output_shape", rows, 2)}
                : new AttributeProto[] {mode}).assertSame(engine, scattered(d, k, 1, s, rows, 2));
    }

    @Test
    void transposedConvolutionChecksItsKernel() {
        refused("kernel_shape is [2, 2], its weight has a kernel of [3, 3]", GraphRunner.of(1, 1, 4, 4)
                .floats("w", dims(1, 1, 3, 3), new double[9]).node("ConvTranspose", "x w", "y",
                        ints("kernel_shape", 2, 2)));
    }

    /** Channels, block, image, stride, dilation and padding. */
    @ParameterizedTest
    @CsvSource({"2, 2 3, 4 5, 1 1, 1 1, 0 0 0 0", "1, 2 2, 5 4, 2 2, 1 1, 0 0 0 0", "3, 2 2, 4 6, 1 3, 3 2, 1 0 0 1",
        "2, 1 2, 3 3, 2 1, 1 1, 0 1 0 1", "1, 3 3, 3 3, 1 1, 1 1, 0 0 0 0"})
    void blocksAreSummed(int channels, String blocks, String image, String strides, String dilations, String pads) {
        int[] k = numbers(blocks);
        int[] to = numbers(image);
        int[] s = numbers(strides + " " + dilations);
        int[] p = numbers(pads);
        int down = (to[0] + p[0] + p[2] - s[2] * (k[0] - 1) - 1) / s[0] + 1;
        int right = (to[1] + p[1] + p[3] - s[3] * (k[1] - 1) - 1) / s[1] + 1;
        double[] y = new double[channels * to[0] * to[1]];
        for (int i = 0; i < channels * k[0] * k[1] * down * right; i++) {
            int row = i / right % down * s[0] - p[0] + i / right / down / k[1] % k[0] * s[2];
            int column = i % right * s[1] - p[1] + i / right / down % k[1] * s[3];
            if (row >= 0 && row < to[0] && column >= 0 && column < to[1]) {
                y[(i / right / down / k[1] / k[0] * to[0] + row) * to[1] + column] += GraphRunner.element(i);
            }
        }
        GraphRunner.of(1, channels * k[0] * k[1], down * right).whole("i", to[0], to[1]).whole("b", k[0], k[1])
                .node("Col2Im", "x i b", "y", ints("strides", s[0], s[1]), ints("dilations", s[2], s[3]),
                        ints("pads", longs(p)))
                .assertSame(engine, new ConstantArray(DType.F32, dims(1, channels, to[0], to[1]), y));
    }

    private static GraphRunner map() {
        return GraphRunner.of(1, 2, 4, 3);
    }

    @ParameterizedTest
    @CsvSource({"0 0 1 2 0 0 3 0", "0 0 1 0 0 0 0 0", "0 0 0 0 0 0 0 2", "0 1 0 0 0 0 0 0", "0 0 -1 1 0 0 2 -1",
        "1 0 0 0 0 0 0 0", "0 0 -1 0 0 -1 -1 0", "0 0 0 0 0 0 0 0", "0 0 -3 0 0 0 0 0"})
    void padding(String pads) {
        double[] given = Arrays.stream(numbers(pads)).asDoubleStream().toArray();
        for (String inputs : new String[] {"x p v", "x p"}) {
            map().whole("p", given).number("v", 2).node("Pad", inputs, "y").assertSame(engine);
            map().opset(11).whole("p", given).number("v", 2).node("Pad", inputs, "y").assertSame(engine);
        }
        map().opset(10).node("Pad", "x", "y", ints("pads", longs(numbers(pads))), real("value", 2)).assertSame(engine);
    }

    @Test
    void paddingIsBounded() {
        GraphRunner most = map().whole("p", 0, 0, 1 << 16, 0, 0, 0, 1 << 16, 0).node("Pad", "x p", "y").run();
        assertEquals(Shape.of(4 + (1 << 17), 3, 2), most.result().shape());
        assertEquals("Pad2d", map().whole("p", 0, 0, 0, 2, 0, 0, 0, 1).node("Pad", "x p", "y").run().kinds());
        refused("works along the batch of 2 images", GraphRunner.of(2, 3).whole("p", 1, 0, 0, 0)
                .node("Pad", "x p", "y"));
        assertEquals(Shape.of(4), GraphRunner.of(2, 3).whole("p", 0, 1, 0, 0).node("Pad", "x p", "y").run().result()
                .shape());
        refused("pads [1, 2, 3] do not fit 4 axes", map().whole("p", 1, 2, 3).node("Pad", "x p", "y"));
        refused("do not fit 1 axes", map().whole("p", 1, 2, 3).whole("a", 2).node("Pad", "x p - a", "y"));
    }

    /** A number that no maximum takes, where a MaxPool alone reads it. */
    @Test
    void minusInfinityIsReadByMaxPoolsAlone() {
        GraphRunner pooled = map().number("v", Double.NEGATIVE_INFINITY).whole("p", 0, 0, 1, 1, 0, 0, 1, 1)
                .node("Pad", "x p v", "q").node("MaxPool", "q", "y", ints("kernel_shape", 3, 3));
        map().node("MaxPool", "x", "y", ints("kernel_shape", 3, 3), ints("pads", 1, 1, 1, 1)).run();
        float[] own = map().node("MaxPool", "x", "y", ints("kernel_shape", 3, 3), ints("pads", 1, 1, 1, 1)).run()
                .values(engine, GraphRunner::element);
        assertArrayEquals(own, pooled.run().values(engine, GraphRunner::element));
        assertEquals(-1e30, (Double) pooled.only("Pad").settings().get("value"), 1e24);
        GraphRunner both = map().number("v", Double.NEGATIVE_INFINITY).whole("p", 0, 0, 1, 1, 0, 0, 1, 1)
                .node("Pad", "x p v", "q").node("MaxPool", "q", "m", ints("kernel_shape", 3, 3))
                .node("AveragePool", "q", "a", ints("kernel_shape", 3, 3)).node("Add", "a m", "y");
        refused("pads with -Infinity, which only a MaxPool may read", both);
        refused("pads with -Infinity", map().number("v", Double.NEGATIVE_INFINITY).whole("p", 0, 0, 1, 1, 0, 0, 1, 1)
                .node("Pad", "x p v", "y").node("MaxPool", "y", "m", ints("kernel_shape", 3, 3)));
        refused("pads with Infinity", map().number("v", Double.POSITIVE_INFINITY).whole("p", 0, 0, 1, 1, 0, 0, 1, 1)
                .node("Pad", "x p v", "q").node("MaxPool", "q", "y", ints("kernel_shape", 3, 3)));
    }

    @Test
    void sizesComeFromInputsAndAttributes() {
        AttributeProto scales = AttributeProto.newBuilder().setName("scales").setType(AttributeType.FLOATS)
                .addFloats(1).addFloats(1).addFloats(2).addFloats(3).build();
        assertEquals(Shape.of(8, 9, 2), map().opset(8).node("Upsample", "x", "y", scales).run().result().shape());
        assertEquals(Shape.of(8, 3, 2), map().opset(11).floats("s", dims(4), 1, 1, 2, 1).node("Resize", "x - s", "y")
                .run().result().shape());
        assertEquals(Shape.of(8, 3, 2), map().opset(10).floats("s", dims(4), 1, 1, 2, 1).node("Resize", "x s", "y")
                .run().result().shape());
        assertEquals(Shape.of(8, 3, 2), map().floats("s", dims(4), 1, 1, 2, 1).floats("none", dims(0))
                .node("Resize", "x - s none", "y", real("extrapolation_value", 5)).run().result().shape());
        refused("no scale or size for each axis", map().floats("s", dims(16), new double[16])
                .node("Resize", "x - s", "y"));
        refused("input 3 has shape 17", map().floats("s", dims(17), new double[17]).node("Resize", "x - s", "y"));
        refused("resizes shape 1x2x4x3 to 1x2x0", map().whole("s", 1, 2, 0, 3).node("Resize", "x - - s", "y"));
        GraphRunner.of(1, 3, 8).node("GlobalAveragePool", "x", "y").assertSame(engine,
                GraphRunner.of(1, 3, 8).whole("a", 2).node("ReduceMean", "x a", "y").expected(GraphRunner::element));
        refused("takes volumes of three dimensions", GraphRunner.of(1, 3, 2, 2, 2).node("MaxPool", "x", "y",
                ints("kernel_shape", 2, 2, 2)));
        for (String mode : new String[] {"SAME_UPPER", "SAME_LOWER"}) {
            assertEquals(mode.equals("SAME_UPPER") ? 1L : 2L, map().node("MaxPool", "x", "y",
                    ints("kernel_shape", 3, 3), text("auto_pad", mode)).run().only("MaxPool2d").settings()
                    .get("auto_pad"));
            assertEquals(mode.equals("SAME_UPPER") ? 1L : 2L, map().node("AveragePool", "x", "y",
                    ints("kernel_shape", 3, 3), text("auto_pad", mode)).run().only("AvgPool2d").settings()
                    .get("auto_pad"));
        }
    }
}

package dev.sectional.weights.internal.onnx;

import static dev.sectional.weights.internal.onnx.ConstantRunner.dims;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.DType;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.nn.ModelCard;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Windows, padding, arithmetic and norms, operator by operator: settings, shapes and refusals. */
class OnnxLayersTest {
    private static OperatorRunner of(String operator) {
        return OperatorRunner.of(operator);
    }

    private static void refused(String said, OperatorRunner node) {
        String message = assertThrows(InputException.class, node::run).getMessage();
        assertTrue(message.startsWith("cannot read file: ") && message.contains(said), message);
    }

    @Test
    void convolutionsKeepTheirAttributes() {
        OperatorRunner conv = of("Conv").weight(6, 1, 3, 2).weight(6).number("group", 3).numbers("strides", 2, 1)
                .numbers("pads", 1, 2, 3, 4).numbers("dilations", 1, 2).numbers("kernel_shape", 3, 2).run();
        assertEquals(Shape.of(5, 12, 6), conv.shape());
        assertEquals(List.of(1L, 2L, 3L, 4L), conv.setting("padding"));
        assertEquals(List.of(2L, 1L), conv.setting("stride"));
        assertEquals(List.of(1L, 2L), conv.setting("dilation"));
        assertEquals(3L, conv.setting("groups"));
        assertEquals(1L, of("Conv").weight(4, 3, 3, 3).text("auto_pad", "SAME_UPPER").run().setting("auto_pad"));
        assertEquals(2L, of("Conv").weight(4, 3, 3, 3).text("auto_pad", "SAME_LOWER").run().setting("auto_pad"));
        assertEquals(Shape.of(6, 6, 4), of("Conv").weight(4, 3, 3, 3).text("auto_pad", "VALID")
                .numbers("pads", 1, 1, 1, 1).run().shape());
        refused("auto_pad is 'FULL'", of("Conv").weight(4, 3, 3, 3).text("auto_pad", "FULL"));
        refused("kernel_shape is [3, 2], its weight has a kernel of [3, 3]", of("Conv").weight(4, 3, 3, 3)
                .numbers("kernel_shape", 3, 2));
        refused("only convolutions of one and two dimensions", of("Conv").dims(1, 3, 8).weight(4, 3, 3, 3));
        OperatorRunner line = of("Conv").dims(1, 3, 8).weight(4, 3, 3).numbers("pads", 1, 0).numbers("strides", 2)
                .run();
        assertEquals(List.of(0L, 1L, 0L, 0L), line.result().nodes().stream()
                .filter(each -> each.kind().equals("Conv2d")).findFirst().orElseThrow().settings().get("padding"));
    }

    /** Rows that ONNX computes from 8: kernel, stride, auto_pad, output_shape (0: none), padding before and after. */
    @ParameterizedTest
    @CsvSource({"3,2,NOTSET,0,17,0,0,0", "3,2,SAME_UPPER,0,16,0,1,0", "3,2,SAME_LOWER,0,16,1,0,0",
        "2,3,SAME_UPPER,0,24,0,0,1", "3,2,NOTSET,15,15,1,1,0", "3,2,NOTSET,14,14,2,1,0", "3,2,SAME_UPPER,14,14,1,2,0",
        "3,2,NOTSET,18,18,0,0,1"})
    void transposedConvolutionsHaveOnnxsSize(int kernel, int stride, String auto, int size, int rows, int before,
                                             int after, int more) {
        OperatorRunner conv = of("ConvTranspose").dims(1, 3, 8, 1).weight(3, 4, kernel, 1).numbers("strides", stride, 1)
                .text("auto_pad", auto);
        if (size > 0) {
            conv.numbers("output_shape", size, 1);
        }
        conv.run();
        assertEquals(Shape.of(rows, 1, 4), conv.shape());
        assertEquals(List.of((long) before, 0L, (long) after, 0L), conv.setting("padding"));
        assertEquals(List.of((long) more, 0L), conv.setting("output_padding"));
    }

    @Test
    void transposedConvolutionsKnowTheirPadding() {
        refused("auto_pad is 'FULL'", of("ConvTranspose").weight(3, 4, 3, 3).text("auto_pad", "FULL"));
        assertEquals(Shape.of(10, 10, 4), of("ConvTranspose").weight(3, 4, 3, 3).text("auto_pad", "VALID")
                .numbers("pads", 1, 1, 1, 1).run().shape());
        OperatorRunner pads = of("ConvTranspose").weight(3, 4, 3, 3).numbers("pads", 0, 1, 2, 1).run();
        assertEquals(Shape.of(8, 8, 4), pads.shape());
        assertEquals(List.of(0L, 1L, 2L, 1L), pads.setting("padding"));
        OperatorRunner line = of("ConvTranspose").dims(1, 3, 8).weight(3, 2, 3).number("group", 3).numbers("strides", 2)
                .numbers("dilations", 2).numbers("output_padding", 1).numbers("pads", 1, 2).run();
        assertEquals(Shape.of(6, 17), line.shape());
        assertEquals(List.of(0L, 1L, 0L, 2L), line.first("ConvTranspose2d").settings().get("padding"));
        assertEquals(List.of(0L, 1L), line.first("ConvTranspose2d").settings().get("output_padding"));
        OperatorRunner wide = of("ConvTranspose").dims(1, 3, 8).weight(3, 4, 3).numbers("strides", 2)
                .numbers("output_shape", 15).run();
        assertEquals(Shape.of(4, 15), wide.shape());
    }

    @Test
    void poolsKeepTheirAttributes() {
        OperatorRunner pool = of("MaxPool").numbers("kernel_shape", 3, 2).numbers("strides", 2, 2)
                .numbers("dilations", 2, 1).number("ceil_mode", 1).numbers("pads", 0, 0, 1, 0).run();
        assertEquals(List.of(2L, 1L), pool.setting("dilation"));
        assertEquals(1L, pool.setting("ceil"));
        assertEquals(List.of(0L, 0L, 1L, 0L), pool.setting("padding"));
        OperatorRunner mean = of("AveragePool").numbers("kernel_shape", 2, 2).number("count_include_pad", 1)
                .numbers("dilations", 1, 1).run();
        assertEquals(1L, mean.setting("count_padding"));
        assertEquals(0L, mean.setting("ceil"));
        assertEquals(Shape.of(7, 7, 3), mean.shape());
        refused("average pooling with dilation", of("AveragePool").numbers("kernel_shape", 2, 2)
                .numbers("dilations", 1, 2));
        refused("kernel_shape is missing", of("AveragePool"));
        assertEquals("AdaptiveAvgPool2d", of("GlobalAveragePool").run().kinds());
        assertEquals("GlobalMaxPool2d", of("GlobalMaxPool").run().kinds());
        refused("takes a feature map, got shape 1x8", of("GlobalMaxPool").dims(1, 8));
    }

    @Test
    void blocksAreFoldedIntoAnImage() {
        OperatorRunner fold = of("Col2Im").dims(1, 8, 9).whole(4, 4).whole(2, 2).run();
        assertEquals(Shape.of(4, 4, 2), fold.shape());
        OperatorRunner rest = of("Col2Im").dims(1, 8, 4).whole(5, 4).whole(2, 2).numbers("strides", 2, 2).run();
        assertEquals(Shape.of(5, 4, 2), rest.shape());
        assertEquals(List.of(1L, 0L), rest.first("ConvTranspose2d").settings().get("output_padding"));
        refused("puts blocks of [2, 3]", of("Col2Im").dims(1, 8, 9).whole(4, 4).whole(2, 3));
        refused("puts blocks of", of("Col2Im").dims(1, 8, 9).whole(4, 4, 4).whole(2, 2));
        refused("puts blocks of", of("Col2Im").dims(1, 8, 9).whole(4, 4).whole(2, 2).numbers("strides", 0, 1));
        refused("has 9 blocks, its image has room for 3x4", of("Col2Im").dims(1, 8, 9).whole(4, 5).whole(2, 2));
        refused("its image has room for 0x3", of("Col2Im").dims(1, 8, 9).whole(1, 4).whole(2, 2));
    }

    @Test
    void mapsArePaddedOrCropped() {
        OperatorRunner zeros = of("Pad").whole(0, 0, 1, 2, 0, 0, 3, 4).run();
        assertEquals("Pad2d", zeros.kinds());
        assertEquals(List.of(1L, 2L, 3L, 4L), zeros.setting("padding"));
        OperatorRunner five = of("Pad").whole(0, 0, 1, 2, 0, 0, 3, 4).floats(dims(), 5).run();
        assertEquals(List.of(1L, 2L, 0L), five.setting("before"));
        assertEquals(List.of(3L, 4L, 0L), five.setting("after"));
        assertEquals("Pad", of("Pad").whole(0, 0, -1, 2, 0, 0, 3, 4).run().kinds());
        assertEquals("Pad", of("Pad").whole(0, 0, 1, 2, 0, 0, 3, -4).run().kinds());
        assertEquals("Pad", of("Pad").whole(0, 1, 1, 2, 0, 0, 3, 4).run().kinds());
        assertEquals("Pad", of("Pad").whole(0, 0, 1, 2, 0, 1, 3, 4).run().kinds());
        assertEquals(2L, of("Pad").whole(0, 0, 1, 2, 0, 0, 3, 4).text("mode", "edge").run().setting("mode"));
        assertEquals("", of("Pad").whole(0, 0, 0, 0, 0, 0, 0, 0).run().kinds());
        assertEquals(Shape.of(9, 8, 3), of("Pad").whole(1, 0).missing().whole(-2).run().shape());
        assertEquals(Shape.of(1, 8, 3), of("Pad").whole(0, 0, -4, 0, 0, 0, -3, 0).run().shape());
        refused("padding is at least 0 and at most 65536", of("Pad").whole(0, 0, -4, 0, 0, 0, -4, 0));
        refused("at most 65536", of("Pad").whole(0, 0, 65537, 0, 0, 0, 0, 0));
        refused("at most 65536", of("Pad").whole(0, 0, 0, 0, 0, 0, 65537, 0));
        refused("pads with Infinity", of("Pad").whole(0, 0, 1, 0, 0, 0, 0, 0)
                .floats(dims(), Double.POSITIVE_INFINITY));
    }

    @Test
    void mapsAreResized() {
        OperatorRunner scaled = of("Resize").missing().floats(dims(4), 1, 1, 2, 0.5).run();
        assertEquals(Shape.of(16, 4, 3), scaled.shape());
        assertEquals(List.of(0L, 0L, 0L), List.of(scaled.setting("mode"), scaled.setting("coordinates"),
                scaled.setting("rounding")));
        OperatorRunner sized = of("Resize").missing().missing().whole(1, 3, 5, 9).text("mode", "cubic")
                .text("coordinate_transformation_mode", "align_corners").text("nearest_mode", "ceil")
                .real("cubic_coeff_a", -0.5).number("exclude_outside", 1).run();
        assertEquals(List.of(5L, 9L), sized.setting("size"));
        assertEquals(List.of(2L, 1L, 3L, 1L), List.of(sized.setting("mode"), sized.setting("coordinates"),
                sized.setting("rounding"), sized.setting("exclude_outside")));
        assertEquals(Shape.of(4, 16, 3), of("Resize").missing().floats(dims(2), 2, 0.5).numbers("axes", 3, 2).run()
                .shape());
        assertEquals(Shape.of(8, 5, 3), of("Resize").missing().missing().whole(5).numbers("axes", -1).run().shape());
        assertEquals("", of("Resize").missing().floats(dims(4), 1, 1, 1, 1).run().kinds());
        assertEquals("", of("Resize").missing().missing().whole(1, 3, 8, 8).run().kinds());
        assertEquals("Resize", of("Resize").missing().floats(dims(4), 1, 1, 1, 1.1).run().kinds());
        OperatorRunner old = of("Resize").opset(10).floats(dims(4), 1, 1, 2, 2).run();
        assertEquals(List.of(2L, 2L), List.of(old.setting("coordinates"), old.setting("rounding")));
        assertEquals(Shape.of(16, 8, 3), of("Upsample").opset(9).floats(dims(4), 1, 1, 2, 1).run().shape());
        refused("only rows and columns can be resized", of("Resize").missing().floats(dims(4), 1, 2, 1, 1));
        refused("only rows and columns can be resized", of("Resize").missing().floats(dims(4), 1, 1, 0.1, 1));
        refused("no scale or size for each axis", of("Resize").missing().floats(dims(2), 1, 1));
        refused("no scale or size for each axis", of("Resize"));
        refused("antialias", of("Resize").missing().floats(dims(4), 1, 1, 2, 2).number("antialias", 1));
        refused("keeps the aspect ratio", of("Resize").missing().floats(dims(4), 1, 1, 2, 2)
                .text("keep_aspect_ratio_policy", "not_larger"));
        refused("coordinates tf_crop_and_resize", of("Resize").missing().floats(dims(4), 1, 1, 2, 2)
                .text("coordinate_transformation_mode", "tf_crop_and_resize"));
        assertEquals(Shape.of(7, 10, 3), of("Resize").dims(1, 3, 10, 10).missing().floats(dims(4), 1, 1, 0.7f, 1).run()
                .shape(), "in float32, 10 times 0.7 is 7");
        assertEquals(Shape.of(6, 10, 3), of("Resize").dims(1, 3, 10, 10).missing().floats(dims(4), 1, 1, 0.699f, 1)
                .run().shape());
        refused("has shape 17", of("Resize").missing().floats(dims(17), new double[17]));
    }

    @Test
    void constantsCombineWithTheImage() {
        assertArrayEquals(new float[] {-1, -2, -3}, of("Sub").floats(dims(3, 1, 1), 1, 2, 3).run().tensor("bias"));
        assertArrayEquals(new float[] {0.5f, 0.25f, 1}, of("Div").floats(dims(3, 1, 1), 2, 4, 1).run()
                .tensor("weight"));
        OperatorRunner from = OperatorRunner.bare("Sub").floats(dims(), 5).image().run();
        assertEquals("MultiplyConstant, AddConstant", from.kinds());
        assertEquals("Neg, BatchNorm2d", OperatorRunner.bare("Sub").floats(dims(3, 1, 1), 1, 2, 3).image().run()
                .kinds());
        assertEquals("Reciprocal, MultiplyConstant", OperatorRunner.bare("Div").floats(dims(), 5).image().run()
                .kinds());
        assertEquals("ReLU", of("Max").floats(dims(), 0).run().kinds());
        assertEquals(6.0, of("Min").floats(dims(), 6).run().setting("greatest"));
        assertEquals("Constant, Maximum", of("Max").floats(dims(3, 1, 1), 1, 2, 3).run().kinds());
        assertEquals("Add, MultiplyConstant", of("Mean").image().run().kinds());
        assertArrayEquals(new float[] {0.25f}, of("Mean").image().floats(dims(), 0).floats(dims(), 0).run()
                .tensor("value"));
        assertEquals("Divide", of("Div").image().run().kinds());
        assertEquals("Subtract", of("Sub").image().run().kinds());
        assertEquals("", of("Pow").floats(dims(), 1).run().kinds());
        assertEquals("Sqrt", of("Pow").floats(dims(), 0.5).run().kinds());
        assertEquals("Reciprocal", of("Pow").floats(dims(), -1).run().kinds());
        assertEquals(3.0, of("Pow").floats(dims(), 3).run().setting("exponent"));
        assertEquals(0.25, of("PRelu").floats(dims(1), 0.25).run().setting("slope"));
        assertArrayEquals(new float[] {1, 2, 3}, of("PRelu").floats(dims(3, 1, 1), 1, 2, 3).run().tensor("weight"));
        OperatorRunner old = of("PRelu").opset(6).dims(1, 3, 2, 3).floats(dims(3), 1, 2, 3).run();
        assertEquals(Shape.of(1, 1, 3), old.last().tensors().get("weight").shape(), "one slope per channel");
        assertEquals(Shape.of(1, 3, 1), of("PRelu").dims(1, 3, 2, 3).floats(dims(3), 1, 2, 3).run().last().tensors()
                .get("weight").shape(), "one slope per column");
        assertEquals(Shape.of(3), of("PRelu").opset(6).dims(1, 3).floats(dims(3), 1, 2, 3).run().last().tensors()
                .get("weight").shape());
        assertEquals(Shape.of(1, 4), of("Pow").dims(1, 4).floats(dims(1, 1, 1), 2).run().shape());
        refused("with values of another rank", of("Pow").dims(2, 4).floats(dims(1, 1, 1), 2));
        refused("with values of another rank", of("Add").dims(2, 4).reshaped(2, 1, 4));
        assertEquals(Shape.of(4), of("Pow").dims(2, 4).floats(dims(), 2).run().shape());
        refused("do not fit each other", of("Add").floats(dims(2, 1, 1), 1, 2));
    }

    @Test
    void conditionsReplaceElements() {
        ConstantArray left = new ConstantArray(DType.BOOL, dims(2), new double[] {1, 0});
        OperatorRunner kept = OperatorRunner.bare("Where").dims(1, 2).constant(left).image().floats(dims(1), 7).run();
        assertEquals("BatchNorm2d, BatchNorm2d", kept.kinds());
        assertArrayEquals(new float[] {1, 0}, kept.first("BatchNorm2d").tensors().get("weight").tensor().data());
        assertArrayEquals(new float[] {0, 7}, kept.tensor("bias"));
        OperatorRunner other = OperatorRunner.bare("Where").dims(1, 2).constant(left)
                .floats(dims(1), Double.NEGATIVE_INFINITY).image().run();
        assertArrayEquals(new float[] {0, 1}, other.first("BatchNorm2d").tensors().get("weight").tensor().data());
        assertArrayEquals(new float[] {-1e30f, 0}, other.tensor("bias"));
        assertEquals(1e30f, OperatorRunner.bare("Where").dims(1, 2).constant(left)
                .floats(dims(1), Double.POSITIVE_INFINITY).image().run().tensor("bias")[0]);
        refused("between two values", OperatorRunner.bare("Where").dims(1, 2).constant(left).image().image());
        refused("depends on the image", of("Where").dims(1, 2).image().floats(dims(1), 7));
    }

    /** Operator sets before 7 say to which axis the second input belongs. */
    @Test
    void oldBroadcastingIsTakenWhereItMeansTheSame() {
        assertEquals(Shape.of(8, 8, 3), of("Add").opset(6).weight(8).number("axis", 3).run().shape());
        assertEquals(Shape.of(8, 8, 3), of("Add").opset(6).weight(8).number("axis", -1).number("broadcast", 1).run()
                .shape());
        refused("broadcasts along axis 1", of("Add").opset(6).weight(3).number("axis", 1));
        refused("broadcasts along axis -2", of("Div").opset(6).weight(8).number("axis", -2));
        assertEquals(Shape.of(8, 8, 3), of("Add").opset(6).floats(dims(), 1).number("axis", 0).run().shape());
        refused("attribute axis", of("Relu").opset(6).number("axis", 1));
    }

    @Test
    void normsAreChecked() {
        float[] four = {1, 2, 3};
        OperatorRunner norm = of("BatchNormalization").floats(dims(3), 1, 2, 3).weight(3).weight(3).weight(3)
                .real("epsilon", 0.5).run();
        assertEquals(0.5, norm.setting("epsilon"));
        assertArrayEquals(four, norm.tensor("weight"));
        assertEquals("MultiplyConstant, AddConstant", of("BatchNormalization").dims(1, 3, 8).weight(3).weight(3)
                .weight(3).floats(dims(3), 1, 2, 3).run().kinds().replaceAll("(Permute|Reshape), |, (Permute|Reshape)",
                        ""));
        refused("input 3 has shape 2, wanted 3 elements", of("BatchNormalization").weight(3).weight(2).weight(3)
                .weight(3));
        refused("takes shape 1", of("BatchNormalization").dims(1));
        refused("by position", of("BatchNormalization").weight(3).weight(3).weight(3).weight(3).number("spatial", 0));
        refused("the batch's statistics", of("BatchNormalization").weight(3).weight(3).weight(3).weight(3)
                .number("training_mode", 1));
        for (double wrong : new double[] {-1, Double.NaN, Double.POSITIVE_INFINITY}) {
            refused("its epsilon is", of("LayerNormalization").weight(8).real("epsilon", wrong));
        }
        assertEquals(0.0, of("LayerNormalization").weight(8).real("epsilon", 0).run().first("LayerNorm").settings()
                .get("epsilon"));
        assertEquals(2L, of("LayerNormalization").weight(8, 8).number("axis", 2).run().first("LayerNorm").settings()
                .get("axes"));
        assertArrayEquals(new float[] {0, 1, 0, 1}, of("LayerNormalization").dims(1, 2, 2).weight(2)
                .number("axis", 1).run().first("LayerNorm").tensors().get("weight").tensor().data());
        refused("input 2 has shape 3x8, wanted 8", of("LayerNormalization").weight(3, 8));
        refused("has 2 groups of 3 channels", of("GroupNormalization").weight(2).weight(2).number("num_groups", 2));
        refused("has 0 groups of 3 channels", of("GroupNormalization").weight(3).weight(3));
        OperatorRunner groups = of("GroupNormalization").dims(1, 4, 2, 2).weight(2).weight(2).number("num_groups", 2)
                .run();
        assertArrayEquals(new float[] {0, 0, 1, 1}, groups.tensor("weight"));
        assertArrayEquals(new float[] {0, 1, 2, 3}, of("GroupNormalization").opset(21).dims(1, 4, 2, 2).weight(4)
                .weight(4).number("num_groups", 2).run().tensor("weight"));
        refused("with 4 scales", of("GroupNormalization").dims(1, 4, 2, 2).weight(4).weight(4).number("num_groups", 2));
        refused("with 4 scales", of("GroupNormalization").opset(21).dims(1, 4, 2, 2).weight(4).weight(3)
                .number("num_groups", 2));
        OperatorRunner length = of("LpNormalization").dims(1, 6).number("p", 1).run();
        assertEquals(List.of(0L, 1L), List.of(length.setting("axis"), length.setting("p")));
        OperatorRunner local = of("LRN").number("size", 5).run();
        assertEquals(List.of(5L, 1.0), List.of(local.setting("size"), local.setting("k")));
    }

    @Test
    void matricesAreMultiplied() {
        OperatorRunner gemm = of("Gemm").dims(1, 3).weight(3, 2).floats(dims(2), 4, 8).real("alpha", 0.5)
                .real("beta", 0.25).run();
        assertArrayEquals(new float[] {0, 1, 2, 0.5f, 1.5f, 2.5f}, gemm.tensor("weight"));
        assertArrayEquals(new float[] {1, 2}, gemm.tensor("bias"));
        assertArrayEquals(new float[] {0, 1, 2, 3, 4, 5}, of("Gemm").dims(1, 3).weight(2, 3).number("transB", 1).run()
                .tensor("weight"));
        refused("takes a vector (batch, elements)", of("Gemm").dims(1, 3, 1).weight(3, 2));
        refused("its weights have shape 3, wanted a matrix", of("Gemm").dims(1, 3).weight(3));
        refused("its weights have shape 3x0, wanted a matrix", of("Gemm").dims(1, 3).weight(3, 0));
        assertEquals("Linear", of("MatMul").dims(1, 3).weight(3, 2).run().kinds());
        assertEquals("Linear", of("MatMul").dims(1, 2, 3).weight(1, 3, 2).run().kinds());
        assertEquals(Shape.of(2), of("MatMul").dims(1, 2, 3).weight(3).run().shape());
        assertEquals(Shape.of(4, 3), OperatorRunner.bare("MatMul").weight(4, 2).image().dims(1, 2, 3).run().shape());
        assertEquals(Shape.of(2, 2, 5), of("MatMul").dims(1, 2, 3).weight(2, 3, 5).run().shape());
        assertEquals(Shape.of(8, 8, 3), of("MatMul").reshaped(1, 3, 8, 8).run().shape());
        refused("multiplies shapes 1x3x8x8 and 1x3x4x16", of("MatMul").reshaped(1, 3, 4, 16));
        refused("wanted matrices", of("MatMul").reshaped(192));
    }

    @Test
    void activationsKeepTheirAttributes() {
        assertEquals(0.25, of("LeakyRelu").real("alpha", 0.25).run().setting("slope"));
        OperatorRunner hard = of("HardSigmoid").real("alpha", 0.25).real("beta", 0.75).run();
        assertEquals(List.of(0.25, 0.75), List.of(hard.setting("alpha"), hard.setting("beta")));
        for (String name : List.of("Elu", "Celu", "ThresholdedRelu")) {
            assertEquals(0.25, of(name).real("alpha", 0.25).run().setting("alpha"));
        }
        assertEquals(0.25, of("Swish").opset(24).real("alpha", 0.25).run().setting("beta"));
        assertEquals(1L, of("Gelu").opset(20).text("approximate", "tanh").run().setting("tanh"));
        assertEquals(0L, of("Gelu").opset(20).run().setting("tanh"));
        refused("approximate is 'fast'", of("Gelu").opset(20).text("approximate", "fast"));
        OperatorRunner clip = of("Clip").floats(dims(), -1).floats(dims(), 2).run();
        assertEquals(List.of(-1.0, 2.0), List.of(clip.setting("least"), clip.setting("greatest")));
        assertEquals("ReLU", of("Clip").floats(dims(), 0).run().kinds());
        assertEquals("Clip", of("Clip").floats(dims(), 0).floats(dims(), 6).run().kinds());
        assertEquals("Clip", of("Clip").missing().floats(dims(), 6).run().kinds());
        assertEquals("ReLU", of("Clip").opset(10).real("min", 0).run().kinds());
        assertEquals("Dropout", of("Dropout").floats(dims(), 0.5).constant(ConstantRunner.typed(DType.BOOL, 0)).run()
                .kinds());
        refused("is in training mode", of("Dropout").floats(dims(), 0.5).constant(ConstantRunner.typed(DType.BOOL, 1)));
        assertEquals(ModelCard.Output.SIGMOID, of("Sigmoid").dims(1, 4).run().result().output());
    }

    @Test
    void softmaxesEndTheGraphOrAreComputed() {
        OperatorRunner end = of("Softmax").dims(1, 4).run();
        assertEquals(ModelCard.Output.SOFTMAX, end.result().output());
        assertEquals("", end.kinds());
        assertEquals("", of("Softmax").dims(1, 2, 2).opset(12).run().kinds());
        OperatorRunner rows = of("Softmax").dims(1, 2, 2).run();
        assertEquals("Softmax", rows.kinds());
        assertEquals(1L, rows.setting("axis"));
        assertEquals(0L, of("Softmax").dims(1, 2, 2).number("axis", 1).run().setting("axis"));
        OperatorRunner old = of("Softmax").dims(1, 2, 3, 4).opset(12).number("axis", 2).run();
        assertEquals("Reshape, Softmax, Reshape", old.kinds());
        assertEquals(0L, old.first("Softmax").settings().get("axis"), "rows and columns of each channel");
        refused("works along the batch of 2 images", of("Softmax").dims(2, 4).number("axis", 0));
    }

    private static OperatorRunner attention(int heads) {
        return of("Attention").opset(23).dims(1, 4, 6).image().image().number("q_num_heads", heads)
                .number("kv_num_heads", heads);
    }

    @Test
    void attentionIsSpelledOut() {
        OperatorRunner plain = attention(2).run();
        assertEquals(Shape.of(4, 6), plain.shape());
        assertArrayEquals(new float[] {(float) (1 / Math.sqrt(3))},
                plain.first("MultiplyConstant").tensors().get("value").tensor().data());
        assertArrayEquals(new float[] {0.25f}, attention(2).real("scale", 0.25).run().first("MultiplyConstant")
                .tensors().get("value").tensor().data());
        float[] mask = attention(2).number("is_causal", 1).run().first("AddConstant").tensors().get("value").tensor()
                .data();
        for (int i = 0; i < 16; i++) {
            assertEquals(i % 4 > i / 4 ? -1e30f : 0, mask[i], "position " + i);
        }
        float[] flags = attention(2).constant(ConstantRunner.typed(DType.BOOL, 1, 0, 1, 1)).run().first("BatchNorm2d")
                .tensors().get("bias").tensor().data();
        assertArrayEquals(new float[] {0, -1e30f, 0, 0}, Arrays.copyOf(flags, 4));
        refused("hides all keys of a query", attention(2).constant(ConstantRunner.typed(DType.BOOL, 0, 1, 1, 1))
                .number("is_causal", 1));
        refused("has 4 heads for shape 1x4x6", attention(4));
        refused("has 0 heads for shape", attention(0));
        refused("wanted as many heads", of("Attention").opset(23).dims(1, 4, 6).image().image()
                .number("q_num_heads", 2).number("kv_num_heads", 3));
        refused("has a softcap", attention(2).real("softcap", 1));
    }

    private static OperatorRunner einsum(String equation) {
        return of("Einsum").dims(1, 2, 3).reshaped(1, 3, 2).text("equation", equation);
    }

    @Test
    void equationsMultiplyAndSum() {
        assertEquals(Shape.of(2, 2), einsum("bik, bkj -> bij").run().shape());
        assertEquals(Shape.of(2, 2), einsum("bik,bkj->bji").run().shape());
        assertEquals("MatMul", einsum("bik,bkj->bij").run().last().kind());
        refused("sums an axis of one value alone", einsum("bik,bkj->bi"));
        refused("is not supported: wanted two values", einsum("bii,bkj->bij"));
        refused("is not supported: wanted two values", einsum("bik,bkk->bik"));
        refused("is not supported: wanted two values", einsum("bik,bkj->biji"));
        refused("is not supported: wanted two values", einsum("bik,bkj"));
        refused("is not supported: wanted two values", einsum("...ik,bkj->bij"));
        refused("the equation calls it ik", einsum("ik,bkj->bij"));
    }
}

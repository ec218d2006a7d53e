package dev.sectional.weights.internal.keras;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Layers that join, reshape, activate and take apart, and functions on tensors: results and refusals. */
class KerasCallsTest {
    private static LayerRunner layer(String className, int... image) {
        return LayerRunner.of(className, image);
    }

    private static LayerRunner function(String name, int... image) {
        return LayerRunner.of(name, image).module("keras.src.ops.numpy");
    }

    private static void refused(String said, LayerRunner layer) {
        String message = assertThrows(IllegalArgumentException.class, layer::run).getMessage();
        assertTrue(message.contains(said), message);
    }

    @Test
    void valuesAreJoined() {
        assertEquals("Add[image, image, image]", layer("Add", 2, 3).again().again().run().kinds());
        assertEquals("Multiply[image, image], Multiply[layer, image]",
                layer("Multiply", 2, 3).again().again().run().kinds());
        assertEquals("Reshape[image], Add[image, other]", layer("Add", 2, 3).reshaped(1, 2, 3).run().kinds());
        assertEquals("Reshape[image], Add[image, other], Add[layer, image]",
                layer("Add", 2, 3).reshaped(1, 2, 3).again().run().kinds());
        assertEquals("Maximum[image, image]", layer("Maximum", 2, 3).again().run().kinds());
        assertEquals("Minimum[image, image]", layer("Minimum", 2, 3).again().run().kinds());
        LayerRunner average = layer("Average", 2, 3).again().again().again().run();
        assertArrayEquals(new float[] {0.25f}, average.tensor("value"));
        refused("it joins 1 inputs, wanted two or more", layer("Average", 2, 3).argument(null));
        refused("it subtracts 3 inputs, wanted two", layer("Subtract", 2, 3).again().again());
        assertEquals("Subtract[image, image]", layer("Subtract", 2, 3).again().run().kinds());
        LayerRunner rows = layer("Concatenate", 2, 3).again().with("axis", 1).run();
        assertEquals(0L, rows.setting("axis"));
        assertEquals(Shape.of(4, 3), rows.shape());
        assertEquals(Shape.of(2, 6), layer("Concatenate", 2, 3).again().run().shape());
        LayerRunner scaled = layer("CustomScaleLayer", 2, 3).again().with("scale", 0.5).run();
        assertEquals("MultiplyConstant[image], Add[image, layer/scaled]", scaled.kinds());
        refused("wanted two inputs and a scale", layer("CustomScaleLayer", 2, 3).again());
        refused("wanted two inputs and a scale", layer("CustomScaleLayer", 2, 3).again().again().with("scale", 0.5));
    }

    @ParameterizedTest
    @CsvSource({"sum,Add", "mul,Multiply", "max,Maximum", "ave,MultiplyConstant", "concat,Concat"})
    void mergesOfKeras1HaveAMode(String mode, String kind) {
        assertEquals(kind, layer("Merge", 2, 3).again().with("mode", mode).run().last().kind());
        refused("its mode is dot", layer("Merge", 2, 3).again().with("mode", "dot"));
    }

    @Test
    void sequencesRunAsMapsOfOneRow() {
        LayerRunner conv = layer("Conv1D", 6, 2).weight(3, 2, 4).weight(4).list("kernel_size", 3).list("strides", 2)
                .run();
        assertEquals(Shape.of(2, 4), conv.shape());
        LayerRunner causal = layer("Conv1D", 6, 2).weight(3, 2, 4).weight(4).list("kernel_size", 3)
                .list("dilation_rate", 2).with("padding", "causal").run();
        assertEquals(Shape.of(6, 4), causal.shape());
        assertEquals(List.of(4L, 0L), causal.nodes().leadingTo(causal.last().name()).get(0).settings().get("before"));
        assertEquals(Shape.of(6, 4), layer("Conv1D", 6, 2).weight(3, 2, 4).weight(4).list("kernel_size", 3)
                .with("padding", "causal").run().shape());
        refused("its kernel_size is [3, 3] and its dilation_rate null", layer("Conv1D", 6, 2).weight(3, 2, 4)
                .list("kernel_size", 3, 3).with("padding", "causal"));
        refused("its kernel_size is null", layer("Conv1D", 6, 2).weight(3, 2, 4).with("padding", "causal"));
        refused("its dilation_rate [1, 1]", layer("Conv1D", 6, 2).weight(3, 2, 4).list("kernel_size", 3)
                .list("dilation_rate", 1, 1).with("padding", "causal"));
        refused("it takes (steps, channels), got shape 6x2x1", layer("Conv1D", 6, 2, 1).weight(3, 2, 4));
        refused("it takes (steps, channels)", layer("MaxPooling1D", 6, 2, 1));
        refused("it takes (steps, channels)", layer("GlobalMaxPooling1D", 6, 2, 1));
        assertEquals(Shape.of(3, 2), layer("MaxPool1D", 6, 2).with("pool_size", 2).run().shape());
        assertEquals(Shape.of(9, 2), layer("ZeroPadding1D", 6, 2).list("padding", 1, 2).run().shape());
        assertEquals(Shape.of(8, 2), layer("ZeroPadding1D", 6, 2).with("padding", 1).run().shape());
        assertEquals(Shape.of(4, 2), layer("Cropping1D", 6, 2).list("cropping", 1).run().shape());
        assertEquals(Shape.of(12, 2), layer("UpSampling1D", 6, 2).with("size", 2).run().shape());
        assertEquals(Shape.of(14, 4), layer("Conv1DTranspose", 6, 2).weight(3, 4, 2).weight(4).list("strides", 2)
                .list("output_padding", 1).run().shape());
        assertEquals(Shape.of(1, 2), layer("GlobalAvgPool1D", 6, 2).with("keepdims", true).run().shape());
        assertEquals("ReduceMax[image]", layer("GlobalMaxPooling1D", 6, 2).run().kinds());
        assertEquals(Shape.of(3, 2), layer("RepeatVector", 2).with("n", 3).run().shape());
        assertEquals(Shape.of(1, 2), layer("RepeatVector", 2).with("n", 1).run().shape());
        refused("it repeats a vector, got shape 2 and n 0", layer("RepeatVector", 2).with("n", 0));
        refused("it repeats a vector, got shape 2x1", layer("RepeatVector", 2, 1).with("n", 3));
    }

    @Test
    void shapesFitTheirElements() {
        assertEquals(Shape.of(12), layer("Flatten", 2, 3, 2).run().shape());
        assertTrue(layer("Flatten", 4).run().isImage());
        assertEquals("Reshape[image]", layer("Flatten", 2, 3, 2).run().kinds());
        assertEquals("Reshape[image]", layer("Flatten", 2, 2, 3).run().kinds());
        assertEquals("Flatten[image]", layer("Flatten", 1, 1, 2).run().kinds());
        assertEquals("Flatten[image]", layer("Flatten", 2, 3, 1).run().kinds());
        assertEquals(Shape.of(3, 4), layer("Reshape", 2, 3, 2).list("target_shape", 3, 4).run().shape());
        assertEquals(Shape.of(3, 4), layer("Reshape", 2, 3, 2).list("target_shape", 3, -1).run().shape());
        assertEquals(Shape.of(12, 1), layer("Reshape", 2, 3, 2).list("target_shape", -1, 1).run().shape());
        for (long[] wrong : new long[][] {{-1, -1}, {-2, 6}, {5, -1}, {3, 3}, {0, -1}, {3, 5}}) {
            refused("its target is " + Arrays.toString(wrong), layer("Reshape", 2, 3, 2).list("target_shape", wrong));
        }
        refused("it has no target_shape", layer("Reshape", 2, 3, 2));
        assertEquals(Shape.of(2, 2, 3), layer("Permute", 2, 3, 2).list("dims", 3, 1, 2).run().shape());
        for (long[] wrong : new long[][] {{1, 2}, {1, 2, 2}, {0, 1, 2}, {1, 2, 4}, {1, 2, 3, 4}}) {
            refused("its dims are " + Arrays.toString(wrong), layer("Permute", 2, 3, 2).list("dims", wrong));
        }
    }

    @Test
    void reluHasThreeSettings() {
        assertEquals("ReLU[image]", layer("ReLU", 3).run().kinds());
        LayerRunner six = layer("ReLU", 3).with("max_value", 6).run();
        assertEquals(List.of(0.0, 6.0), List.of(six.setting("least"), six.setting("greatest")));
        LayerRunner leaky = layer("ReLU", 3).with("negative_slope", 0.5).run();
        assertEquals("LeakyReLU[image]", leaky.kinds());
        assertEquals(0.5, leaky.setting("slope"));
        assertEquals("LeakyReLU[image], Clip[layer]",
                layer("ReLU", 3).with("negative_slope", 0.5).with("max_value", 6).run().kinds());
        LayerRunner threshold = layer("ReLU", 3).with("threshold", 2).run();
        assertEquals("ThresholdedReLU[image]", threshold.kinds());
        assertEquals(2.0, threshold.setting("alpha"));
        assertEquals("ThresholdedReLU[image], Clip[layer]",
                layer("ReLU", 3).with("threshold", 2).with("max_value", 6).run().kinds());
        LayerRunner all = layer("ReLU", 3).with("threshold", 2).with("negative_slope", 0.5).run();
        assertEquals("ThresholdedReLU[image], AddConstant[image], Clip[layer/shift], MultiplyConstant[layer/below],"
                + " Add[layer, layer/slope]", all.kinds());
        assertArrayEquals(new float[] {-2}, all.nodes().leadingTo(all.last().name()).get(1).tensors().get("value")
                .tensor().data());
    }

    @Test
    void activationsAreNamedInManyWays() {
        assertTrue(layer("Activation", 3).with("activation", "linear").run().isImage());
        assertTrue(layer("Activation", 3).run().isImage());
        assertEquals("ReLU[image]", layer("Activation", 3).with("activation", "keras.activations.relu").run().kinds());
        assertEquals("Mish[image]", layer("Activation", 3).with("activation", "keras_cv>mish").run().kinds());
        assertEquals("ReLU[image]", layer("Activation", 3).with("activation", Map.of("class_name", "function",
                "config", "relu")).run().kinds());
        LayerRunner inner = layer("Activation", 3).with("activation", Map.of("class_name", "LeakyReLU", "config",
                Map.of("negative_slope", 0.25))).run();
        assertEquals(0.25, inner.setting("slope"));
        refused("its activation none is not supported", layer("Activation", 3).with("activation", "none"));
        refused("wanted the name of a function", layer("Activation", 3).with("activation", 3));
        refused("wanted the name of a function", layer("Activation", 3).with("activation", Map.of("class_name", "A")));
        LayerRunner glu = layer("Activation", 2, 6).with("activation", "glu").run();
        assertEquals(Shape.of(2, 3), glu.shape());
        assertEquals(List.of(1L, 3L), List.of(glu.nodes().leadingTo("layer").get(1).settings().get("axis"),
                glu.nodes().leadingTo("layer").get(1).settings().get("start")));
        refused("glu halves 5 channels", layer("Activation", 5).with("activation", "glu"));
        assertEquals(1L, layer("Activation", 2, 3).with("activation", "softmax").run().setting("axis"));
        assertEquals(0L, layer("Softmax", 2, 3).list("axis", 1).run().setting("axis"));
        assertEquals(1L, layer("Softmax", 2, 3).run().setting("axis"));
        refused("its axes are [1, 2]; only one is supported", layer("Softmax", 2, 3).list("axis", 1, 2));
        assertTrue(layer("Dropout", 3).with("rate", 0.5).run().isImage());
        assertEquals(0.3, layer("LeakyReLU", 3).run().setting("slope"));
    }

    @Test
    void slopesOfPreluBroadcastToTheInput() {
        for (int[] fits : new int[][] {{4}, {1, 1, 4}, {2, 3, 4}, {2, 1, 1}, {3, 1}}) {
            assertEquals("PReLU[image]", layer("PReLU", 2, 3, 4).weight(fits).run().kinds());
        }
        for (int[] wrong : new int[][] {{3}, {2, 1, 4, 4}, {3, 1, 4}, {1, 2, 3, 4}}) {
            refused("its alpha has shape", layer("PReLU", 2, 3, 4).weight(wrong));
        }
    }

    @Test
    void numbersScaleAndShift() {
        LayerRunner add = function("Add", 2, 2).argument(3L).run();
        assertArrayEquals(new float[] {3, 3}, add.nodes().leadingTo(add.last().name()).get(1).tensors().get("bias")
                .tensor().data());
        assertEquals("BatchNorm2d[image]", function("Add", 2).argument(3L).run().kinds());
        assertArrayEquals(new float[] {-3, -3}, function("Subtract", 2).argument(3L).run().tensor("bias"));
        assertArrayEquals(new float[] {2, 4}, function("Multiply", 2).argument(List.of(2L, 4L)).run()
                .tensor("weight"));
        assertArrayEquals(new float[] {0.5f, 0.25f}, function("Divide", 2).argument(List.of(2L, 4L)).run()
                .tensor("weight"));
        assertEquals("Divide[image, image]", function("Divide", 2).again().run().kinds());
        assertArrayEquals(new float[] {2, 4}, function("Multiply", 2).argument(List.of(List.of(List.of(2L, 4L))))
                .run().tensor("weight"));
        refused("has more axes than the channels", function("Multiply", 2)
                .argument(List.of(List.of(2L, 4L), List.of(1L, 1L))));
        refused("its arguments are not supported", function("Add", 2));
        refused("its arguments are not supported", function("Add", 2).argument(List.of()));
    }

    @Test
    void boundsAreValuesOrNumbers() {
        assertEquals("Maximum[image, image]", function("Maximum", 2).again().run().kinds());
        LayerRunner least = function("Maximum", 2).argument(3L).run();
        assertEquals(3.0, least.setting("least"));
        LayerRunner most = function("Minimum", 2).argument(3L).run();
        assertEquals(3.0, most.setting("greatest"));
        refused("its arguments are not supported", function("Minimum", 2).argument("x"));
        LayerRunner clip = function("Clip", 2).with("x_min", -1).with("x_max", 2).run();
        assertEquals(List.of(-1.0, 2.0), List.of(clip.setting("least"), clip.setting("greatest")));
        refused("its x_max is missing", function("Clip", 2).with("x_min", -1));
        refused("its arguments are not named", function("Clip", 2).argument(1L));
        assertTrue(function("Cast", 2).with("dtype", "bfloat16").run().isImage());
        refused("it casts to int32", function("Cast", 2).with("dtype", "int32"));
    }

    @Test
    void powersAreSquaresAndRoots() {
        assertEquals("Multiply[image, image]", function("Power", 2).argument(2L).run().kinds());
        assertEquals("Sqrt[image]", function("Power", 2).named("x2", 0.5).run().kinds());
        assertEquals("Sqrt[image]", function("Pow", 2).named("y", 0.5).run().kinds());
        refused("its exponent is 3; supported are 2 and 0.5", function("Power", 2).argument(3L));
        refused("its exponent is null", function("Power", 2));
    }

    @Test
    void functionsNameTheirAxes() {
        LayerRunner mean = function("Mean", 2, 3, 4).list("axis", -1, 1).run();
        assertEquals(List.of(0L, 2L), mean.setting("axes"));
        assertEquals(Shape.of(3), mean.shape());
        assertEquals(Shape.of(1, 3, 1), function("Max", 2, 3, 4).list("axis", 1, 3).with("keepdims", true).run()
                .shape());
        refused("it reduces the batch as well", function("Mean", 2, 3));
        refused("its initial is 1", function("Sum", 2, 3).with("axis", 1).with("initial", 1));
        assertEquals(Shape.of(6), function("Reshape", 2, 3).list("newshape", -1, 6).run().shape());
        assertEquals(Shape.of(3, 2), function("Reshape", 2, 3).with("newshape", Arrays.asList(null, 3L, 2L)).run()
                .shape());
        assertEquals(Shape.of(3, 2), function("Reshape", 2, 3).list("newshape", 1, 3, 2).run().shape());
        for (long[] wrong : new long[][] {{-1}, {2, 3}, {0, 6}}) {
            refused("its first size, the batch, has to be -1", function("Reshape", 2, 3).list("newshape", wrong));
        }
        refused("wanted whole numbers", function("Reshape", 2, 3).with("newshape", "x"));
        refused("its axes is [x], wanted whole numbers", function("Transpose", 2, 3).with("axes", List.of("x")));
        assertEquals(Shape.of(3, 2), function("Transpose", 2, 3).list("axes", 0, 2, 1).run().shape());
        assertEquals(Shape.of(3, 2), function("Transpose", 2, 3).list("axes", 0, -1, -2).run().shape());
        for (long[] wrong : new long[][] {{1, 0, 2}, {0, 1}, {0, 1, 1}, {0, 1, 3}, {0, 1, 2, 3}, {}}) {
            refused("the batch has to stay first", function("Transpose", 2, 3).list("axes", wrong));
        }
        assertEquals(Shape.of(4, 3, 2), function("Swapaxes", 2, 3, 4).with("axis1", 1).with("axis2", -1).run().shape());
        assertEquals(Shape.of(3), function("Squeeze", 1, 3, 1).list("axis", 1, -1).run().shape());
        refused("it drops axis 2 of shape 1x3", function("Squeeze", 1, 3).with("axis", 2));
        refused("the batch among them", function("Squeeze", 1, 3));
        refused("the batch among them", function("Squeeze", 1, 3).list("axis"));
        assertEquals(Shape.of(2, 1, 3), function("ExpandDims", 2, 3).with("axis", 2).run().shape());
        assertEquals(Shape.of(1, 2, 3), function("ExpandDims", 2, 3).with("axis", 1).run().shape());
        for (int wrong : new int[] {0, 4, -4}) {
            refused("its axis is " + wrong + " for shape 2x3", function("ExpandDims", 2, 3).with("axis", wrong));
        }
        assertEquals(Shape.of(2, 3, 1), function("ExpandDims", 2, 3).with("axis", -1).run().shape());
        assertEquals(Shape.of(4, 3), function("Concatenate", 2, 3).again().with("axis", 1).run().shape());
        assertEquals(Shape.of(2, 2), function("Matmul", 2, 3).reshaped(3, 2).run().shape());
        assertEquals(Shape.of(3, 3), function("Matmul", 2, 3).again().with("transpose_a", true).run().shape());
        assertEquals(Shape.of(2, 2), function("Matmul", 2, 3).again().with("transpose_b", true).run().shape());
        refused("its adjoint_a is true", function("Matmul", 2, 3).reshaped(3, 2).with("adjoint_a", true));
        refused("its adjoint_b is true", function("Matmul", 2, 3).reshaped(3, 2).with("adjoint_b", true));
        refused("only products of two values", function("Matmul", 3).again());
        assertEquals("Sqrt[image]", function("Sqrt", 3).run().kinds());
        assertEquals("Reciprocal[image]", function("Reciprocal", 3).run().kinds());
        refused("the function Einsum is not supported", function("Einsum", 3));
    }

    private static Map<String, Object> slice(Long start, Long stop, Long step) {
        Map<String, Object> bounds = new HashMap<>();
        bounds.put("start", start);
        bounds.put("stop", stop);
        bounds.put("step", step);
        return Map.of("class_name", "slice", "config", bounds);
    }

    private static LayerRunner item(int[] shape, Object... positions) {
        List<Object> all = new ArrayList<>(List.of(slice(null, null, null)));
        all.addAll(Arrays.asList(positions));
        return function("GetItem", shape).argument(all);
    }

    @Test
    void positionsFollowPython() {
        int[] shape = {5, 4};
        LayerRunner cut = item(shape, slice(1L, -1L, null)).run();
        assertEquals(List.of(0L, 1L, 1L, 3L), List.of(cut.setting("axis"), cut.setting("start"), cut.setting("step"),
                cut.setting("count")));
        LayerRunner back = item(shape, slice(null, null, null), slice(null, null, -2L)).run();
        assertEquals(List.of(3L, 1L), back.setting("indices"));
        assertEquals(Shape.of(5, 2), back.shape());
        assertEquals(List.of(4L, 3L), item(shape, slice(9L, 2L, -1L)).run().setting("indices"));
        assertEquals(List.of(1L, 0L), item(shape, slice(1L, -9L, -1L)).run().setting("indices"));
        assertEquals(Shape.of(5, 4), item(shape, slice(-9L, 9L, 1L)).run().shape());
        assertEquals(Shape.of(1, 4), item(shape, slice(null, null, 1000L)).run().shape());
        assertEquals(List.of(4L), item(shape, slice(null, null, -1000L)).run().setting("indices"));
        assertEquals(Shape.of(3, 4), item(shape, slice(null, null, 2L)).run().shape());
        assertEquals(0L, item(shape, slice(0L, 2L, null)).run().setting("start"));
        assertEquals(List.of(1L), item(shape, slice(1L, 0L, -1L)).run().setting("indices"));
        LayerRunner one = item(shape, -1L).run();
        assertEquals(List.of(4L), one.setting("indices"));
        assertEquals(Shape.of(4), one.shape());
        assertEquals(List.of(4L), item(shape, 4L).run().setting("indices"));
        assertEquals(List.of(0L), item(shape, -5L).run().setting("indices"));
        refused("it takes element 5 of 5", item(shape, 5L));
        refused("it takes element -6 of 5", item(shape, -6L));
        refused("it takes an empty slice of 5", item(shape, slice(3L, 3L, null)));
        refused("it takes a slice with step 0", item(shape, slice(null, null, 0L)));
        Object ellipsis = Map.of("class_name", "__ellipsis__");
        assertEquals(Shape.of(5), item(shape, ellipsis, 0L).run().shape());
        assertEquals(Shape.of(4), function("GetItem", 5, 4).argument(List.of(ellipsis, 2L, slice(null, null, null)))
                .run().shape());
        refused("has 4 positions", item(shape, 0L, 0L, 0L));
        refused("it takes a part of the batch", function("GetItem", shape).argument(List.of(0L, 1L)));
        refused("only numbers and slices are supported", item(shape, "x"));
        refused("only slices with constant positions", function("GetItem", shape).argument(List.of()));
    }

    @Test
    void nodesHaveNamesAndSizesWithinLimits() {
        LayerRunner large = layer("UpSampling2D", 1 << 10, 1 << 10, 1).list("size", 1 << 4, 1 << 4).run();
        assertEquals(1 << 28, large.shape().size());
        refused("more than 268435456 elements", layer("UpSampling2D", 1 << 10, 1 << 10, 1).list("size", 1 << 4, 17));
        GraphNodes nodes = new GraphNodes();
        KerasValue x = nodes.image(Shape.of(1));
        String most = "n".repeat(200);
        assertEquals(most, nodes.add(most, "ReLU", Map.of(), Map.of(), x).node());
        assertEquals(most + "_1", nodes.add(most + "n", "ReLU", Map.of(), Map.of(), x).node());
        assertEquals("image_1", nodes.add("image", "ReLU", Map.of(), Map.of(), x).node());
        for (int i = 3; i < 20_000; i++) {
            nodes.add("r", "ReLU", Map.of(), Map.of(), x);
        }
        assertTrue(assertThrows(IllegalArgumentException.class,
                () -> nodes.add("r", "ReLU", Map.of(), Map.of(), x)).getMessage().contains("more than 20000 nodes"));
    }
}

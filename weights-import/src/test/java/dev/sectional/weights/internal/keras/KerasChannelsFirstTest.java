package dev.sectional.weights.internal.keras;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Shape;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Layers of the data format channels_first, and others after them. Shapes here have the channels last. */
class KerasChannelsFirstTest {
    private static final String TURNED = "Permute{axes=[2, 0, 1]}[image]";

    private static LayerRunner layer(String className, int... image) {
        return LayerRunner.of(className, image);
    }

    /** A layer of this format on a value that is not in it. */
    private static LayerRunner own(String className, int... image) {
        return layer(className, image).with("data_format", "channels_first");
    }

    /** A layer without a format on a value of this one. */
    private static LayerRunner after(String className, int... image) {
        return layer(className, image).channelsFirst();
    }

    private static void refused(String said, LayerRunner layer) {
        String message = assertThrows(IllegalArgumentException.class, layer::run).getMessage();
        assertTrue(message.contains(said), message);
    }

    @Test
    void layersOfTheFormatComputeWithTheChannelsLast() {
        LayerRunner turned = own("MaxPooling2D", 2, 6, 4).run();
        assertEquals("Permute{axes=[1, 2, 0]}[image]", turned.steps().split(", MaxPool2d")[0]);
        assertEquals(Shape.of(3, 2, 2), turned.shape());
        assertTrue(turned.isChannelsFirst());
        LayerRunner marked = own("MaxPooling2D", 6, 4, 2).channelsFirst().run();
        assertEquals("MaxPool2d[image]", marked.kinds());
        assertTrue(marked.isChannelsFirst());
        LayerRunner global = own("GlobalAveragePooling2D", 6, 4, 2).channelsFirst().run();
        assertEquals(Shape.of(2), global.shape());
        assertFalse(global.isChannelsFirst());
        LayerRunner th = layer("MaxPooling2D", 6, 4, 2).channelsFirst().with("dim_ordering", "th").run();
        assertEquals("MaxPool2d[image]", th.kinds());
        for (String last : new String[] {"channels_last", "tf", "default"}) {
            assertEquals("MaxPool2d[image]", layer("MaxPooling2D", 6, 4, 2).with("data_format", last).run().kinds());
        }
        refused("its data_format is middle, wanted channels_first or channels_last", layer("MaxPooling2D", 6, 4, 2)
                .with("data_format", "middle"));
        refused("its dim_ordering is th, in which Keras 1 stores kernels in another order",
                layer("Convolution2D", 6, 4, 2).channelsFirst().with("dim_ordering", "th"));
    }

    /** A model may turn its images itself; two turns in a row are none. */
    @Test
    void aTurnBeforeTheLayerIsUndone() {
        LayerRunner back = own("MaxPooling2D", 6, 4, 2).permuted(2, 0, 1).run();
        assertEquals("MaxPool2d[image]", back.kinds());
        LayerRunner other = own("MaxPooling2D", 6, 4, 2).permuted(1, 0, 2).run();
        assertEquals("Permute[image], Permute[turned], MaxPool2d[layer/channels_last]", other.kinds());
        LayerRunner node = own("ReLU", 6, 4, 2).reshaped(2, 4, 6).only().run();
        assertEquals("Reshape[image], Permute[other], ReLU[layer/channels_last]", node.kinds());
    }

    @ParameterizedTest
    @ValueSource(strings = {"ReLU", "LeakyReLU", "ELU", "ThresholdedReLU", "Dropout", "SpatialDropout2D"})
    void elementsAreComputedInAnyOrder(String name) {
        LayerRunner run = after(name, 6, 4, 2).run();
        assertFalse(run.steps().contains("Permute"), run.steps());
        assertTrue(run.isChannelsFirst());
    }

    @Test
    void activationsOfTheLastAxisAreTurned() {
        assertEquals("Sigmoid[image]", after("Activation", 6, 4, 2).with("activation", "sigmoid").run().kinds());
        for (String name : new String[] {"softmax", "log_softmax", "glu"}) {
            LayerRunner run = after("Activation", 6, 4, 2).with("activation", name).run();
            assertTrue(run.steps().startsWith(TURNED + ", "), run.steps());
            assertFalse(run.isChannelsFirst());
        }
        LayerRunner function = after("Activation", 6, 4, 2).with("activation", Map.of("class_name", "function",
                "config", "softmax")).run();
        assertTrue(function.steps().startsWith(TURNED), function.steps());
        assertEquals("ReLU[image]", after("Activation", 6, 4, 2).with("activation", Map.of("class_name", "function",
                "config", "relu")).run().kinds());
        for (String known : new String[] {"ReLU", "LeakyReLU", "ELU"}) {
            assertFalse(after("Activation", 6, 4, 2).with("activation", Map.of("class_name", known, "config",
                    Map.of())).run().steps().contains("Permute"), known);
        }
        LayerRunner softmax = after("Activation", 6, 4, 2).with("activation", Map.of("class_name", "Softmax", "config",
                Map.of())).run();
        assertEquals(TURNED + ", Softmax{axis=2}[layer/channels_first]", softmax.steps());
        LayerRunner pooled = own("Conv2D", 6, 4, 2).channelsFirst().weight(1, 1, 2, 4).weight(4)
                .with("activation", "softmax").run();
        assertEquals("Conv2d[image], Permute[layer], Softmax[layer/channels_first]", pooled.kinds());
        assertFalse(pooled.isChannelsFirst());
        LayerRunner relu = own("Conv2D", 6, 4, 2).channelsFirst().weight(1, 1, 2, 4).weight(4)
                .with("activation", "relu").run();
        assertEquals("Conv2d[image], ReLU[layer]", relu.kinds());
        assertTrue(relu.isChannelsFirst());
    }

    /** Axes count (batch, channels, rows, columns). */
    @ParameterizedTest
    @CsvSource({"1,2", "-3,2", "2,0", "-2,0", "3,1", "-1,1"})
    void axesAreThoseOfKeras(int axis, long stored) {
        LayerRunner run = after("UnitNormalization", 6, 4, 2).with("axis", axis).run();
        assertEquals("LpNormalize[image]", run.kinds());
        assertEquals(stored, run.setting("axis"));
        assertTrue(run.isChannelsFirst());
        LayerRunner joined = after("Concatenate", 6, 4, 2).again().with("axis", axis).run();
        assertEquals(stored == 2 ? null : (Object) stored, joined.setting("axis"), "channels are the default");
    }

    @Test
    void axesAreKnown() {
        assertEquals(1L, after("UnitNormalization", 6, 4, 2).run().setting("axis"));
        assertEquals("BatchNorm2d[image]", after("BatchNormalization", 6, 4, 2).with("axis", 1).weight(2).weight(2)
                .weight(2).weight(2).run().kinds());
        LayerRunner channels = after("LayerNormalization", 6, 4, 2).with("axis", 1).weight(2).weight(2).run();
        assertEquals("LayerNorm{axes=1, epsilon=0.001}[image]", channels.steps());
        LayerRunner norm = after("LayerNormalization", 6, 4, 2).list("axis", 1, 2, 3).weight(2, 6, 4).weight(2, 6, 4)
                .run();
        assertEquals(TURNED + ", LayerNorm{axes=3, epsilon=0.001}[layer/channels_first]", norm.steps(),
                "the weights have the order of Keras");
        assertFalse(norm.isChannelsFirst());
        refused("axis 4 is none of four", after("UnitNormalization", 6, 4, 2).with("axis", 4));
        refused("axis 0 is none of four", after("UnitNormalization", 6, 4, 2).with("axis", 0));
        assertEquals(0L, after("Concatenate", 6, 4, 2).again().with("concat_axis", 2).run().setting("axis"));
    }

    /** Several numbers belong to Keras' last axis, the columns. */
    @Test
    void numbersOfTheLastAxisAreTurned() {
        assertEquals("BatchNorm2d[image]", after("Rescaling", 6, 4, 2).with("scale", 2).run().kinds());
        assertEquals("BatchNorm2d[image]", after("Rescaling", 6, 4, 2).list("scale", 2).run().kinds());
        assertTrue(after("Rescaling", 6, 4, 2).list("scale", 2, 3, 4, 5).run().steps().startsWith(TURNED));
        assertTrue(after("Rescaling", 6, 4, 2).with("scale", Map.of("config", Map.of("value", List.of(2L, 3L, 4L, 5L))))
                .run().steps().startsWith(TURNED));
        assertTrue(after("Rescaling", 6, 4, 2).with("scale", 2).with("offset", List.of(List.of(1L, 2L, 3L, 4L),
                List.of())).with("offset", List.of(1L, 2L, 3L, 4L)).run().steps().startsWith(TURNED));
        assertTrue(after("Add", 6, 4, 2).argument(List.of(1L, 2L, 3L, 4L)).run().steps().startsWith(TURNED));
        assertFalse(after("Add", 6, 4, 2).argument(3L).run().steps().contains("Permute"));
        assertTrue(after("Multiply", 6, 4, 2).named("y", List.of(List.of(1L, 2L, 3L, 4L))).run().steps()
                .contains("BatchNorm2d"));
        refused("it has 4 numbers for 2 channels", layer("Add", 6, 4, 2).argument(List.of(1L, 2L, 3L, 4L)));
    }

    /** A layer that depends on the order of axes gets them as Keras has them. */
    @Test
    void othersGetTheOrderOfKeras() {
        LayerRunner flat = after("Flatten", 6, 4, 2).run();
        assertEquals(TURNED + ", Reshape{shape=[48]}[layer/channels_first]", flat.steps());
        assertFalse(flat.isChannelsFirst());
        LayerRunner mixed = after("Add", 6, 4, 2).reshaped(2, 6, 4).run();
        assertEquals("Reshape[image], Permute[image], Add[layer/channels_first, other]", mixed.kinds());
        assertFalse(mixed.isChannelsFirst());
        LayerRunner both = after("Add", 6, 4, 2).again().run();
        assertEquals("Add[image, image]", both.kinds());
        assertTrue(both.isChannelsFirst());
        LayerRunner list = after("Add", 6, 4, 2).again().together(0, 1).run();
        assertEquals("Add[image, image]", list.kinds());
        LayerRunner named = after("Flatten", 6, 4, 2).only().nameOnly("inputs").run();
        assertEquals(flat.steps(), named.steps());
    }

    @Test
    void stepsAreTurnedAndTurnedBack() {
        LayerRunner pool = own("MaxPooling1D", 2, 6).with("pool_size", 2).run();
        assertEquals("Permute{axes=[1, 0]}[image]", pool.steps().substring(0, 27));
        assertEquals("Permute", pool.last().kind());
        assertEquals(List.of(1L, 0L), pool.setting("axes"));
        assertEquals(Shape.of(2, 3), pool.shape());
        LayerRunner global = own("GlobalMaxPooling1D", 2, 6).run();
        assertEquals(Shape.of(2), global.shape());
        assertEquals("ReduceMax", global.last().kind());
        refused("its data_format is channels_first, and its activation softmax depends on the order of axes",
                own("Conv1D", 2, 6).weight(3, 2, 4).weight(4).list("kernel_size", 3).with("activation", "softmax"));
        assertEquals(Shape.of(4, 4), own("Conv1D", 2, 6).weight(3, 2, 4).weight(4).list("kernel_size", 3)
                .with("activation", "relu").run().shape());
    }

    private static KerasModel model(Map<String, Object> config) {
        return new KerasModel("m", true, List.of(new LayerConfig("InputLayer", "", "i", Map.of(), true),
                new LayerConfig("Conv2D", "", "c", config, true)), List.of(), List.of(), List.of(), null);
    }

    @Test
    void imagesAreOfTheFormatOfTheLayers() {
        KerasModel first = model(Map.of("data_format", "channels_first"));
        assertTrue(ChannelsFirst.isInput(first, new int[] {-1, 3, 8, 8}));
        assertTrue(ChannelsFirst.isInput(first, new int[] {-1, 4, 8, 4}));
        assertTrue(ChannelsFirst.isInput(first, new int[] {-1, 1, 8, 1}));
        assertTrue(ChannelsFirst.isInput(first, new int[] {-1, 8, 8, 8}));
        assertTrue(ChannelsFirst.isInput(first, new int[] {-1, 8, 8, -1}));
        assertFalse(ChannelsFirst.isInput(first, new int[] {-1, 5, 8, 4}));
        assertFalse(ChannelsFirst.isInput(first, new int[] {-1, -1, 8, 1}));
        assertFalse(ChannelsFirst.isInput(first, new int[] {-1, 3, 8}));
        assertFalse(ChannelsFirst.isInput(model(Map.of("data_format", "channels_last")), new int[] {-1, 3, 8, 8}));
        assertTrue(ChannelsFirst.isInput(model(Map.of("dim_ordering", "th")), new int[] {-1, 3, 8, 8}));
        assertTrue(ChannelsFirst.isInput(model(Map.of("layers", List.of(3L, Map.of("config",
                Map.of("data_format", "channels_first"))))), new int[] {-1, 3, 8, 8}));
        assertFalse(ChannelsFirst.isInput(model(Map.of("layers", List.of(Map.of("config", Map.of())))),
                new int[] {-1, 3, 8, 8}));
    }

    @Test
    void configurationsAreSearched200Deep() {
        for (int depth = 199; depth <= 200; depth++) {
            for (boolean list : new boolean[] {false, true}) {
                Object nested = Map.of("data_format", "channels_first");
                for (int i = 0; i < depth; i++) {
                    nested = list && i % 2 == 0 ? List.of(nested) : Map.of("x", nested);
                }
                assertEquals(depth == 199, ChannelsFirst.isInput(model(Map.of("y", nested)),
                        new int[] {-1, 3, 8, 8}));
            }
        }
    }
}

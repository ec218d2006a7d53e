package dev.sectional.weights.internal.keras;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Shape;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The nodes that attention becomes, axis by axis, and the calls that are refused. */
class KerasAttentionTest {
    private static LayerRunner layer(String className, int... image) {
        return LayerRunner.of(className, image);
    }

    /** Attention of 2 heads, 3 wide, over steps of 4 channels, with 5 outputs. */
    private static LayerRunner multiHead(int... image) {
        return layer("MultiHeadAttention", image).part("query_dense", 4, 2, 3).part("query_dense", 2, 3)
                .part("key_dense", 4, 2, 3).part("key_dense", 2, 3).part("value_dense", 4, 2, 3)
                .part("value_dense", 2, 3).part("output_dense", 2, 3, 5).part("output_dense", 5);
    }

    private static void refused(String said, LayerRunner layer) {
        String message = assertThrows(IllegalArgumentException.class, layer::run).getMessage();
        assertTrue(message.contains(said), message);
    }

    @Test
    void headsAttendToAllSteps() {
        LayerRunner run = multiHead(7, 4).again().run();
        assertEquals(Shape.of(7, 5), run.shape());
        assertEquals("Linear{}[image], Reshape{shape=[7, 2, 3]}[layer/query], Linear{}[image],"
                + " Reshape{shape=[7, 2, 3]}[layer/value], Linear{}[image], Reshape{shape=[7, 2, 3]}[layer/key],"
                + " Permute{axes=[1, 0, 2]}[layer], Permute{axes=[1, 2, 0]}[layer_2],"
                + " MultiplyConstant{}[layer/permute], MatMul{}[layer/scale, layer/permute_1],"
                + " Softmax{axis=2}[layer/scores], Permute{axes=[1, 0, 2]}[layer_1],"
                + " MatMul{}[layer/softmax, layer/permute_2], Permute{axes=[1, 0, 2]}[layer/mix],"
                + " Reshape{shape=[7, 6]}[layer/permute_3], Linear{}[layer_3]", run.steps());
        assertArrayEquals(new float[] {(float) (1 / Math.sqrt(3))}, run.node("layer/scale").tensors().get("value")
                .tensor().data());
        assertTrue(run.node("layer/query").tensors().containsKey("bias"));
        assertEquals(Shape.of(5, 6), run.last().tensors().get("weight").shape());
    }

    /** Axes beside those of attention make a batch. */
    @Test
    void axesOfAttentionMayBeSome() {
        LayerRunner columns = multiHead(6, 7, 4).again().with("attention_axes", 2).run();
        assertEquals(Shape.of(6, 7, 5), columns.shape());
        assertFalse(columns.kinds().startsWith("Permute"), columns.kinds());
        assertEquals(List.of(6L, 7L, 2L, 3L), columns.node("layer").settings().get("shape"));
        assertEquals(List.of(0L, 2L, 1L, 3L), columns.node("layer/permute").settings().get("axes"));
        assertEquals(List.of(0L, 2L, 3L, 1L), columns.node("layer/permute_1").settings().get("axes"));
        assertEquals(3L, columns.node("layer/softmax").settings().get("axis"));
        LayerRunner rows = multiHead(6, 7, 4).again().with("attention_axes", 1).run();
        assertEquals(Shape.of(6, 7, 5), rows.shape());
        assertEquals(List.of(1L, 0L, 2L), rows.node("layer/permute").settings().get("axes"));
        assertEquals("Permute", rows.last().kind());
        assertEquals(List.of(1L, 0L, 2L), rows.setting("axes"));
        LayerRunner both = multiHead(6, 7, 4).again().run();
        assertEquals(Shape.of(6, 7, 5), both.shape());
        assertTrue(both.steps().startsWith("Reshape{shape=[42, 4]}[image], "), both.steps());
        assertEquals(List.of(6L, 7L, 5L), both.setting("shape"));
        LayerRunner named = multiHead(6, 7, 4).again().list("attention_axes", 1, 2).run();
        assertEquals(both.steps(), named.steps());
        LayerRunner four = multiHead(2, 3, 6, 4).again().list("attention_axes", 1, 3).run();
        assertEquals(List.of(1L, 0L, 2L, 3L), four.node("layer/permute").settings().get("axes"));
        assertEquals(List.of(3L, 12L, 4L), four.node("layer").settings().get("shape"));
        assertEquals(Shape.of(2, 3, 6, 5), four.shape());
        LayerRunner turned = multiHead(2, 3, 6, 4).again().with("attention_axes", 1).run();
        assertEquals(List.of(1L, 2L, 0L, 3L), turned.node("layer/permute").settings().get("axes"));
        assertEquals(List.of(2L, 0L, 1L, 3L), turned.setting("axes"));
        for (long[] wrong : new long[][] {{3}, {-1}, {2, 1}, {1, 1}}) {
            refused("its attention_axes are " + Arrays.toString(wrong) + " for shape 6x7x4",
                    multiHead(6, 7, 4).again().list("attention_axes", wrong));
        }
        refused("it takes values of one number of axes, got shape 42x4", multiHead(6, 7, 4).reshaped(42, 4));
    }

    @Test
    void keysAndValuesMayBeOthers() {
        LayerRunner fewer = multiHead(6, 4).reshaped(3, 8).part("value_dense", 1, 1, 1);
        refused("the file has 3 weights for its part value_dense, wanted 2", fewer);
        LayerRunner cross = layer("MultiHeadAttention", 6, 4).with("use_bias", false).reshaped(3, 8)
                .part("query_dense", 4, 2, 3).part("_key_dense", 8, 2, 3).part("value", 8, 2, 5)
                .part("attention_output", 2, 5, 4).run();
        assertEquals(Shape.of(6, 4), cross.shape());
        assertEquals(List.of(6L, 10L), cross.node("layer_3").settings().get("shape"));
        assertEquals(List.of("other"), cross.node("layer/value").inputs());
        assertEquals(List.of("other"), cross.node("layer/key").inputs());
        assertFalse(cross.node("layer/query").tensors().containsKey("bias"));
        LayerRunner three = multiHead(6, 4).reshaped(6, 4).again().run();
        assertEquals(List.of("other"), three.node("layer/value").inputs());
        assertEquals(List.of("image"), three.node("layer/key").inputs());
        refused("the kernel of its query has shape 4x6, wanted three dimensions", layer("MultiHeadAttention", 6, 4)
                .with("use_bias", false).again().part("query_dense", 4, 6));
        refused("the file has 0 weights for its part query_dense, wanted 2", layer("MultiHeadAttention", 6, 4).again());
    }

    @ParameterizedTest
    @ValueSource(strings = {"GroupQueryAttention", "GroupedQueryAttention"})
    void queriesShareKeys(String name) {
        LayerRunner run = layer(name, 7, 4).again().with("use_bias", false).part("query_dense", 4, 6, 3)
                .part("key_dense", 4, 2, 3).part("value_dense", 4, 2, 3).part("output_dense", 6, 3, 4).run();
        assertEquals(Shape.of(7, 4), run.shape());
        assertEquals(List.of(0L, 0L, 0L, 1L, 1L, 1L), run.node("layer/repeat").settings().get("indices"));
        assertEquals(1L, run.node("layer/repeat").settings().get("axis"));
        assertEquals(0L, run.node("layer/repeat").settings().get("drop"));
        refused("it has 6 heads of queries and 4 of keys", layer(name, 7, 4).again().with("use_bias", false)
                .part("query_dense", 4, 6, 3).part("key_dense", 4, 4, 3).part("value_dense", 4, 2, 3)
                .part("output_dense", 6, 3, 4));
    }

    @Test
    void laterStepsMayBeHidden() {
        LayerRunner square = layer("Attention", 3, 2).again().named("use_causal_mask", true).run();
        float hidden = -1e9f;
        assertArrayEquals(new float[] {0, hidden, hidden, 0, 0, hidden, 0, 0, 0},
                square.node("layer/mask").tensors().get("value").tensor().data());
        assertEquals(Shape.of(3, 3), square.node("layer/mask").tensors().get("value").shape());
        LayerRunner fewer = layer("Attention", 3, 2).rows(2).named("use_causal_mask", true).run();
        assertArrayEquals(new float[] {0, hidden, 0, 0, 0, 0},
                fewer.node("layer/mask").tensors().get("value").tensor().data());
        assertEquals(Shape.of(3, 2), fewer.node("layer/mask").tensors().get("value").shape());
        assertFalse(layer("Attention", 3, 2).again().named("use_causal_mask", false).run().kinds()
                .contains("AddConstant"));
        refused("a causal mask on more than one axis of steps", multiHead(3, 3, 4).again()
                .named("use_causal_mask", true));
        assertEquals(Shape.of(3, 5), multiHead(3, 4).again().named("use_causal_mask", true).run().shape());
    }

    /** Scores are products of query and key; the scale is one number. */
    @Test
    void attentionWithoutProjections() {
        LayerRunner dot = layer("Attention", 3, 2).again().run();
        assertEquals("Permute{axes=[1, 0]}[image], MatMul{}[image, layer/permute], Softmax{axis=1}[layer/scores],"
                + " MatMul{}[layer/softmax, image]", dot.steps());
        LayerRunner scaled = layer("Attention", 3, 2).again().with("use_scale", true).weight(1).run();
        assertEquals("Permute[image], MatMul[image, layer/permute], MultiplyConstant[layer/scores],"
                + " Softmax[layer/scale], MatMul[layer/softmax, image]", scaled.kinds());
        LayerRunner batch = layer("Attention", 5, 3, 2).again().run();
        assertEquals(List.of(0L, 2L, 1L), batch.node("layer/permute").settings().get("axes"));
        assertEquals(Shape.of(5, 3, 2), batch.shape());
        LayerRunner list = layer("Attention", 3, 2).together(0, 0).run();
        assertEquals(dot.steps(), list.steps());
        refused("the file has 0 weights for it, wanted 1", layer("Attention", 3, 2).again().with("use_scale", true));
        refused("its score_mode is max", layer("Attention", 3, 2).again().with("score_mode", "max"));
        refused("it takes values (steps, channels), got shapes 6, 6 and 6", layer("Attention", 6).again());
        refused("got shapes 3x2, 1x3x2 and 3x2", layer("Attention", 3, 2).reshaped(1, 3, 2).again());
        refused("got shapes 3x2, 3x2 and 1x3x2", layer("Attention", 3, 2).again().reshaped(1, 3, 2));
    }

    /** Sums of query and key, in a tanh; the scale comes before it or after it. */
    @Test
    void attentionOfSums() {
        LayerRunner plain = layer("AdditiveAttention", 3, 2).again().with("use_scale", false).run();
        assertEquals("Reshape{shape=[3, 1, 2]}[image], Reshape{shape=[1, 3, 2]}[image], Add{}[layer, layer_1],"
                + " Tanh{}[layer/sum], ReduceSum{axes=[2], keep=0}[layer/tanh], Softmax{axis=1}[layer/scores],"
                + " MatMul{}[layer/softmax, image]", plain.steps());
        LayerRunner scaled = layer("AdditiveAttention", 3, 2).again().weight(2).run();
        assertEquals(List.of("layer/tanh"), scaled.node("layer/scale").inputs());
        assertEquals(List.of("layer/scale"), scaled.node("layer/scores").inputs());
        LayerRunner concat = layer("Attention", 3, 2).again().with("score_mode", "concat").weight(1).run();
        assertEquals(List.of("layer/scores"), concat.node("layer/scale").inputs());
        assertEquals(List.of("layer/sum"), concat.node("layer/tanh").inputs());
        LayerRunner both = layer("Attention", 3, 2).again().with("score_mode", "concat").with("use_scale", true)
                .weight(2).weight(1).run();
        assertEquals(List.of("layer/sum"), both.node("layer/scale").inputs());
        assertEquals(List.of("layer/scale"), both.node("layer/tanh").inputs());
        assertEquals(List.of("layer/tanh"), both.node("layer/scores").inputs());
        assertEquals(List.of("layer/scores"), both.node("layer/scale_1").inputs());
        assertArrayEquals(new float[] {0}, both.node("layer/scale_1").tensors().get("value").tensor().data());
        assertArrayEquals(new float[] {0, 1}, both.node("layer/scale").tensors().get("value").tensor().data());
        LayerRunner batch = layer("AdditiveAttention", 5, 3, 2).again().with("use_scale", false).run();
        assertEquals(List.of(5L, 3L, 1L, 2L), batch.node("layer").settings().get("shape"));
        assertEquals(List.of(5L, 1L, 3L, 2L), batch.node("layer_1").settings().get("shape"));
        assertEquals(List.of(3L), batch.node("layer/scores").settings().get("axes"));
    }

    @Test
    void argumentsAreQueryValueAndKey() {
        LayerRunner named = layer("Attention", 3, 2).nameValue("value", 3, 2).run();
        assertEquals(List.of("layer/softmax", "value"), named.last().inputs());
        assertEquals(List.of("value"), named.node("layer/permute").inputs());
        LayerRunner key = layer("Attention", 3, 2).nameValue("key", 3, 2).nameValue("value", 3, 2).run();
        assertEquals(List.of("layer/softmax", "value"), key.last().inputs());
        assertEquals(List.of("key"), key.node("layer/permute").inputs());
        assertEquals(Shape.of(3, 2), layer("Attention", 3, 2).again().argument(null).run().shape());
        String masked = "it is called with a mask other than use_causal_mask, or returns its scores";
        refused(masked, layer("Attention", 3, 2).again().named("attention_mask", List.of(1L)));
        refused(masked, layer("Attention", 3, 2).again().named("query_mask", List.of(1L)));
        refused(masked, layer("Attention", 3, 2).again().named("return_attention_scores", true));
        refused(masked, layer("Attention", 3, 2).again().again().again());
        assertEquals(Shape.of(3, 2), layer("Attention", 3, 2).again().named("mask", null)
                .named("return_attention_scores", false).run().shape());
        assertEquals(Shape.of(3, 2), layer("Attention", 3, 2).again().again().argument(null).run().shape());
        refused("it takes 1 inputs, wanted query, value and key", layer("Attention", 3, 2));
        refused("it takes 1 inputs, wanted query", layer("Attention", 3, 2).argument("x"));
    }
}

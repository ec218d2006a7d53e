package dev.sectional.weights.internal.keras;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Layers around other layers, and linear layers by an equation. */
class KerasWrappersTest {
    private static LayerRunner layer(String className, int... image) {
        return LayerRunner.of(className, image);
    }

    private static Map<String, Object> inner(String className, Map<String, Object> settings) {
        return Map.of("class_name", className, "config", settings);
    }

    private static LayerRunner steps(String className, int... image) {
        return layer("TimeDistributed", image).with("layer", inner(className, Map.of("name", "inner")));
    }

    private static void refused(String said, LayerRunner layer) {
        String message = assertThrows(IllegalArgumentException.class, layer::run).getMessage();
        assertTrue(message.contains(said), message);
    }

    @Test
    void stepsAreComputedAllAtOnce() {
        LayerRunner dense = steps("Dense", 5, 3).weight(3, 2).weight(2).run();
        assertEquals(Shape.of(5, 2), dense.shape());
        assertEquals("layer", dense.last().name());
        assertArrayEquals(new float[] {0, 2, 4, 1, 3, 5}, dense.tensor("weight"));
        LayerRunner apart = steps("Dense", 5, 3).weight(9).part("layer", 3, 4).part("layer", 4).run();
        assertEquals(Shape.of(5, 4), apart.shape());
        assertEquals("ReLU[image]", steps("ReLU", 5, 3).run().kinds());
        assertTrue(steps("Dropout", 5, 3).run().isImage());
        String supported = "supported are Activation, Dense, Dropout, ELU, LeakyReLU, ReLU, Rescaling on two axes";
        refused("it wraps a layer of class Dense for shape 3; " + supported, steps("Dense", 3).weight(3, 2).weight(2));
        refused("it wraps a layer of class Conv2D for shape 5x3; " + supported, steps("Conv2D", 5, 3));
        refused("layer 1 has no class", layer("TimeDistributed", 5, 3));
    }

    /** HDF5 files list the vector of the power iteration last, archives keep the layer's weights apart. */
    @Test
    void kernelsOfSpectralNormalizationAreUsedAsTheyAre() {
        Map<String, Object> dense = inner("Dense", Map.of("name", "inner"));
        LayerRunner spectral = layer("SpectralNormalization", 3).with("layer", dense).with("power_iterations", 1)
                .weight(3, 2).weight(2).weight(1, 2).run();
        assertEquals("Linear[image]", spectral.kinds());
        assertEquals("layer", spectral.last().name());
        LayerRunner apart = layer("SpectralNormalization", 3).with("layer", dense).weight(1, 2).part("layer", 3, 4)
                .part("layer", 4).run();
        assertEquals(Shape.of(4), apart.shape());
        refused("the file has 0 weights for it, wanted 2", layer("SpectralNormalization", 3).with("layer", dense));
        refused("it is called with training=True, which predict of Keras 2", layer("SpectralNormalization", 3).keras2()
                .with("layer", dense).weight(3, 2).weight(2).weight(1, 2).named("training", true));
        LayerRunner recorded = layer("SpectralNormalization", 3).with("layer", dense).weight(3, 2).weight(2)
                .weight(1, 2).named("training", true).run();
        assertEquals(1, recorded.nodes().assumed().size());
        refused("its gain is 2", layer("SpectralNormalization", 3).with("layer", dense).with("gain", 2).weight(3, 2)
                .weight(2).weight(1, 2));
    }

    @Test
    void theLastWeightIsTheWrappersOwn() {
        LayerRunner dense = layer("SpectralNormalization", 2, 4).with("layer", inner("Dense", Map.of("use_bias",
                false))).weight(4, 3).weight(1, 3).run();
        assertEquals(Shape.of(2, 3), dense.shape());
        refused("the file has 2 weights for it, wanted 1", layer("TimeDistributed", 2, 4).with("layer", inner("Dense",
                Map.of("use_bias", false))).weight(4, 3).weight(1, 3));
    }

    private static LayerRunner einsum(String equation, int... image) {
        return layer("EinsumDense", image).with("equation", equation);
    }

    @ParameterizedTest
    @CsvSource({"'ab,bc->ac',4,'4,5','5'", "'abc,cd->abd','3,4','4,5','3,5'", "'abc,bcd->ad','3,4','3,4,5','5'",
        "'abc,cde->abde','3,4','4,5,6','3,5,6'", "'...x,xy->...y','2,3,4','4,5','2,3,5'",
        "'...x,xy->...y',4,'4,5','5'", "'abcd, cdef -> abef','2,3,4','3,4,5,6','2,5,6'",
        "'...xy,xyz->...z','3,4','3,4,5','5'"})
    void equationsSumTheLastAxes(String equation, String image, String kernel, String output) {
        LayerRunner run = einsum(equation, dims(image)).weight(dims(kernel)).run();
        assertEquals(Shape.of(dims(output)), run.shape());
        assertFalse(run.node("layer").tensors().containsKey("bias"));
    }

    private static int[] dims(String text) {
        return Arrays.stream(text.split(",")).mapToInt(Integer::parseInt).toArray();
    }

    @Test
    void axesAreJoinedForTheProduct() {
        LayerRunner run = einsum("abcd,cdef->abef", 2, 3, 4).weight(3, 4, 5, 6).weight(5, 6).with("bias_axes", "ef")
                .run();
        assertEquals("Reshape{shape=[2, 12]}[image], Linear{}[layer], Reshape{shape=[2, 5, 6]}[layer_1]",
                run.steps());
        assertEquals(Shape.of(30, 12), run.node("layer_1").tensors().get("weight").shape());
        assertEquals(30, run.node("layer_1").tensors().get("bias").shape().size());
        LayerRunner last = einsum("abcd,cdef->abef", 2, 3, 4).weight(3, 4, 5, 6).weight(6).with("bias_axes", "f").run();
        assertEquals("AddConstant[layer_2]", last.kinds().substring(last.kinds().lastIndexOf(' ') + 1));
        assertArrayEquals(new float[] {0, 1, 2, 3, 4, 5}, last.tensor("value"));
        assertFalse(last.node("layer_1").tensors().containsKey("bias"));
        assertEquals("Linear[image], ReLU[layer]", einsum("ab,bc->ac", 4).weight(4, 5).with("activation", "relu")
                .run().kinds());
    }

    @ParameterizedTest
    @CsvSource({"''", "'ab,bc'", "'ab->ac'", "'ab,bc,cd->ad'", "'ab,bc->ac->ac'"})
    void equationsHaveTwoFactors(String equation) {
        refused("its equation is " + equation, einsum(equation, 4).weight(4, 5));
    }

    @ParameterizedTest
    @CsvSource({"'ab,cb->ac','4'", "'ab,bc->ca','4'", "'ab,bc->a','4'", "'ab,b->a','4'", "'ab,bc->abc','4'",
        "'ab,ba->aa','4'", "'abc,bd->acd','3,4'", "'abc,cd->ad','3,4'", "'abc,cd->abd','4'", "'ab,bc->ac','3,4'",
        "'a,ab->b','4'", "'...xy,xyz->...z','4'", "'b,bc->c',''", "'ab,xb->ax','4'"})
    void otherSumsAreRefused(String equation, String image) {
        int[] shape = image.isEmpty() ? new int[0] : dims(image);
        refused("its equation is " + equation + "; supported is the sum over the last axes",
                einsum(equation, shape).weight(4, 5));
    }

    @Test
    void kernelsAndBiasesFitTheEquation() {
        refused("its equation is ab,bc->ac with bias_axes b; supported", einsum("ab,bc->ac", 4).weight(4, 5)
                .with("bias_axes", "b"));
        refused("its kernel has shape 4x5x1 for an input of shape 4", einsum("ab,bc->ac", 4).weight(4, 5, 1));
        refused("its kernel has shape 3x5 for an input of shape 4", einsum("ab,bc->ac", 4).weight(3, 5));
        refused("its kernel has shape 4x3x5 for an input of shape 3x4", einsum("abc,bcd->ad", 3, 4).weight(4, 3, 5));
        refused("the file has 2 weights for it, wanted 1", einsum("ab,bc->ac", 4).weight(4, 5).weight(5));
        refused("the file has 1 weights for it, wanted 2", einsum("ab,bc->ac", 4).weight(4, 5).with("bias_axes", "c"));
        assertEquals(List.of("image"), einsum("ab,bc->ac", 4).weight(4, 5).weight(5).with("bias_axes", "c").run()
                .last().inputs());
    }
}

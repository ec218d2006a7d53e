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
import org.junit.jupiter.params.provider.CsvSource;

/** Convolutions, linear layers, windows and normalisations, layer by layer: shapes, settings and refusals. */
class KerasLayersTest {
    private static LayerRunner layer(String className, int... image) {
        return LayerRunner.of(className, image);
    }

    private static void refused(String said, LayerRunner layer) {
        String message = assertThrows(IllegalArgumentException.class, layer::run).getMessage();
        assertTrue(message.contains(said), message);
    }

    @Test
    void poolsStepByTheirWindowUnlessToldOtherwise() {
        LayerRunner pool = layer("MaxPooling2D", 6, 5, 2).list("pool_size", 3, 2).run();
        assertEquals(Shape.of(2, 2, 2), pool.shape());
        assertEquals(List.of(3L, 2L), pool.setting("stride"));
        assertEquals(Shape.of(4, 2, 2), layer("AveragePooling2D", 6, 5, 2).list("pool_size", 3, 2)
                .list("strides", 1, 2).run().shape());
        assertEquals("AvgPool2d", layer("AveragePooling2D", 6, 5, 2).run().last().kind());
        assertEquals(1L, layer("MaxPooling2D", 6, 5, 2).with("padding", "same").run().setting("auto_pad"));
        refused("it takes a feature map (rows, columns, channels), got shape 4", layer("MaxPooling2D", 4));
        refused("it takes 2 inputs, wanted one", layer("MaxPooling2D", 4, 4, 1).again());
    }

    @ParameterizedTest
    @CsvSource({"GlobalAveragePooling2D,AdaptiveAvgPool2d", "GlobalMaxPooling2D,GlobalMaxPool2d"})
    void globalPoolsDropRowsAndColumns(String name, String kind) {
        assertEquals(Shape.of(3), layer(name, 4, 5, 3).run().shape());
        LayerRunner kept = layer(name, 4, 5, 3).with("keepdims", true).run();
        assertEquals(Shape.of(1, 1, 3), kept.shape());
        assertEquals(kind, kept.last().kind());
    }

    @Test
    void sidesAreGivenInFourWays() {
        assertEquals(List.of(1L, 1L, 1L, 1L), layer("ZeroPadding2D", 4, 4, 2).with("padding", 1).run()
                .setting("padding"));
        assertEquals(Shape.of(6, 8, 2), layer("ZeroPadding2D", 4, 4, 2).list("padding", 1, 2).run().shape());
        List<Long> each = List.of(1L, 3L, 2L, 4L);   // top, left, bottom, right
        assertEquals(each, layer("ZeroPadding2D", 4, 4, 2).with("padding", List.of(List.of(1L, 2L), List.of(3L, 4L)))
                .run().setting("padding"));
        assertEquals(each, layer("ZeroPadding2D", 4, 4, 2).list("padding", 1, 2, 3, 4).run().setting("padding"));
        refused("wanted whole numbers", layer("ZeroPadding2D", 4, 4, 2).list("padding", 1, 2, 3));
        refused("wanted whole numbers", layer("ZeroPadding2D", 4, 4, 2)
                .with("padding", List.of(List.of(1L), List.of(3L, 4L))));
    }

    @Test
    void cropsLeaveAtLeastOneElement() {
        LayerRunner cut = layer("Cropping2D", 5, 6, 2).with("cropping", List.of(List.of(1L, 3L), List.of(0L, 5L)))
                .run();
        assertEquals(Shape.of(1, 1, 2), cut.shape());
        assertEquals(0L, cut.setting("start"));
        LayerRunner rows = layer("Cropping2D", 5, 6, 2).with("cropping", List.of(List.of(1L, 2L), List.of(0L, 0L)))
                .run();
        assertEquals("Slice[image]", rows.kinds());
        assertEquals(1L, rows.setting("start"));
        assertEquals(2L, rows.setting("count"));
        assertTrue(layer("Cropping2D", 5, 6, 2).with("cropping", 0).run().isImage());
        refused("it crops 2 and 3 of 5", layer("Cropping2D", 5, 6, 2)
                .with("cropping", List.of(List.of(2L, 3L), List.of(0L, 0L))));
        refused("it crops -1 and 1 of 5", layer("Cropping2D", 5, 6, 2)
                .with("cropping", List.of(List.of(-1L, 1L), List.of(0L, 0L))));
        refused("it crops 1 and -1 of 6", layer("Cropping2D", 5, 6, 2)
                .with("cropping", List.of(List.of(0L, 0L), List.of(1L, -1L))));
    }

    @Test
    void mapsAreResized() {
        LayerRunner up = layer("UpSampling2D", 4, 5, 2).list("size", 2, 3).run();
        assertEquals(Shape.of(8, 15, 2), up.shape());
        assertEquals(List.of(0L, 5L, 2L), List.of(up.setting("mode"), up.setting("coordinates"),
                up.setting("rounding")));
        LayerRunner smooth = layer("Resizing", 4, 5, 2).with("height", 1).with("width", 9)
                .with("interpolation", "bicubic").run();
        assertEquals(Shape.of(1, 9, 2), smooth.shape());
        assertEquals(List.of(2L, 0L, 0L), List.of(smooth.setting("mode"), smooth.setting("coordinates"),
                smooth.setting("rounding")));
        assertEquals(1L, smooth.setting("exclude_outside"));
        assertTrue(smooth.nodes().assumed().stream().anyMatch(each -> each.contains("bicubic")));
        LayerRunner plain = layer("Resizing", 4, 5, 2).with("height", 1).with("width", 9).run();
        assertEquals(1L, plain.setting("mode"));
        assertEquals(0L, plain.setting("exclude_outside"));
        assertEquals(Shape.of(2, 3, 2), layer("AdaptiveAveragePooling2D", 4, 5, 2).list("output_size", 2, 3).run()
                .shape());
        assertTrue(plain.nodes().assumed().isEmpty());
        refused("its interpolation is lanczos3", layer("UpSampling2D", 4, 5, 2).with("interpolation", "lanczos3"));
        refused("its size is 0x3", layer("Resizing", 4, 5, 2).with("height", 0).with("width", 3));
        refused("its size is 3x0", layer("Resizing", 4, 5, 2).with("height", 3).with("width", 0));
        refused("and it crops and pads", layer("Resizing", 4, 5, 2).with("height", 3).with("width", 3)
                .with("crop_to_aspect_ratio", true).with("pad_to_aspect_ratio", true));
        refused("its antialias is true", layer("Resizing", 4, 5, 2).with("antialias", true));
    }

    /** The middle is cut out, or both sides are padded, before the size changes. */
    @Test
    void theAspectRatioIsKeptByCroppingOrPadding() {
        LayerRunner crop = layer("Resizing", 4, 9, 2).with("height", 2).with("width", 2)
                .with("crop_to_aspect_ratio", true).run();
        assertEquals("Slice[image], Resize[layer]", crop.kinds());
        assertEquals(2L, crop.nodes().leadingTo(crop.last().name()).get(0).settings().get("start"));
        assertEquals(4L, crop.nodes().leadingTo(crop.last().name()).get(0).settings().get("count"));
        LayerRunner pad = layer("Resizing", 4, 9, 2).with("height", 2).with("width", 2)
                .with("pad_to_aspect_ratio", true).with("fill_value", 7).run();
        assertEquals("Pad[image], Resize[layer/pad]", pad.kinds());
        assertEquals(List.of(2L, 0L, 0L), pad.nodes().leadingTo(pad.last().name()).get(0).settings().get("before"));
        assertEquals(List.of(2L, 0L, 0L), pad.nodes().leadingTo(pad.last().name()).get(0).settings().get("after"));
        assertEquals(7.0, pad.nodes().leadingTo(pad.last().name()).get(0).settings().get("value"));
        refused("its fill_mode is reflect", layer("Resizing", 4, 9, 2).with("height", 2).with("width", 2)
                .with("pad_to_aspect_ratio", true).with("fill_mode", "reflect"));
    }

    @Test
    void theMiddleIsCutOut() {
        LayerRunner cut = layer("CenterCrop", 5, 6, 2).with("height", 2).with("width", 2).run();
        assertEquals(Shape.of(2, 2, 2), cut.shape());
        assertEquals(2L, cut.setting("start"));
        assertEquals(1L, cut.nodes().leadingTo(cut.last().name()).get(0).settings().get("start"));
        assertTrue(layer("CenterCrop", 5, 6, 2).with("height", 5).with("width", 6).run().isImage());
        assertEquals("Slice[image]", layer("CenterCrop", 5, 6, 2).with("height", 5).with("width", 5).run().kinds());
        assertEquals("Slice[image], Resize[layer]",
                layer("CenterCrop", 5, 6, 2).with("height", 6).with("width", 6).run().kinds());
        refused("its size is 0x6", layer("CenterCrop", 5, 6, 2).with("height", 0).with("width", 6));
        refused("its size is 5x0", layer("CenterCrop", 5, 6, 2).with("height", 5).with("width", 0));
        assertEquals(Shape.of(1, 1, 2),
                layer("CenterCrop", 5, 6, 2).with("height", 1).with("width", 1).run().shape());
    }

    @Test
    void kernelsFitTheConfigurationAndTheInput() {
        LayerRunner conv = layer("Conv2D", 5, 5, 4).weight(3, 2, 2, 6).weight(6).list("kernel_size", 3, 2)
                .with("groups", 2).with("filters", 6).run();
        assertEquals(Shape.of(3, 4, 6), conv.shape());
        assertEquals(Shape.of(6, 2, 3, 2), conv.last().tensors().get("weight").shape());
        assertArrayEquals(new float[] {0, 1, 2, 3, 4, 5}, conv.tensor("bias"));
        LayerRunner old = layer("Convolution2D", 5, 5, 4).weight(3, 2, 4, 6).with("bias", false).with("nb_row", 3)
                .with("nb_col", 2).with("nb_filter", 6).list("subsample", 2, 1).run();
        assertEquals(Shape.of(2, 4, 6), old.shape());
        assertFalse(old.last().tensors().containsKey("bias"));
        refused("its kernel has shape 3x2x4x6, wanted 3 x 3 x in x out", layer("Convolution2D", 5, 5, 4)
                .weight(3, 2, 4, 6).weight(6).with("nb_row", 3).with("nb_col", 3));
        refused("wanted 2 x 2 x in x out", layer("Conv2D", 5, 5, 4).weight(3, 2, 4, 6).weight(6)
                .with("kernel_size", 2));
        refused("wanted four dimensions", layer("Conv2D", 5, 5, 4).weight(3, 2, 4).weight(6));
        refused("wanted four dimensions", layer("Conv2D", 5, 5, 4).weight(3, 2, 0, 6).weight(6));
        refused("and 0 groups", layer("Conv2D", 5, 5, 4).weight(3, 2, 4, 6).weight(6).with("groups", 0));
        refused("and 2 groups, its input 4 channels", layer("Conv2D", 5, 5, 4).weight(3, 2, 4, 6).weight(6)
                .with("groups", 2));
        refused("has 6 outputs, the configuration says 5", layer("Conv2D", 5, 5, 4).weight(3, 2, 4, 6).weight(6)
                .with("filters", 5));
        refused("a weight has shape 5, wanted 6 elements", layer("Conv2D", 5, 5, 4).weight(3, 2, 4, 6).weight(5));
        refused("the file has 1 weights for it, wanted 2", layer("Conv2D", 5, 5, 4).weight(3, 2, 4, 6));
    }

    @Test
    void depthwiseKernelsHaveOneInput() {
        LayerRunner conv = layer("DepthwiseConv2D", 5, 5, 3).weight(2, 2, 3, 2).weight(6).with("depth_multiplier", 2)
                .run();
        assertEquals(Shape.of(4, 4, 6), conv.shape());
        assertEquals(3L, conv.setting("groups"));
        assertArrayEquals(new float[] {0, 6, 12, 18, 1, 7, 13, 19}, Arrays.copyOf(conv.tensor("weight"), 8));
        refused("and depth_multiplier 3, its input 3 channels", layer("DepthwiseConv2D", 5, 5, 3).weight(2, 2, 3, 2)
                .weight(6).with("depth_multiplier", 3));
        refused("its input 4 channels", layer("DepthwiseConv2D", 5, 5, 4).weight(2, 2, 3, 2).weight(6));
        refused("its groups is 2", layer("DepthwiseConv2D", 5, 5, 3).weight(2, 2, 3, 2).weight(6).with("groups", 2));
        LayerRunner separable = layer("SeparableConv2D", 5, 5, 3).weight(2, 2, 3, 2).weight(1, 1, 6, 4).weight(4).run();
        assertEquals(Shape.of(4, 4, 4), separable.shape());
        assertEquals(Shape.of(4, 4, 4), layer("SeparableConv2D", 5, 5, 3).weight(2, 2, 3, 2).weight(1, 1, 6, 4)
                .with("use_bias", false).run().shape());
        assertEquals(Shape.of(4, 4, 6), layer("DepthwiseConv2D", 5, 5, 3).weight(2, 2, 3, 2).with("use_bias", false)
                .run().shape());
        for (int[] wrong : new int[][] {{1, 1, 6}, {1, 2, 6, 4}, {2, 1, 6, 4}, {2, 2, 6, 4}, {1, 1, 5, 4}}) {
            refused("its second kernel has shape", layer("SeparableConv2D", 5, 5, 3).weight(2, 2, 3, 2).weight(wrong)
                    .weight(4));
        }
        refused("the file has 2 weights for it, wanted 3", layer("SeparableConv2D", 5, 5, 3).weight(2, 2, 3, 2)
                .weight(1, 1, 6, 4));
    }

    /** Rows that TensorFlow computes from 4 rows: kernel, stride, dilation, padding, output_padding (-1: none). */
    @ParameterizedTest
    @CsvSource({"3,2,1,valid,-1,9,0,0,0", "3,2,1,same,-1,8,0,1,0", "2,3,1,valid,-1,12,0,0,1", "2,3,1,same,-1,12,0,0,1",
        "3,2,1,valid,1,10,0,0,1", "3,2,1,same,1,8,0,1,0", "3,1,2,valid,-1,8,0,0,0", "3,1,2,same,-1,4,2,2,0",
        "4,2,1,same,0,6,2,2,0"})
    void transposedConvolutionsHaveTensorFlowsSize(int kernel, int stride, int dilation, String padding, int extra,
                                                   int rows, int before, int after, int more) {
        LayerRunner conv = layer("Conv2DTranspose", 4, 1, 2).weight(kernel, 1, 3, 2).with("use_bias", false)
                .list("strides", stride, 1).list("dilation_rate", dilation, 1).with("padding", padding);
        if (extra >= 0) {
            conv.list("output_padding", extra, 0);
        }
        conv.run();
        assertEquals(Shape.of(rows, 1, 3), conv.shape());
        assertEquals(List.of((long) before, 0L, (long) after, 0L), conv.setting("padding"));
        assertEquals(List.of((long) more, 0L), conv.setting("output_padding"));
    }

    @Test
    void transposedKernelsAreChecked() {
        refused("its input 4 channels", layer("Conv2DTranspose", 4, 4, 4).weight(3, 3, 3, 2).weight(3));
        refused("has 3 outputs, the configuration says 2", layer("Conv2DTranspose", 4, 4, 2).weight(3, 3, 3, 2)
                .weight(3).with("filters", 2));
        refused("its groups is 2", layer("Conv2DTranspose", 4, 4, 2).weight(3, 3, 3, 2).weight(3).with("groups", 2));
        assertEquals(Shape.of(6, 6, 3), layer("Deconvolution2D", 4, 4, 2).weight(3, 3, 3, 2).weight(3)
                .with("output_shape", Arrays.asList(null, 6L, 6L, 3L)).run().shape());
        refused("its output_shape is [null, 6, 7, 3], computed is 6x6x3", layer("Deconvolution2D", 4, 4, 2)
                .weight(3, 3, 3, 2).weight(3).with("output_shape", Arrays.asList(null, 6L, 7L, 3L)));
    }

    @Test
    void matricesFitTheLastAxis() {
        LayerRunner dense = layer("Dense", 3).weight(3, 2).weight(2).with("units", 2).run();
        assertArrayEquals(new float[] {0, 2, 4, 1, 3, 5}, dense.tensor("weight"));
        assertFalse(layer("Dense", 3).weight(3, 2).with("use_bias", false).run().last().tensors().containsKey("bias"));
        refused("has 2 outputs, the configuration says 3", layer("Dense", 3).weight(3, 2).weight(2).with("units", 3));
        refused("its kernel has shape 4x2, its input 3 elements", layer("Dense", 3).weight(4, 2).weight(2));
        refused("its kernel has shape 3, its input", layer("Dense", 3).weight(3).weight(2));
        refused("its kernel has shape 3x0", layer("Dense", 3).weight(3, 0).weight(0));
    }

    @Test
    void batchNormsTakeOneAxis() {
        LayerRunner norm = layer("BatchNormalization", 2, 3, 4).weight(4).weight(4).weight(4).weight(4).run();
        assertEquals("BatchNorm2d[image]", norm.kinds());
        LayerRunner rows = layer("BatchNormalization", 2, 3, 4).weight(2).weight(2).with("axis", 1).with("scale", false)
                .with("center", false).run();
        assertEquals(Shape.of(2, 3, 4), rows.shape());
        assertEquals(List.of(2L, 0L, 1L), rows.setting("axes"));
        LayerRunner shift = layer("BatchNormalization", 4).weight(4).weight(4).weight(4).with("scale", false).run();
        assertArrayEquals(new float[] {1, 1, 1, 1}, shift.tensor("weight"));
        assertArrayEquals(new float[] {0, 1, 2, 3}, shift.tensor("bias"));
        LayerRunner scale = layer("BatchNormalization", 4).weight(4).weight(4).weight(4).with("center", false).run();
        assertArrayEquals(new float[] {0, 1, 2, 3}, scale.tensor("weight"));
        assertArrayEquals(new float[4], scale.tensor("bias"));
        refused("its axes are [1, 2]; only one is supported", layer("BatchNormalization", 2, 3, 4).list("axis", 1, 2));
        refused("its mode is 1", layer("BatchNormalization", 4).with("mode", 1));
        refused("its renorm is true", layer("BatchNormalization", 4).with("renorm", true));
        refused("axis 4 is none of shape 2x3x4", layer("BatchNormalization", 2, 3, 4).with("axis", 4));
        refused("axis 0 is none of shape", layer("BatchNormalization", 2, 3, 4).with("axis", 0));
    }

    /** Keras 3 records training=True for random augmentation itself, and its predict replaces it for all layers. */
    @Test
    void layersThatRecordTrainingAreReadAsPredictRunsThem() {
        for (String name : List.of("RandomFlip", "RandomRotation", "RandomGrayscale", "MixUp", "CutMix", "Dropout")) {
            LayerRunner runner = layer(name, 2, 3, 4).named("training", true).run();
            assertTrue(runner.isImage(), name);
            assertEquals(name.equals("Dropout") ? 1 : 0, runner.nodes().assumed().size(), name);
        }
        LayerRunner norm = layer("BatchNormalization", 4).weight(4).weight(4).weight(4).weight(4)
                .named("training", true).run();
        assertEquals("BatchNorm2d[image]", norm.kinds());
        assertEquals(1, norm.nodes().assumed().size());
    }

    @Test
    void normsOfSeveralAxesNameThemInOrder() {
        LayerRunner two = layer("LayerNormalization", 2, 3, 4).weight(3, 4).weight(12).list("axis", 2, 3).run();
        assertEquals(2L, two.setting("axes"));
        assertEquals("LayerNorm[image]", two.kinds());
        LayerRunner first = layer("LayerNormalization", 2, 3).weight(2).weight(2).with("axis", 1).run();
        assertEquals("Permute[image], LayerNorm[layer/before], Permute[layer]", first.kinds());
        for (long[] wrong : new long[][] {{3, 2}, {3, 3}, {-1, -2}}) {
            refused("wanted in rising order", layer("LayerNormalization", 2, 3, 4).list("axis", wrong));
        }
        refused("its rms_scaling is true", layer("LayerNormalization", 4).with("rms_scaling", true));
        refused("the file has 0 weights for it, wanted 2", layer("LayerNormalization", 4));
        assertArrayEquals(new float[] {1, 1}, layer("LayerNormalization", 2).weight(2).with("scale", false).run()
                .tensor("weight"));
        assertArrayEquals(new float[] {0, 0}, layer("LayerNormalization", 2).weight(2).with("center", false).run()
                .tensor("bias"));
        assertEquals("RMSNorm[image]", layer("RMSNormalization", 4).weight(4).run().kinds());
        assertEquals(4L, layer("GroupNormalization", 2, 2, 4).weight(4).weight(4).with("groups", -1).run()
                .setting("groups"));
        assertEquals(2L, layer("GroupNormalization", 2, 2, 4).weight(4).weight(4).with("groups", 2).run()
                .setting("groups"));
        refused("only one is supported", layer("GroupNormalization", 2, 2, 4).list("axis", 2, 3));
        refused("only one is supported", layer("UnitNormalization", 2, 2, 4).list("axis", 2, 3));
        assertEquals(1L, layer("UnitNormalization", 2, 2, 4).list("axis", 2).run().setting("axis"));
    }

    @Test
    void scalesComeFromTheConfigurationOrTheFile() {
        LayerRunner rescaled = layer("Rescaling", 2, 2, 2).with("scale", List.of(2L, 0.5)).run();
        assertArrayEquals(new float[] {2, 0.5f}, rescaled.tensor("weight"));
        assertArrayEquals(new float[2], rescaled.tensor("bias"));
        assertArrayEquals(new float[] {-1, -1}, layer("Rescaling", 2, 2, 2).with("scale", 2).with("offset", -1).run()
                .tensor("bias"));
        refused("it has no scale", layer("Rescaling", 2, 2, 2));
        refused("it has 3 numbers for 2 channels", layer("Rescaling", 2, 2, 2).list("scale", 1, 2, 3));
        LayerRunner normal = layer("Normalization", 2, 2, 2).list("mean", 1, 6).list("variance", 4, 0).run();
        assertArrayEquals(new float[] {0.5f, 1e7f}, normal.tensor("weight"));
        assertArrayEquals(new float[] {-0.5f, -6e7f}, normal.tensor("bias"));
        LayerRunner inverted = layer("Normalization", 2, 2, 2).list("mean", 1, 6).list("variance", 4, 9)
                .with("invert", true).run();
        assertArrayEquals(new float[] {2, 3}, inverted.tensor("weight"));
        assertArrayEquals(new float[] {1, 6}, inverted.tensor("bias"));
        LayerRunner adapted = layer("Normalization", 2, 2, 2).weight(2).weight(2).weight(1).with("axis", -1).run();
        assertArrayEquals(new float[] {1e7f, 1}, adapted.tensor("weight"));
        assertArrayEquals(new float[] {-0f, -1}, layer("Normalization", 2, 2, 2).weight(2).weight(2).run()
                .tensor("bias"));
        assertArrayEquals(new float[] {0.5f, 0.5f}, layer("Normalization", 2, 2, 2).list("axis").with("mean", 1)
                .with("variance", 4).run().tensor("weight"));
        refused("neither mean and variance nor weights", layer("Normalization", 2, 2, 2).weight(2));
        refused("neither mean and variance nor weights", layer("Normalization", 2, 2, 2).list("mean", 1, 2));
        refused("it has 1 means and 2 variances", layer("Normalization", 2, 2, 2).with("mean", 1)
                .list("variance", 1, 2));
        refused("its axis is [1] for shape 2x2x2", layer("Normalization", 2, 2, 2).with("axis", 1).with("mean", 1)
                .with("variance", 1));
        refused("only the last axis", layer("Normalization", 2, 2, 2).list("axis", 2, 3).with("mean", 1)
                .with("variance", 1));
    }
}

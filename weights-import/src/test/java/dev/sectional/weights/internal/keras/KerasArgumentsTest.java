package dev.sectional.weights.internal.keras;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.DType;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.weights.internal.common.StoredTensor;
import dev.sectional.weights.internal.keras.KerasModel.Call;
import dev.sectional.weights.internal.keras.KerasModel.Ref;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Arguments of calls as Keras 2 and 3 write them, and what an operation makes of them. */
class KerasArgumentsTest {
    private static final String INPUT = "{\"class_name\": \"InputLayer\", \"name\": \"in\", \"config\":"
            + " {\"batch_shape\": [null, 4, 4, 2]}, \"inbound_nodes\": []}";

    private static void refused(String said, Executable reading) {
        String message = assertThrows(IllegalArgumentException.class, reading).getMessage();
        assertTrue(message.contains(said), message);
    }

    /** Returns the call of layer 'a', whose node is JSON with single quotes. */
    private static Call call(String node) {
        return model(node).calls().get(1).get(0);
    }

    private static KerasModel model(String node) {
        String json = "{\"c\": {\"name\": \"m\", \"layers\": [" + INPUT + ", {\"class_name\": \"Add\", \"name\": \"a\","
                + " \"config\": {}, \"inbound_nodes\": [" + node.replace('\'', '"') + "]}], \"input_layers\": [\"in\","
                + " 0, 0], \"output_layers\": [\"a\", 0, 0]}}";
        return KerasModel.read("Functional", ConfigJson.object(json).get("c"), true);
    }

    private static String tensor(int layerCall) {
        return "{'class_name': '__keras_tensor__', 'config': {'shape': [null, 4], 'keras_history': ['in', " + layerCall
                + ", 0]}}";
    }

    @Test
    void callsOfKeras3HaveArgumentsAndNamedOnes() {
        assertEquals(new Call(List.of(new Ref(0, 0, 0)), Map.of()), call("{'args': [" + tensor(0) + "]}"));
        Call named = call("{'args': [[" + tensor(0) + ", " + tensor(1) + "], 2.5], 'kwargs': {'y': " + tensor(0)
                + ", 'axis': [1, 2], 'list': [" + tensor(0) + "], 'flag': true, 'none': null}}");
        assertEquals(Arrays.asList(List.of(new Ref(0, 0, 0), new Ref(0, 1, 0)), 2.5), named.positional());
        assertEquals(new Ref(0, 0, 0), named.named().get("y"));
        assertEquals(List.of(1L, 2L), named.named().get("axis"));
        assertEquals(List.of(new Ref(0, 0, 0)), named.named().get("list"));
        assertEquals(true, named.named().get("flag"));
        assertTrue(named.named().containsKey("none"));
        assertNull(named.named().get("none"));
        assertEquals(List.of(new Ref(0, 0, 0), new Ref(0, 1, 0), new Ref(0, 0, 0), new Ref(0, 0, 0)), named.refs());
        assertEquals(new Call(List.of(), Map.of()), call("{'args': [], 'kwargs': 3}"));
        refused("a call is {kwargs={}}", () -> call("{'kwargs': {}}"));
        refused("a call is 3", () -> call("3"));
    }

    /** Constants are tensors with a value; other objects stay as they are. */
    @Test
    void constantsAreTheirValues() {
        assertEquals(List.of(List.of(1.5, 2L)),
                call("{'args': [{'class_name': '__tensor__', 'config': {'value': [1.5, 2]}}]}").positional());
        assertEquals(List.of(new Ref(0, 0, 0)), call("{'args': [{'class_name': '__tensor__', 'config': {'value': "
                + tensor(0) + "}}]}").positional());
        assertEquals(List.of(Map.of("class_name", "__tensor__")),
                call("{'args': [{'class_name': '__tensor__'}]}").positional());
        Map<String, Object> slice = Map.of("class_name", "slice", "config", Map.of("start", 1L));
        assertEquals(List.of(slice), call("{'args': [{'class_name': 'slice', 'config': {'start': 1}}]}").positional());
        Map<String, Object> history = Map.of("class_name", "slice", "config", Map.of("keras_history",
                List.of("in", 0L, 0L)));
        assertEquals(List.of(history), call("{'args': [{'class_name': 'slice', 'config': {'keras_history': ['in', 0, 0"
                + "]}}]}").positional());
        assertEquals(List.of(Map.of("class_name", "__keras_tensor__", "config", Map.of())),
                call("{'args': [{'class_name': '__keras_tensor__', 'config': {}}]}").positional());
        refused("a call takes [gone, 0, 0], which is no layer's result", () -> call("{'args': [{'class_name':"
                + " '__keras_tensor__', 'config': {'keras_history': ['gone', 0, 0]}}]}"));
    }

    /** A list is a result if it begins with a layer's name and two whole numbers. */
    @ParameterizedTest
    @ValueSource(strings = {"['gone', 0, 0]", "[0, 0, 0]", "['in', 0]", "['in', 0.5, 0]", "['in', 0, 0.5]",
        "['in', '0', 0]"})
    void otherListsAreLists(String list) {
        Object read = call("[['in', 0, 0, {'key': " + list + "}]]").named().get("key");
        assertEquals(ConfigJson.object("{\"x\": " + list.replace('\'', '"') + "}").get("x"), read);
    }

    @Test
    void callsOfKeras2AreListsOfResults() {
        Call call = call("[['in', 0, 0, {'y': ['in', 0, 0], 'z': 2}], ['in', 1, 0, {'w': [['in', 0, 0, 1]]}]]");
        assertEquals(List.of(new Ref(0, 0, 0), new Ref(0, 1, 0)), call.positional());
        assertEquals(new Ref(0, 0, 0), call.named().get("y"));
        assertEquals(2L, call.named().get("z"));
        assertEquals(List.of(new Ref(0, 0, 0)), call.named().get("w"));
        assertEquals(List.of(new Ref(0, 0, 0)), call("['in', 0, 0]").positional());
        Call constant = call("['_CONSTANT_VALUE', -1, 0.5, {'y': ['in', 0, 0]}]");
        assertEquals(List.of(0.5), constant.positional());
        assertEquals(List.of(new Ref(0, 0, 0)), constant.refs());
        assertEquals(List.of(), call("[]").positional());
        assertEquals(Map.of(), call("['in', 0, 0, 7]").named());
        refused("a call has the argument [in, 0]", () -> call("[['in', 0]]"));
        refused("a call has the argument 3", () -> call("[3]"));
        refused("a call takes [_CONSTANT_VALUE, 0, 0], which is no layer's result",
                () -> call("[['in', 0, 0, {'y': ['_CONSTANT_VALUE', 0, 0]}]]"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"['in', 20000, 0]", "['in', 0, 20000]"})
    void numbersOfCallsAndOutputsHaveALimit(String ref) {
        assertEquals(20_000, call(ref).refs().get(0).call() + call(ref).refs().get(0).output());
        refused("which is no layer's result", () -> call(ref.replace("20000", "20001")));
        refused("which is no layer's result", () -> call(ref.replace("20000", "-1")));
    }

    /** Positions of calls in lists and in named arguments count from the first that is read, too. */
    @Test
    void callsOfNestedModelsAreBased() {
        String inner = "{\"class_name\": \"Sequential\", \"name\": \"s\", \"config\": {\"layers\": [{\"class_name\":"
                + " \"ReLU\", \"config\": {\"name\": \"r\"}}]}, \"inbound_nodes\": [[[\"in\", 0, 0, {}]],"
                + " [[\"in\", 0, 0, {}]]]}";
        String json = "{\"c\": {\"layers\": [" + INPUT + ", " + inner + ", {\"class_name\": \"Add\", \"name\": \"a\","
                + " \"config\": {}, \"inbound_nodes\": [{\"args\": [[[\"s\", 2, 0], 3]], \"kwargs\": {\"y\": [\"s\", 1,"
                + " 0], \"z\": 4}}]}], \"input_layers\": [\"in\", 0, 0], \"output_layers\": [[\"a\", 0, 0], [\"s\", 2,"
                + " 0]]}}";
        KerasModel model = KerasModel.read("Functional", ConfigJson.object(json).get("c"), true);
        Call call = model.calls().get(2).get(0);
        assertEquals(List.of(List.of(new Ref(1, 1, 0), 3L)), call.positional());
        assertEquals(Map.of("y", new Ref(1, 0, 0), "z", 4L), call.named());
        assertEquals(List.of(new Ref(2, 0, 0), new Ref(1, 1, 0)), model.outputs());
    }

    private static LayerRunner function(String name, int... image) {
        return LayerRunner.of("TFOpLambda", image).keras2().with("function", "math." + name);
    }

    private static LayerRunner operation(String name, int... image) {
        return LayerRunner.of(name, image).module("keras.src.ops.nn");
    }

    @Test
    void functionsOfKeras2HaveTheirSettingsInTheCall() {
        assertEquals("Add[image, image]", function("add", 2).again().run().kinds());
        assertArrayEquals(new float[] {-3, -3}, function("subtract", 2).named("y", 3L).run().tensor("bias"));
        assertEquals(0.25, function("leaky_relu", 2).named("alpha", 0.25).run().setting("slope"));
        assertEquals(0.2, function("leaky_relu", 2).run().setting("slope"));
        assertEquals(2.0, function("silu", 2).named("beta", 2L).run().setting("beta"));
        assertEquals(1.0, function("swish", 2).run().setting("beta"));
        assertEquals("Neg[image]", function("negative", 2).run().kinds());
        assertEquals(List.of(0L), function("reduce_mean", 2, 3).named("axis", 1L).run().setting("axes"));
        assertEquals(0L, function("softmax", 2, 3).named("axis", 1L).run().setting("axis"));
        refused("its arguments are not named", () -> function("softmax", 2, 3).argument(1L).run());
        assertEquals("Clip[image]", function("clip_by_value", 2).named("clip_value_min", 0L)
                .named("clip_value_max", 1L).run().kinds());
        refused("the function math.einsum is not supported", () -> function("einsum", 2).run());
        refused("the function Einsum is not supported", () -> operation("Einsum", 2).run());
        assertEquals("Gather[image]", LayerRunner.of("SlicingOpLambda", 3, 2).keras2().with("function",
                "__operators__.getitem").named("slice_spec", List.of(Map.of(), 1L)).run().kinds());
    }

    /** The approximation is the default of Keras 3's operation, not of TensorFlow's function. */
    @Test
    void geluIsApproximateWhereItsFunctionIs() {
        assertEquals(0L, function("gelu", 2).run().setting("tanh"));
        assertEquals(1L, function("gelu", 2).named("approximate", true).run().setting("tanh"));
        assertEquals(1L, operation("Gelu", 2).run().setting("tanh"));
        assertEquals(0L, operation("Gelu", 2).with("approximate", false).run().setting("tanh"));
        assertEquals(0L, LayerRunner.of("Activation", 2).with("activation", "gelu").run().setting("tanh"));
    }

    /** {@code keras.activations.relu} takes what the layer takes. */
    @Test
    void reluAsAFunctionHasSettings() {
        assertEquals("ReLU{}[image]", function("relu", 2).run().steps());
        assertEquals("Clip{least=0.0, greatest=6.0}[image]", function("relu", 2).named("max_value", 6L).run().steps());
        assertEquals("LeakyReLU{slope=0.5}[image]", function("relu", 2).named("alpha", 0.5).run().steps());
        assertEquals("ThresholdedReLU{alpha=2.0}[image]", function("relu", 2).named("threshold", 2L).run().steps());
    }

    @Test
    void argumentsThatNobodyKnowsAreRefused() {
        refused("its beta2 is 3, and this argument is not known", () -> function("tanh", 2).named("beta2", 3L).run());
        assertEquals("Tanh[image]", function("tanh", 2).named("name", "x").named("out", null).named("conjugate", false)
                .run().kinds());
        assertEquals("Concat[image, image]", function("concat", 2, 3).together(0, 0).nameOnly("values")
                .named("axis", 1L).run().kinds());
        refused("its values is [1], and this argument is not known", () -> function("concat", 2, 3)
                .named("values", List.of(1L)).run());
        refused("its data_format is NCHW", () -> function("bias_add", 2, 2, 2).named("bias", List.of(1L, 2L))
                .named("data_format", "NCHW").run());
        assertEquals("BatchNorm2d[image]", function("bias_add", 2, 2, 2).named("bias", List.of(1L, 2L))
                .named("data_format", "NHWC").run().kinds());
    }

    @Test
    void someOperationsAreKnownByTheirClassAlone() {
        for (String name : new String[] {"Negative", "Gelu", "Silu", "Square", "Sqrt", "Relu6", "Mish"}) {
            assertEquals(1, LayerRunner.of(name, 2).run().nodes().leadingTo("layer").size(), name);
        }
        assertEquals(Shape.of(6), LayerRunner.of("Reshape", 2, 3).list("newshape", -1, 6).run().shape());
        assertEquals("BatchNorm2d[image]", LayerRunner.of("Multiply", 2).argument(2L).run().kinds());
        refused("layers of this class are not supported", () -> LayerRunner.of("LeakyRelu", 2).run());
        refused("layers of this class are not supported", () -> LayerRunner.of("LeakyRelu", 2)
                .module("keras.layers.ops").run());
        assertEquals("LeakyReLU[image]", operation("LeakyRelu", 2).run().kinds());
    }

    /** Channels taken apart by x[..., k] and put together in another order. */
    private static LayerRunner stack(int axis, Object... channels) {
        LayerRunner runner = operation("Stack", 3, 4).with("axis", axis);
        for (Object channel : channels) {
            runner.gathered(1, ((Number) channel).intValue(), true);
        }
        return runner.without(0);
    }

    @Test
    void channelsAreStackedInAnotherOrder() {
        LayerRunner turned = stack(-1, 2, 1, 0).run();
        assertEquals("Gather{axis=1, indices=[2, 1, 0], drop=0}[image]", turned.steps());
        assertEquals(turned.steps(), stack(2, 2, 1, 0).run().steps());
        String said = "only channels of one value, x[..., k], are supported";
        for (int axis : new int[] {0, 1, 3, -2}) {
            refused(said, () -> stack(axis, 2, 1, 0).run());
        }
        refused(said, () -> operation("Stack", 3, 4).with("axis", -1).run());
        refused(said, () -> operation("Stack", 3, 4).with("axis", -1).argument(null).without(0).run());
        refused(said, () -> operation("Stack", 3, 4).with("axis", -1).gathered(0, 1, true).without(0).run());
        refused(said, () -> operation("Stack", 3, 4).with("axis", -1).gathered(1, 1, false).without(0).run());
        refused(said, () -> operation("Stack", 3, 4).with("axis", -1).gathered(1, 1, true).again().without(0).run());
        refused(said, () -> operation("Stack", 3, 3).with("axis", -1).gathered(1, 1, true).permuted(1, 0)
                .gathered(1, 1, true).without(0).run());
        refused(said, () -> operation("Stack", 12).with("axis", -1).reshaped(3, 4).without(0).run());
    }

    @Test
    void firstArgumentsMayBeNumbers() {
        LayerRunner difference = operation("Subtract", 2).argument(3L).swapped().run();
        assertArrayEquals(new float[] {3, 3}, difference.tensor("bias"));
        assertArrayEquals(new float[] {-1, -1}, difference.tensor("weight"));
        LayerRunner sum = operation("Add", 2).argument(3L).swapped().run();
        assertArrayEquals(new float[] {3, 3}, sum.tensor("bias"));
        assertArrayEquals(new float[] {1, 1}, sum.tensor("weight"));
        refused("its arguments are not supported", () -> operation("Divide", 2).argument(3L).swapped().run());
        assertEquals(3.0, operation("Maximum", 2).argument(3L).swapped().run().setting("least"));
        Map<String, Object> row = Map.of("class_name", "__numpy__", "config", Map.of("value",
                List.of(List.of(2L, 3L))));
        assertArrayEquals(new float[] {2, 3}, operation("Multiply", 2).argument(row).run().tensor("weight"));
        Map<String, Object> column = Map.of("class_name", "__numpy__", "config", Map.of("value", List.of(List.of(2L),
                List.of(3L))));
        refused("wanted numbers along one axis", () -> operation("Multiply", 2).argument(column).run());
        assertArrayEquals(new float[] {-1, 2}, operation("Subtract", 2).argument(List.of(1L, -2L)).run()
                .tensor("bias"));
    }

    @Test
    void valuesMayBeNamed() {
        assertEquals("Sqrt[image]", operation("Sqrt", 2).nameOnly("x").run().kinds());
        assertEquals("Add[image, image]", LayerRunner.of("Add", 2).together(0, 0).nameOnly("inputs").run()
                .kinds());
    }

    @Test
    void halvesAreRemembered() {
        for (DType type : DType.values()) {
            GraphNodes nodes = new GraphNodes();
            Tensor view = Tensor.zeros(Shape.of(1));
            assertEquals(view, nodes.source(new StoredTensor(type, view), view));
            assertEquals(type == DType.F16 || type == DType.BF16 ? type : DType.F32, nodes.type(view));
        }
    }

    @ParameterizedTest
    @CsvSource({"1,0", "3,2", "-1,2", "-3,0"})
    void axesCountTheBatch(int axis, int own) {
        KerasValue x = new KerasValue("x", Shape.of(2, 3, 4), true);
        assertEquals(own, x.axis(axis));
        assertArrayEquals(new int[] {2, 3}, x.size());
        assertEquals(new KerasValue("x", Shape.of(2, 3, 4)), x.channelsLast());
        for (int wrong : new int[] {0, 4, -4}) {
            refused("axis " + wrong + " is none of shape 2x3x4 without the batch", () -> x.axis(wrong));
        }
    }

    @Test
    void scalesOfLayersAreVectors() {
        LayerRunner scale = LayerRunner.of("LayerScale", 2, 3).weight(3).run();
        assertEquals("MultiplyConstant[image]", scale.kinds());
        refused("a weight has shape 2, wanted 3 elements", () -> LayerRunner.of("LayerScale", 2, 3).weight(2).run());
    }
}

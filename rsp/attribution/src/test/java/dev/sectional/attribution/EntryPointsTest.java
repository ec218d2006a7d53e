package dev.sectional.attribution;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.attribution.image.Heatmap;
import dev.sectional.attribution.method.Methods;
import dev.sectional.attribution.method.Rsp;
import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.io.MappedFile;
import dev.sectional.core.io.Safetensors;
import dev.sectional.nn.Classification;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import dev.sectional.nn.model.Models;
import dev.sectional.nn.rule.Rules;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * One exception type for each kind of mistake at every entry point that an embedding program calls, as the table of
 * core/README.md has them, and results that nobody can change for others.
 */
class EntryPointsTest {
    private static final Tensor IMAGE = TinyNetwork.IMAGE;
    private static final List<Method> METHODS = Methods.all().stream().map(each -> Methods.named(each.name())).toList();

    private static Network network;

    @BeforeAll
    static void open() {
        network = TinyNetwork.of("[\"a\", \"b\"]", 1, 2, 3, 4, 4, 3, 2, 1);
    }

    @AfterAll
    static void close() {
        network.close();
    }

    private static <X extends Throwable> void refuse(Class<X> type, String message, Supplier<?> call) {
        X refused = assertThrows(type, call::get, message);
        assertEquals(type, refused.getClass());
        assertTrue(String.valueOf(refused.getMessage()).contains(message), message + ": " + refused.getMessage());
        assertEquals(1, refused.getMessage().lines().count());
    }

    /** The message of a NullPointerException is the name of the parameter. */
    @Test
    void nullArgumentsAreNamed() {
        Map<Supplier<?>, String> calls = new LinkedHashMap<>();
        calls.put(() -> Engine.open(null, 1), "provider");
        calls.put(() -> Tensor.of(null, 1), "shape");
        calls.put(() -> Tensor.of(Shape.of(1), (float[]) null), "data");
        calls.put(() -> Safetensors.open(null), "file");
        calls.put(() -> MappedFile.of("m", (ByteBuffer) null), "bytes");
        calls.put(() -> Models.load((Path) null), "file");
        calls.put(() -> Models.load((byte[]) null), "safetensors");
        calls.put(() -> Models.load((ByteBuffer) null), "bytes");
        calls.put(() -> Models.load((InputStream) null), "the stream is null");
        calls.put(() -> Models.load((ReadableByteChannel) null), "channel");
        calls.put(() -> Models.of((Safetensors) null), "opened");
        calls.put(() -> Models.of("m", null), "tensors");
        calls.put(() -> ModelCard.builder(null), "input");
        calls.put(() -> network.card().input(null, 1, 1), "rgb");
        calls.put(() -> network.card().normalised(null, 1, 1), "image");
        calls.put(() -> network.logits((Tensor) null), "image");
        calls.put(() -> network.logits((List<Tensor>) null), "images");
        calls.put(() -> network.classify(null), "image");
        calls.put(() -> network.forward(null), "image");
        calls.put(() -> network.cancelledBy(null), "cancellation");
        calls.put(() -> Classification.of(null, network.card()), "logits");
        calls.put(() -> Target.label(null), "label");
        calls.put(() -> Target.parse(null, List.of()), "text");
        calls.put(() -> Heatmap.of(null), "relevance");
        calls.put(() -> Verification.of(null, Rsp.reference(), IMAGE, 1), "network");
        calls.put(() -> Verification.of(network, (PropagationMethod) null, IMAGE, 1), "method");
        calls.put(() -> Verification.of(null, Rules.epsilon(1e-6), IMAGE, 1), "network");
        calls.put(() -> WarmUp.of((Network) null, METHODS), "network");
        calls.forEach((call, name) -> refuse(NullPointerException.class, name, call));
        for (Method method : METHODS) {
            refuse(NullPointerException.class, "network", () -> method.explain(null, IMAGE, Target.top(1)));
            refuse(NullPointerException.class, "image", () -> method.explain(network, null, Target.top(1)));
            refuse(NullPointerException.class, "target", () -> method.explain(network, IMAGE, null));
            refuse(NullPointerException.class, "targets", () -> method.explainAll(network, IMAGE, null));
        }
    }

    /** The message has both sizes, the one that was given and the one that was wanted. */
    @Test
    void otherSizesAreRefusedWithBoth() {
        Tensor flat = Tensor.zeros(Shape.of(4));
        Tensor wide = Tensor.zeros(Shape.of(1, 2, 3));
        Tensor colour = Tensor.zeros(Shape.of(3, 2, 2));
        for (Tensor wrong : List.of(flat, wide, colour)) {
            refuse(IllegalArgumentException.class, "", () -> network.logits(wrong));
            refuse(IllegalArgumentException.class, "", () -> network.forward(wrong));
            METHODS.forEach(method -> refuse(IllegalArgumentException.class, "", () ->
                    method.explain(network, wrong, Target.top(1))));
        }
        refuse(IllegalArgumentException.class, "3x2x2", () -> network.logits(colour));
        refuse(IllegalArgumentException.class, "wants 4 elements, got 3", () -> Tensor.of(Shape.of(2, 2), 1, 2, 3));
        refuse(IllegalArgumentException.class, "1 * 2 * 2 bytes, got 3", () ->
                network.card().normalised(new byte[3], 2, 2));
        refuse(IllegalArgumentException.class, "got 3", () -> network.card().input(new byte[3], 2, 2));
        refuse(IllegalArgumentException.class, "(C, H, W), got shape 4", () -> Heatmap.of(flat));
        refuse(IllegalArgumentException.class, "got 0", () -> Engine.open(Provider.SCALAR, 0));
    }

    /** 0..255 given to a network whose file states how pixels are normalised; where it is assumed, nothing is known. */
    @Test
    void pixelsThatAreNotNormalisedAreRefused() {
        Tensor bytes = Tensor.of(Shape.of(1, 2, 2), 0, 17, 128, 255);
        refuse(IllegalArgumentException.class, "values up to 255.0, normalised pixels reach 1.0", () ->
                network.logits(bytes));
        METHODS.forEach(method -> refuse(IllegalArgumentException.class, "normalised", () ->
                method.explain(network, bytes, Target.top(1))));
        assertEquals(2, network.logits(Tensor.of(Shape.of(1, 2, 2), -8, 15, 9, 0)).data().length);
        Network assumed = Network.builder().card(ModelCard.fromMetadata(Map.of("sectional.input", "1,2,2")))
                .add("conv", network.nodes().get(0).layer()).add("flatten", network.nodes().get(2).layer())
                .add("head", network.nodes().get(3).layer()).build();
        try (assumed) {
            assertEquals(2, assumed.logits(bytes).data().length);
        }
    }

    /** What the user of a program chooses: the message says what there is. */
    @Test
    void targetsAndNamesThatDoNotExistAreTheUsersMistake() {
        for (Method method : METHODS) {
            refuse(InputException.class, "target top99: the model has 2 classes", () ->
                    method.explainAll(network, IMAGE, List.of(Target.top(99))));
            refuse(InputException.class, "target 2 is out of range: the model has classes 0 to 1", () ->
                    method.explain(network, IMAGE, Target.of(2)));
            refuse(InputException.class, "'c' is not a label of the model", () ->
                    method.explain(network, IMAGE, Target.label("c")));
            refuse(IllegalArgumentException.class, "wanted a target that means one class", () ->
                    method.explain(network, IMAGE, Target.top(2)));
        }
        refuse(InputException.class, "layer", () -> network.indexOf("layer"));
        refuse(InputException.class, "nonsense", () -> Methods.named("nonsense"));
    }

    @Test
    void aClosedNetworkSaysSo() {
        Network closed = TinyNetwork.of("[]", 1, 2, 3, 4);
        closed.close();
        refuse(IllegalStateException.class, "closed", () -> closed.logits(IMAGE));
        refuse(IllegalStateException.class, "closed", () -> Rsp.reference().explain(closed, IMAGE, Target.top(1)));
    }

    @Test
    void listsAndMapsOfResultsAreImmutableAndArraysAreCopies() {
        List<Collection<?>> lists = new ArrayList<>(List.of(network.nodes(), network.nodes().get(0).inputs(),
                network.card().labels(), network.card().mean(), network.card().std(), network.card().assumed(),
                network.plan(network.inputShape()).layers(), Models.names(), Methods.all()));
        Classification c = network.classify(IMAGE);
        lists.add(c.top(2));
        for (Method method : METHODS) {
            List<Attribution> all = method.explainAll(network, IMAGE, List.of(Target.top(2)));
            lists.add(all);
            lists.add(all.get(0).layers());
            lists.add(all.get(0).layerRelevances().values());
            Tensor relevance = all.get(1).relevance().copy();
            for (Tensor mine : List.of(all.get(0).relevance(), all.get(0).logits(), all.get(0).start())) {
                Arrays.fill(mine.data(), 7);
            }
            assertArrayEquals(relevance.data(), all.get(1).relevance().data(), method.name());
            assertArrayEquals(c.logits(), all.get(1).logits().data(), method.name());
            assertArrayEquals(relevance.data(), method.explainAll(network, IMAGE, List.of(Target.top(2))).get(1)
                    .relevance().data(), method.name());
        }
        for (Collection<?> list : lists) {
            assertThrows(UnsupportedOperationException.class, () -> list.add(null), list.getClass() + " " + list);
        }
        c.logits()[0] = 99;
        c.probabilities()[0] = 99;
        network.inputs(1)[0] = 99;
        assertFalse(c.logits()[0] == 99 || c.probabilities()[0] == 99 || network.inputs(1)[0] == 99);
    }
}

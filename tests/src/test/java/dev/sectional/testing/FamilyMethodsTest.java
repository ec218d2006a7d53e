package dev.sectional.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.LayerAccount;
import dev.sectional.attribution.Target;
import dev.sectional.attribution.method.Methods;
import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Provider;
import dev.sectional.core.Tensor;
import dev.sectional.core.io.Safetensors;
import dev.sectional.nn.Network;
import dev.sectional.weights.ModelFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Methods on a small network of each family of ONNX classifiers: they conserve relevance with biases counted, and none
 * but RSP refuses a network. Epsilon-plus, AttnLRP and RSP run on every file, each other method on some; on all with
 * {@code -Dsectional.families=all}.
 */
class FamilyMethodsTest {
    private static final Path FAMILIES = Path.of("../weights-import/src/test/resources/families");
    private static final Map<String, String> FEWER_PASSES =
            Map.of("integrated-gradients", "integrated-gradients:steps=2", "smooth-grad", "smooth-grad:samples=2");
    /** Of the sum of absolutes, in every layer. */
    private static final double CONSERVATION = 1e-4;

    private static final Set<String> ALWAYS = Set.of("rsp", "epsilon-plus", "attn-lrp");
    /** Families without a feature map below the classifier, where RSP starts. */
    private static final Set<String> WITHOUT_MAPS = Set.of("vit", "paddle_vit", "timm_deit", "timm_efficientformer",
            "timm_efficientvim", "timm_mixer", "timm_xcit");

    @TempDir
    private Path folder;

    static Stream<String> families() throws IOException {
        try (Stream<Path> files = Files.list(FAMILIES)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("families")
    void everyMethodExplainsOrRefuses(String name) throws IOException {
        unpack(FAMILIES.resolve(name));
        try (Safetensors given = Safetensors.open(folder.resolve("expected.safetensors"));
                Engine engine = Engine.open(Provider.configured(), 1);
                Network network = ModelFiles.load(folder.resolve("model.onnx"), engine)) {
            Tensor image = given.tensor("input");
            Set<String> refusing = new TreeSet<>();
            for (String method : methods(name)) {
                try {
                    check(network, image, method);
                } catch (InputException refused) {
                    assertEquals(1, refused.getMessage().lines().count(), refused.getMessage());
                    refusing.add(method);
                }
            }
            boolean hasMaps = !WITHOUT_MAPS.contains(name.replaceAll("[.].*", ""));
            assertEquals(hasMaps ? Set.of() : Set.of("rsp"), refusing, name);
        }
    }

    private static List<String> methods(String family) {
        List<String> all = Methods.all().stream().map(Methods.Entry::name).toList();
        boolean whole = System.getProperty("sectional.families", "").equals("all");
        return all.stream().filter(method -> whole || ALWAYS.contains(method)
                || Math.floorMod(all.indexOf(method) + family.hashCode(), 8) == 0).toList();
    }

    private static void check(Network network, Tensor image, String method) {
        Attribution found = Methods.named(FEWER_PASSES.getOrDefault(method, method)).explain(network, image,
                Target.top(1));
        for (float value : found.relevance().data()) {
            assertTrue(Float.isFinite(value), method);
        }
        for (LayerAccount layer : found.layers()) {
            assertTrue(layer.residual() <= CONSERVATION, method + ": " + layer);
        }
    }

    private void unpack(Path archive) throws IOException {
        try (InputStream bytes = Files.newInputStream(archive); ZipInputStream zip = new ZipInputStream(bytes)) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                Files.write(folder.resolve(Path.of(entry.getName()).getFileName()), zip.readAllBytes());
            }
        }
    }
}

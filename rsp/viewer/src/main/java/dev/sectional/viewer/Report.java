package dev.sectional.viewer;

import dev.sectional.attribution.Attribution;
import dev.sectional.core.Tensor;
import dev.sectional.images.InputImage;
import dev.sectional.nn.Classification;
import dev.sectional.viewer.internal.JsonText;
import dev.sectional.viewer.internal.Resources;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.DeflaterOutputStream;

/**
 * The page as one self-contained file: photos, relevance as compressed float32, and the page's controls, without a
 * server. Its Content-Security-Policy forbids every script but its own, and every request. For one thread.
 */
public final class Report {
    private final ViewedModel model;
    private final List<Map<String, Object>> images = new ArrayList<>();
    private final List<Map<String, Object>> results = new ArrayList<>();
    private final Set<String> methods = new LinkedHashSet<>();

    /** Starts a report without images. */
    public Report(ViewedModel model) {
        this.model = model;
    }

    /**
     * Adds an image with its explanations.
     *
     * @param explained results by the method's name and settings, all of the same classes; at least one
     */
    public void add(InputImage image, Map<String, List<Attribution>> explained) {
        String id = String.valueOf(images.size() + 1);
        List<Attribution> first = explained.values().iterator().next();
        Classification classes = Classification.of(first.get(0).logits(), model.network().card());
        StoredImage stored = StoredImage.of(id, image, new byte[0], classes, model.preparation().describe(image),
                model.network().card());
        Map<String, Object> described = new LinkedHashMap<>(Described.image(stored));
        described.remove("probabilities");
        described.remove("logits");
        described.put("photo", "data:image/png;base64," + Base64.getEncoder().encodeToString(stored.shown()));
        described.put("shown", Described.entries(classes, first.stream().map(Attribution::target).toList()));
        images.add(described);
        methods.addAll(explained.keySet());
        explained.forEach((method, each) -> each.forEach(result -> add(stored, method, result)));
    }

    private void add(StoredImage image, String method, Attribution result) {
        Map<String, Object> described = new LinkedHashMap<>(Described.result(model, image, result, method));
        described.put("image", image.id());
        described.put("packed", packed(result.relevance()));
        results.add(described);
    }

    private static String packed(Tensor relevance) {
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(Float.BYTES, relevance.data().length))
                .order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(relevance.data());
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (DeflaterOutputStream out = new DeflaterOutputStream(compressed)) {
            out.write(bytes.array());
        } catch (IOException e) {
            throw new UncheckedIOException(e);   // Writing to memory does not fail.
        }
        return Base64.getEncoder().encodeToString(compressed.toByteArray());
    }

    /** Writes the file. The stream stays open. */
    public void write(OutputStream out) throws IOException {
        Map<String, Object> state = new LinkedHashMap<>(Described.model(model));
        state.put("labels", List.of());
        state.put("images", images);
        state.put("samples", List.of());
        state.put("shown_methods", methods);
        String data = "<script type=\"application/json\" id=\"report\">"
                + JsonText.of(Map.of("state", state, "results", results)) + "</script>\n";
        String page = text("page.html");
        String style = text("page.css");
        page = page.replace("<link rel=\"stylesheet\" href=\"page.css\">", "<style>" + style + "</style>");
        StringBuilder hashes = new StringBuilder();
        int firstScript = page.indexOf("<script");
        String scripts = page.substring(firstScript);
        for (String name : Resources.scripts()) {
            String script = text(name);
            hashes.append(' ').append(hash(script));
            scripts = scripts.replace("<script src=\"" + name + "\"></script>", "<script>" + script + "</script>");
        }
        String policy = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src" + hashes
                + "; style-src " + hash(style) + "; img-src data: blob:; base-uri 'none'; form-action 'none'\">\n";
        page = page.substring(0, firstScript).replace("<title>", policy + "<title>") + data + scripts;
        out.write(page.getBytes(StandardCharsets.UTF_8));
    }

    private static String text(String name) {
        return new String(Resources.read(name), StandardCharsets.UTF_8);
    }

    private static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return "'sha256-" + Base64.getEncoder().encodeToString(digest) + "'";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);   // Every Java has SHA-256.
        }
    }
}

package dev.sectional.viewer;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import dev.sectional.attribution.Attribution;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.nn.Classification;
import dev.sectional.nn.Network;
import dev.sectional.nn.plan.LayerPlan;
import dev.sectional.viewer.internal.Blur;
import dev.sectional.viewer.internal.Call;
import dev.sectional.viewer.internal.Guard;
import dev.sectional.viewer.internal.Jobs;
import dev.sectional.viewer.internal.JsonText;
import dev.sectional.viewer.internal.Payload;
import dev.sectional.viewer.internal.Refusal;
import dev.sectional.viewer.internal.Resources;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Answers the page's requests. Every address begins with the token; what follows is listed in {@link #answer}. */
final class Api implements HttpHandler {
    private static final int WRONG = 400;
    private static final int NOT_FOUND = 404;
    private static final int NOT_ALLOWED = 405;
    private static final int UNUSABLE = 422;
    private static final int FAULT = 500;
    private static final int MOST_CLASSES = 32;
    private static final int LONGEST_JOB = 100;

    private final Guard guard;
    private final Studio studio;
    private final Jobs jobs;

    Api(Guard guard, Studio studio, Jobs jobs) {
        this.guard = guard;
        this.studio = studio;
        this.jobs = jobs;
    }

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        Call call = new Call(exchange, "");
        try (exchange) {
            try {
                call = new Call(exchange, guard.path(exchange.getRequestURI(), exchange.getRequestHeaders()));
                answer(call);
            } catch (Refusal e) {
                call.refuse(e.status(), e.getMessage());
            } catch (InputException e) {
                call.refuse(UNUSABLE, e.getMessage());
            } catch (IllegalArgumentException e) {
                call.refuse(WRONG, String.valueOf(e.getMessage()));
            } catch (RuntimeException e) {
                call.refuse(FAULT, "this is a fault of the program, please report it: " + e);
            }
        }
    }

    private void answer(Call call) throws IOException {
        switch (call.verb() + " " + call.path()) {
            case "GET " -> file(call, "page.html");
            case "GET api/state" -> call.reply(state());
            case "GET api/photo" -> call.reply(200, "image/png", studio.image(call.parameter("image")).shown());
            case "GET api/sample" -> call.reply(200, "image/png", sample(call.parameter("name")).content().get());
            case "GET api/progress" -> progress(call);
            case "POST api/image" -> upload(call);
            case "POST api/sample" -> addSample(call);
            case "POST api/explain" -> explain(call);
            case "POST api/cancel" -> call.reply(Map.of("cancelled", jobs.cancel(Call.text(call.json(), "job"))));
            case "POST api/layer" -> layer(call);
            case "POST api/plan" -> plan(call);
            case "POST api/region" -> region(call);
            case "POST api/figure" -> figure(call);
            case "POST api/command" -> call.reply(Map.of("command",
                    figureOf(call.json()).command(studio.model().arguments())));
            default -> file(call, call.path());
        }
    }

    private static void file(Call call, String name) throws IOException {
        String type = Resources.type(name).orElseThrow(() -> new Refusal(NOT_FOUND, "there is nothing here"));
        if (!call.verb().equals("GET")) {
            throw new Refusal(NOT_ALLOWED, "use GET");
        }
        call.reply(200, type, Resources.read(name));
    }

    private Map<String, Object> state() {
        Map<String, Object> state = new LinkedHashMap<>(Described.model(studio.model()));
        state.put("images", studio.images().stream().map(Described::image).toList());
        state.put("samples", studio.samples().stream()
                .map(sample -> Map.of("name", sample.name(), "caption", sample.caption())).toList());
        state.put("largest_upload", Viewer.LARGEST_UPLOAD);
        return state;
    }

    private Sample sample(String name) {
        return studio.samples().stream().filter(each -> each.name().equals(name)).findFirst()
                .orElseThrow(() -> new Refusal(NOT_FOUND, "there is no such sample"));
    }

    private void progress(Call call) throws IOException {
        Jobs.Progress progress = jobs.progress(call.parameter("job"));
        call.reply(Map.of("state", progress.state(), "done", progress.done(), "total", progress.total()));
    }

    private void upload(Call call) throws IOException {
        String name = call.header("X-Name", "image");
        byte[] content = call.body(Viewer.LARGEST_UPLOAD);
        call.reply(Described.image(jobs.run(UUID.randomUUID().toString(), listener -> studio.add(name, content))));
    }

    private void addSample(Call call) throws IOException {
        Sample sample = sample(Call.text(call.json(), "name"));
        call.reply(Described.image(jobs.run(UUID.randomUUID().toString(),
                listener -> studio.add(sample.name(), sample.content().get()))));
    }

    private static String job(Map<String, Object> json) {
        String job = Call.text(json, "job");
        if (job.length() > LONGEST_JOB) {
            throw new Refusal(WRONG, "the name of a job has at most " + LONGEST_JOB + " characters");
        }
        return job;
    }

    private List<Integer> classes(Map<String, Object> json) {
        List<Integer> classes = Call.numbers(json, "classes");
        int count = studio.model().network().classes();
        if (classes.isEmpty() || classes.size() > MOST_CLASSES
                || classes.stream().anyMatch(each -> each < 0 || each >= count)) {
            throw new Refusal(WRONG, "give 1 to " + MOST_CLASSES + " classes from 0 to " + (count - 1));
        }
        return classes.stream().distinct().toList();
    }

    private void explain(Call call) throws IOException {
        Map<String, Object> json = call.json();
        StoredImage image = studio.image(Call.text(json, "image"));
        String method = Call.text(json, "method");
        List<Integer> classes = classes(json);
        long began = System.nanoTime();
        List<Attribution> results = jobs.run(job(json), listener -> studio.explain(image, method, classes, listener));
        List<Map<String, Object>> described = new ArrayList<>();
        List<float[]> arrays = new ArrayList<>();
        for (Attribution result : results) {
            described.add(Described.result(studio.model(), image, result, method));
            arrays.add(result.relevance().data());
        }
        Map<String, Object> head = new LinkedHashMap<>();
        head.put("seconds", (System.nanoTime() - began) / 1e9);
        head.put("results", described);
        call.reply(200, "application/octet-stream", Payload.of(JsonText.of(head), arrays));
    }

    private void layer(Call call) throws IOException {
        Map<String, Object> json = call.json();
        StoredImage image = studio.image(Call.text(json, "image"));
        String method = Call.text(json, "method");
        int target = classes(json).get(0);
        Map<String, Studio.LayerMap> maps = jobs.run(job(json), listener -> studio.layers(image, method, target));
        Studio.LayerMap map = maps.get(Call.text(json, "layer"));
        if (map == null) {
            throw new Refusal(UNUSABLE, "this layer has several inputs, or relevance does not reach it");
        }
        String head = JsonText.of(Map.of("height", map.height(), "width", map.width(), "channels", map.channels()));
        call.reply(200, "application/octet-stream", Payload.of(head, List.of(map.values())));
    }

    private void plan(Call call) throws IOException {
        Map<String, Object> json = call.json();
        StoredImage image = studio.image(Call.text(json, "image"));
        Network network = studio.model().network();
        Shape shape = image.tensor().shape();
        double[] times = jobs.run(job(json), listener -> LayerTimes.measure(network, image.tensor(), listener));
        List<LayerPlan> layers = network.plan(shape).layers();
        List<Map<String, Object>> described = new ArrayList<>();
        for (int i = 0; i < times.length; i++) {
            described.add(Described.plan(layers.get(i), times[i]));
        }
        call.reply(Map.of("layers", described));
    }

    private FigureRequest figureOf(Map<String, Object> json) {
        return FigureRequest.of(json, studio.image(Call.text(json, "image")), classes(json));
    }

    private void figure(Call call) throws IOException {
        Map<String, Object> json = call.json();
        FigureRequest figure = figureOf(json);
        call.reply(200, "image/png", jobs.run(job(json), listener -> figure.draw(studio, listener)));
    }

    private void region(Call call) throws IOException {
        Map<String, Object> json = call.json();
        StoredImage image = studio.image(Call.text(json, "image"));
        List<Integer> classes = classes(json);
        List<Integer> sides = Call.numbers(json, "rectangle");
        if (sides.size() != 4) {
            throw new Refusal(WRONG, "a rectangle has left, top, right and bottom");
        }
        Blur.Rectangle part = new Blur.Rectangle(sides.get(0), sides.get(1), sides.get(2), sides.get(3));
        Classification after = jobs.run(job(json), listener -> studio.withoutRegion(image, part));
        Map<String, Object> reply = new LinkedHashMap<>();
        reply.put("sigma", Blur.sigma(image.tensor()));
        reply.put("before", Described.entries(image.classification(), classes));
        reply.put("after", Described.entries(after, classes));
        reply.put("top", Described.top(after));
        call.reply(reply);
    }
}

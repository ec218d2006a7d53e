package dev.sectional.weights.internal.keras;

import dev.sectional.weights.internal.common.Printable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Runs the calls of a model's layers and adds the nodes that they stand for. Only calls that lead to the model's
 * outputs are run. A nested model is run in place; a layer that is called several times adds its nodes each time, with
 * the same weights.
 */
final class GraphBuilder {
    private static final int DEEPEST = 32;
    private static final int MOST_CALLS = 100_000;

    private final GraphNodes nodes;
    private int calls;

    GraphBuilder(GraphNodes nodes) {
        this.nodes = nodes;
    }

    /** The call of a layer: indexes of the layer and of the call. Calls compare in the order of the layers. */
    private record Step(int layer, int call) implements Comparable<Step> {
        @Override
        public int compareTo(Step other) {
            return layer != other.layer ? Integer.compare(layer, other.layer) : Integer.compare(call, other.call);
        }
    }

    /**
     * Runs a model.
     *
     * @param inputs values of its inputs, in order
     * @return values of its outputs, in order
     * @throws IllegalArgumentException if a layer is not supported; the message names its class and name
     */
    List<KerasValue> run(KerasModel model, KerasWeights weights, List<KerasValue> inputs) {
        return run(model, weights, inputs, 0);
    }

    private List<KerasValue> run(KerasModel model, KerasWeights weights, List<KerasValue> inputs, int depth) {
        if (depth > DEEPEST) {
            throw new IllegalArgumentException("its models nest deeper than " + DEEPEST);
        }
        if (inputs.size() != model.inputs().size()) {
            throw new IllegalArgumentException("model '" + model.name() + "' takes " + model.inputs().size()
                    + " inputs and is given " + inputs.size());
        }
        Map<Step, List<KerasValue>> done = new HashMap<>();
        for (int i = 0; i < inputs.size(); i++) {
            KerasModel.Ref input = model.inputs().get(i);
            done.put(new Step(input.layer(), input.call()), List.of(inputs.get(i)));
        }
        for (Step step : ordered(model, done)) {
            try {
                done.put(step, call(model, weights, step, done, depth));
            } catch (LayerException e) {
                // Keras does not count the input of a Sequential model.
                throw depth > 0 ? e : new LayerException("layer " + (step.layer + (model.sequential() ? 0 : 1)) + ": "
                        + e.getMessage(), e.getCause());
            }
        }
        List<KerasValue> outputs = new ArrayList<>();
        model.outputs().forEach(ref -> outputs.add(result(model, ref, done)));
        return outputs;
    }

    /** Returns the calls that lead to the outputs, each after those that it reads. */
    private static List<Step> ordered(KerasModel model, Map<Step, List<KerasValue>> given) {
        Map<Step, List<Step>> readers = new HashMap<>();
        Map<Step, Integer> waiting = new LinkedHashMap<>();
        Deque<Step> open = new ArrayDeque<>();
        model.outputs().forEach(ref -> open.push(new Step(ref.layer(), ref.call())));
        TreeSet<Step> ready = new TreeSet<>();
        while (!open.isEmpty()) {
            Step step = open.pop();
            if (given.containsKey(step) || waiting.containsKey(step)) {
                continue;
            }
            List<Step> read = read(model, step).stream().filter(each -> !given.containsKey(each)).toList();
            waiting.put(step, read.size());
            read.forEach(each -> {
                readers.computeIfAbsent(each, key -> new ArrayList<>()).add(step);
                open.push(each);
            });
            if (read.isEmpty()) {
                ready.add(step);
            }
        }
        List<Step> order = new ArrayList<>();
        while (!ready.isEmpty()) {
            Step step = ready.pollFirst();
            order.add(step);
            for (Step reader : readers.getOrDefault(step, List.of())) {
                if (waiting.merge(reader, -1, Integer::sum) == 0) {
                    ready.add(reader);
                }
            }
        }
        if (order.size() != waiting.size()) {
            throw new IllegalArgumentException("the layers of model '" + model.name() + "' form a circle");
        }
        return order;
    }

    /** Returns the calls whose results a call reads, each once. */
    private static List<Step> read(KerasModel model, Step step) {
        List<KerasModel.Call> own = model.calls().get(step.layer);
        if (step.call < 0 || step.call >= own.size()) {
            throw new IllegalArgumentException("layer '" + model.layers().get(step.layer).name() + "' is called "
                    + own.size() + " times, and its call " + (step.call + 1) + " is read");
        }
        return own.get(step.call).refs().stream().map(ref -> new Step(ref.layer(), ref.call())).distinct().toList();
    }

    private List<KerasValue> call(KerasModel model, KerasWeights weights, Step step, Map<Step, List<KerasValue>> done,
                                  int depth) {
        LayerConfig layer = model.layers().get(step.layer);
        KerasModel.Call call = model.calls().get(step.layer).get(step.call);
        try {
            if (++calls > MOST_CALLS) {
                throw new IllegalArgumentException("the network calls more than " + MOST_CALLS + " layers");
            }
            Map<String, Object> named = new LinkedHashMap<>();
            call.named().forEach((key, value) -> named.put(key, resolved(model, value, done)));
            List<Object> positional = new ArrayList<>();
            call.positional().forEach(value -> positional.add(resolved(model, value, done)));
            String types = layer.otherTypes();
            if (!types.isEmpty()) {
                nodes.assume("float32 for what the model computes in " + types);
            }
            if (KerasModel.isModel(layer.className())) {
                KerasModel nested = KerasModel.read(layer.className(), layer.config(), layer.keras3());
                LayerCall arguments = new LayerCall(layer, positional, named, weights, step.layer, nodes);
                LayerTable.requireInference(arguments);
                return run(nested, weights.nested(step.layer, nested), arguments.inputs(), depth + 1);
            }
            return List.of(LayerTable.run(new LayerCall(layer, positional, named, weights, step.layer, nodes)));
        } catch (LayerException e) {
            throw e;
        } catch (IllegalArgumentException e) {
            throw new LayerException("layer '" + Printable.plain(layer.name()) + "' ("
                    + Printable.plain(layer.className()) + "): " + e.getMessage(), e);
        }
    }

    private Object resolved(KerasModel model, Object value, Map<Step, List<KerasValue>> done) {
        if (value instanceof KerasModel.Ref ref) {
            return result(model, ref, done);
        }
        if (value instanceof List<?> list) {
            List<Object> resolved = new ArrayList<>();
            list.forEach(each -> resolved.add(resolved(model, each, done)));
            return resolved;
        }
        return value;
    }

    private static KerasValue result(KerasModel model, KerasModel.Ref ref, Map<Step, List<KerasValue>> done) {
        List<KerasValue> results = done.get(new Step(ref.layer(), ref.call()));
        if (ref.output() < 0 || ref.output() >= results.size()) {
            throw new IllegalArgumentException("output " + (ref.output() + 1) + " of layer '"
                    + model.layers().get(ref.layer()).name() + "' is not computed");
        }
        return results.get(ref.output());
    }

    /** An exception whose message already names the layer. */
    private static final class LayerException extends IllegalArgumentException {
        private static final long serialVersionUID = 1;

        LayerException(String message, Throwable cause) {
            super(message, cause);
        }
    }
}

package dev.sectional.cli.internal.command;

import dev.sectional.attribution.Method;
import dev.sectional.attribution.WarmUp;
import dev.sectional.attribution.method.Methods;
import dev.sectional.attribution.method.Rsp;
import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import dev.sectional.nn.layer.AdaptiveAvgPool2d;
import dev.sectional.nn.layer.Add;
import dev.sectional.nn.layer.Clip;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.Flatten;
import dev.sectional.nn.layer.Linear;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** Warms up a method while the options are parsed, the network is opened and the first image is decoded. */
final class BackgroundWarmUp {
    private static final String METHOD = "--method";

    private static final int SIDE = 32;
    private static final int WIDE = 96;
    private static final int NARROW = 16;
    private static final int CLASSES = 16;

    private static final Clip CLIP = new Clip(0, 6);

    private static volatile WarmUp warmUp;

    private BackgroundWarmUp() {
    }

    /**
     * Starts on a daemon thread. Does nothing on a machine with one processor, where it would compete with the command,
     * and if the command line chooses a provider, which the warm-up would not use.
     *
     * @param args the command line
     */
    static void begin(String[] args) {
        boolean provider = Stream.of(args).anyMatch(arg -> arg.startsWith("--provider") || arg.startsWith("--backend"));
        if (Runtime.getRuntime().availableProcessors() < 2 || provider) {
            return;
        }
        try {
            Method method = method(args);
            boolean builtIn = Stream.of(args).noneMatch(arg -> arg.startsWith("--weights") || arg.startsWith("-w"));
            warmUp = (builtIn ? WarmUp.of(BackgroundWarmUp::small, List.of(method))
                    : WarmUp.of(List.of(method)).withLargeLayers()).start();
        } catch (InputException e) {
            warmUp = null;   // The command itself reports the unknown method.
        }
    }

    /** Returns layers like those of the built-in network: depthwise and 1x1 convolutions. */
    private static Network small(Engine engine) {
        ModelCard card = ModelCard.builder(Shape.of(3, SIDE, SIDE)).build();
        return Network.builder().card(card).engine(engine)
                .add("stem", Conv2d.of(noise(2 * NARROW, 3, 3, 3)).stride(2).padding(1)).add("clip1", CLIP)
                .add("project", Conv2d.of(noise(NARROW, 2 * NARROW, 1, 1)))
                .add("expand", Conv2d.of(noise(WIDE, NARROW, 1, 1))).add("clip2", CLIP)
                .add("depthwise", Conv2d.of(noise(WIDE, 1, 3, 3)).padding(1).groups(WIDE)).add("clip3", CLIP)
                .add("project2", Conv2d.of(noise(NARROW, WIDE, 1, 1))).add("add", new Add(), "project2", "project")
                .add("expand2", Conv2d.of(noise(WIDE, NARROW, 1, 1))).add("clip4", CLIP)
                .add("depthwise2", Conv2d.of(noise(WIDE, 1, 5, 5)).stride(2).padding(2).groups(WIDE))
                .add("clip5", CLIP).add("project3", Conv2d.of(noise(WIDE, WIDE, 1, 1))).add("clip6", CLIP)
                .add("pool", new AdaptiveAvgPool2d(1, 1)).add("flatten", new Flatten())
                .add("fc", Linear.of(noise(CLASSES, WIDE))).build();
    }

    private static Tensor noise(int... dims) {
        Tensor tensor = Tensor.zeros(Shape.of(dims));
        Random random = new Random(dims.length);
        for (int i = 0; i < tensor.data().length; i++) {
            tensor.data()[i] = random.nextFloat() - 0.4f;
        }
        return tensor;
    }

    private static Method method(String[] args) {
        for (int i = 0; i < args.length; i++) {
            if (args[i].startsWith(METHOD + "=")) {
                return Methods.named(args[i].substring(METHOD.length() + 1));
            }
            if (args[i].equals(METHOD) && i + 1 < args.length) {
                return Methods.named(args[i + 1]);
            }
        }
        return Rsp.reference();
    }

    /** Stops the warm-up after its current explanation, without waiting. */
    static void end() {
        if (warmUp != null) {
            warmUp.cancel();
        }
    }
}

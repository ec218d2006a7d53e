package dev.sectional.laws;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.Window;
import dev.sectional.nn.NetworkBuilder;
import dev.sectional.nn.layer.Add;
import dev.sectional.nn.layer.AvgPool2d;
import dev.sectional.nn.layer.BatchNorm2d;
import dev.sectional.nn.layer.Concat;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.MaxPool2d;
import dev.sectional.nn.layer.ReLU;
import java.util.Random;

/** A part of a {@link NetworkPlan}: a few layers between two feature maps. */
public sealed interface Block {
    /**
     * A convolution that keeps the size, followed by a ReLU.
     *
     * @param width number of filters
     * @param kernel height and width of the kernel, odd
     */
    record Convolution(int width, int kernel) implements Block {
    }

    /**
     * A residual sum, followed by a ReLU.
     *
     * @param deep whether the branch has two convolutions and not one
     * @param norm whether the branch ends with a batch norm
     * @param projected whether the other branch is a 1x1 convolution
     */
    record Residual(boolean deep, boolean norm, boolean projected) implements Block {
    }

    /**
     * A concatenation of two convolutions, 1x1 and 3x3.
     *
     * @param width number of filters of each
     */
    record Branches(int width) implements Block {
    }

    /**
     * Max pooling with a padding of half the window.
     *
     * @param kernel height and width of the window
     * @param stride of the window
     */
    record MaxPool(int kernel, int stride) implements Block {
    }

    /** Average pooling over 3x3 that keeps the size. */
    record Mean() implements Block {
    }

    /** Adds the layers to a network. */
    private static int add(Convolution block, Site site) {
        site.convolution("conv", site.channels, block.width(), block.kernel(), site.graph.last());
        site.graph.add(site.name + ".relu", new ReLU());
        return block.width();
    }

    private static int add(Residual block, Site site) {
        NetworkBuilder graph = site.graph;
        String input = graph.last();
        int channels = site.channels;
        site.convolution("conv1", channels, channels, 3, input);
        if (block.deep()) {
            graph.add(site.name + ".relu1", new ReLU());
            site.convolution("conv2", channels, channels, 3, graph.last());
        }
        if (block.norm()) {
            graph.add(site.name + ".bn", site.norm());
        }
        String branch = graph.last();
        String other = input;
        if (block.projected()) {
            other = site.convolution("projection", channels, channels, 1, input);
        }
        graph.add(site.name + ".add", new Add(), branch, other);
        graph.add(site.name + ".relu", new ReLU());
        return channels;
    }

    private static int add(Branches block, Site site) {
        String input = site.graph.last();
        site.convolution("expand1x1", site.channels, block.width(), 1, input);
        site.graph.add(site.name + ".relu1x1", new ReLU());
        site.convolution("expand3x3", site.channels, block.width(), 3, input);
        site.graph.add(site.name + ".relu3x3", new ReLU());
        site.graph.add(site.name + ".concat", new Concat(), site.name + ".relu1x1", site.name + ".relu3x3");
        return 2 * block.width();
    }

    /**
     * Adds this block to a network and returns the number of channels of its output.
     *
     * @param site where the block goes
     * @return channels of its output
     */
    default int addTo(Site site) {
        if (this instanceof Convolution convolution) {
            return add(convolution, site);
        }
        if (this instanceof Residual residual) {
            return add(residual, site);
        }
        if (this instanceof Branches branches) {
            return add(branches, site);
        }
        if (this instanceof MaxPool pool) {
            site.graph.add(site.name + ".pool", MaxPool2d.of(pool.kernel()).stride(pool.stride())
                    .padding(pool.kernel() / 2).ceil(true));
        } else {
            site.graph.add(site.name + ".mean", AvgPool2d.of(Window.of(3, 1, 1), Window.of(3, 1, 1)));
        }
        return site.channels;
    }

    /**
     * The place of a block in a network.
     *
     * @param graph the network so far
     * @param name of the block
     * @param channels of its input
     * @param biased whether its convolutions have biases
     * @param random source of its weights
     */
    record Site(NetworkBuilder graph, String name, int channels, boolean biased, Random random) {
        /** Adds a convolution that keeps the size and returns its name; weights are scaled to keep values alike. */
        String convolution(String part, int from, int to, int kernel, String input) {
            Tensor weight = Values.SIGNED.tensor(Shape.of(to, from, kernel, kernel), random);
            for (int i = 0; i < weight.data().length; i++) {
                weight.data()[i] *= (float) Math.sqrt(6.0 / (kernel * kernel * from));
            }
            Conv2d conv = Conv2d.of(weight).padding(kernel / 2);
            graph.add(name + "." + part, biased ? conv.bias(Values.SIGNED.tensor(Shape.of(to), random)) : conv, input);
            return name + "." + part;
        }

        private BatchNorm2d norm() {
            Shape shape = Shape.of(channels);
            return BatchNorm2d.of(Values.SIGNED.tensor(shape, random), Values.POSITIVE.tensor(shape, random))
                    .weight(Values.SIGNED.tensor(shape, random)).bias(Values.SIGNED.tensor(shape, random)).epsilon(0.1);
        }
    }
}

package dev.sectional.weights.internal.keras;

import dev.sectional.core.Shape;
import dev.sectional.weights.internal.common.CannotRead;
import dev.sectional.weights.internal.common.PixelScale;
import dev.sectional.weights.internal.common.Printable;
import dev.sectional.weights.internal.common.StoredTensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Turns the VGG networks of {@code keras.applications}, as Keras 2 and 3 store them, into torchvision's names and
 * layout.
 *
 * <p>Kernels (height, width, in, out) become (out, in, height, width). The first linear layer reads the feature map
 * position by position in Keras and channel by channel in torchvision, so its columns are permuted. No bit of an
 * element changes.
 */
public final class KerasVggNames {
    /** The model card: Caffe's means, subtracted from 0..255, and blue as the first channel. */
    public static final Map<String, String> CARD = Map.of(
            "sectional.mean", PixelScale.from255("123.68", "116.779", "103.939"),
            "sectional.std", PixelScale.from255("1", "1", "1"),
            "sectional.channels", "BGR");
    private static final Pattern CONVOLUTION = Pattern.compile("block(\\d{1,2})_conv(\\d{1,2})(?:_\\d+)?");
    private static final Pattern UNNAMED = Pattern.compile("(?:.*/)?(conv2d|dense)(?:_(\\d{1,3}))?/vars/[01]");
    private static final List<String> LINEAR = List.of("fc1", "fc2", "predictions");
    /** Convolutions of each block, by the number of all convolutions: VGG16 and VGG19. */
    private static final Map<Integer, int[]> BLOCKS =
            Map.of(13, new int[] {2, 2, 3, 3, 3}, 16, new int[] {2, 2, 4, 4, 4});
    private static final int[] WIDTHS = {64, 128, 256, 512, 512};

    private final String file;
    private final boolean byName;
    private final TreeMap<LayerId, StoredTensor[]> layers = new TreeMap<>();

    /**
     * A layer of the network. Layers compare in the network's order.
     *
     * @param linear whether it is one of the linear layers at the end
     * @param block number of a convolution's block; 0 if the file keeps no names
     * @param number within the block, among the unnamed convolutions, or among the linear layers
     */
    private record LayerId(boolean linear, int block, int number) implements Comparable<LayerId> {
        @Override
        public int compareTo(LayerId other) {
            int kind = Boolean.compare(linear, other.linear);
            int blocks = Integer.compare(block, other.block);
            return kind != 0 ? kind : blocks != 0 ? blocks : Integer.compare(number, other.number);
        }
    }

    private KerasVggNames(String file, boolean byName) {
        this.file = file;
        this.byName = byName;
    }

    /**
     * Returns the tensors under torchvision's names; null if they are not those of such a network.
     *
     * @param file name of the file in messages
     * @param layerNames names of layers by the path of their group, which Keras 3 keeps
     * @throws dev.sectional.core.InputException if the names are those of such a network, but tensors are missing or
     *     doubled
     */
    public static LinkedHashMap<String, StoredTensor> rename(String file, Map<String, StoredTensor> tensors,
                                                             Map<String, String> layerNames) {
        boolean byName = tensors.keySet().stream().anyMatch(path -> named(path, layerNames) != null);
        if (!byName && !hasVggWidths(tensors)) {
            return null;
        }
        KerasVggNames vgg = new KerasVggNames(file, byName);
        for (var tensor : tensors.entrySet()) {
            LayerId layer = byName ? named(tensor.getKey(), layerNames) : numbered(tensor.getKey());
            if (layer == null) {
                return null;
            }
            vgg.put(layer, tensor.getKey(), tensor.getValue());
        }
        return vgg.renamed();
    }

    /** Returns the layer that a part of a path, or the name of one of its groups, names; null if none does. */
    private static LayerId named(String path, Map<String, String> layerNames) {
        List<String> parts = new ArrayList<>(List.of(path.split("/")));
        layerNames.forEach((group, name) -> {
            if (path.startsWith(group + "/")) {
                parts.add(name);
            }
        });
        for (String part : parts) {
            Matcher matcher = CONVOLUTION.matcher(part);
            if (matcher.matches()) {
                return new LayerId(false, Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
            }
            if (LINEAR.contains(part)) {
                return new LayerId(true, 0, LINEAR.indexOf(part));
            }
        }
        return null;
    }

    /**
     * Returns the layer of a file without names: {@code conv2d}, {@code conv2d_1} and so on follow the network's order.
     */
    private static LayerId numbered(String path) {
        Matcher matcher = UNNAMED.matcher(path);
        if (!matcher.matches()) {
            return null;
        }
        int number = matcher.group(2) == null ? 0 : Integer.parseInt(matcher.group(2));
        return new LayerId(matcher.group(1).equals("dense"), 0, number);
    }

    /** Returns whether the unnamed convolutions have the number and widths of VGG16 or VGG19. */
    private static boolean hasVggWidths(Map<String, StoredTensor> tensors) {
        TreeMap<LayerId, Integer> widths = new TreeMap<>();
        tensors.forEach((path, stored) -> {
            Shape shape = stored.values().shape();
            LayerId layer = numbered(path);
            if (shape.rank() == 4 && layer != null) {
                widths.put(layer, shape.dim(3));
            }
        });
        int[] blocks = BLOCKS.get(widths.size());
        if (blocks == null) {
            return false;
        }
        List<Integer> wanted = new ArrayList<>();
        for (int b = 0; b < blocks.length; b++) {
            for (int i = 0; i < blocks[b]; i++) {
                wanted.add(WIDTHS[b]);
            }
        }
        return wanted.equals(List.copyOf(widths.values()));
    }

    /** Adds a kernel or, of rank 1, a bias. */
    private void put(LayerId layer, String path, StoredTensor stored) {
        int rank = stored.values().shape().rank();
        StoredTensor[] kernelAndBias = layers.computeIfAbsent(layer, id -> new StoredTensor[2]);
        int which = rank == 1 ? 1 : 0;
        if (rank != 1 && rank != (layer.linear ? 2 : 4) || kernelAndBias[which] != null) {
            throw CannotRead.file(file, Printable.plain(path) + " of shape " + stored.values().shape()
                    + " is not the kernel or bias of a VGG's layer, or is there twice; give the weights of one VGG "
                            + "alone");
        }
        kernelAndBias[which] = stored;
    }

    private void requireComplete() {
        for (StoredTensor[] kernelAndBias : layers.values()) {
            if (kernelAndBias[0] == null || kernelAndBias[1] == null) {
                throw CannotRead.file(file, "a VGG's layer has no " + (kernelAndBias[0] == null ? "kernel" : "bias")
                        + "; the file is incomplete, fetch it again");
            }
        }
    }

    private LinkedHashMap<String, StoredTensor> renamed() {
        requireComplete();
        LinkedHashMap<String, StoredTensor> renamed = new LinkedHashMap<>();
        int convolutions = (int) layers.keySet().stream().filter(layer -> !layer.linear).count();
        int[] blocks = byName ? null : BLOCKS.get(convolutions);
        int index = 0;
        int block = 1;
        int inBlock = 0;
        int linear = 0;
        int channels = 0;
        for (var layer : layers.entrySet()) {
            StoredTensor kernel = layer.getValue()[0];
            StoredTensor bias = layer.getValue()[1];
            if (layer.getKey().linear) {
                put(renamed, "classifier." + 3 * linear,
                        new StoredTensor(kernel.type(), PermutedTensor.matrix(kernel.values(), linear == 0 ? channels
                                : 1)), bias);
                linear++;
                continue;
            }
            boolean pooled = byName ? layer.getKey().block != block : inBlock == blocks[block - 1];
            if (pooled) {   // the pooling between two blocks takes an index
                index++;
                block = byName ? layer.getKey().block : block + 1;
                inBlock = 0;
            }
            inBlock++;
            channels = kernel.values().shape().dim(3);
            put(renamed, "features." + index, new StoredTensor(kernel.type(), PermutedTensor.kernel(kernel.values())),
                    bias);
            index += 2;   // the convolution and its ReLU
        }
        return renamed;
    }

    private static void put(Map<String, StoredTensor> renamed, String layer, StoredTensor kernel, StoredTensor bias) {
        renamed.put(layer + ".weight", kernel);
        renamed.put(layer + ".bias", bias);
    }
}

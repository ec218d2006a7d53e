package dev.sectional.weights.internal.keras;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
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
 * The VGG networks of {@code keras.applications}, as Keras 2 and 3 store them. Kernels are (height, width, in, out) and
 * become (out, in, height, width); the first linear layer sees the map place by place, torchvision's channel by channel, so
 * its columns change places too. No bit of a value changes.
 */
public final class KerasVggNames {
    /** Means of Caffe's networks, subtracted from 0..255; the first convolution takes blue first. */
    public static final Map<String, String> IMAGES = Map.of("sectional.mean", PixelScale.from255("123.68", "116.779", "103.939"),
            "sectional.std", PixelScale.from255("1", "1", "1"), "sectional.channels", "BGR");
    private static final Pattern CONVOLUTION = Pattern.compile("block(\\d{1,2})_conv(\\d{1,2})(?:_\\d+)?");
    private static final Pattern UNNAMED = Pattern.compile("(?:.*/)?(conv2d|dense)(?:_(\\d{1,3}))?/vars/[01]");
    private static final List<String> LINEAR = List.of("fc1", "fc2", "predictions");
    /** Convolutions per block, by how many there are: VGG16 and VGG19. */
    private static final Map<Integer, int[]> BLOCKS = Map.of(13, new int[] {2, 2, 3, 3, 3}, 16, new int[] {2, 2, 4, 4, 4});
    private static final int[] WIDTHS = {64, 128, 256, 512, 512};

    private final String file;
    /** Kernel and bias by the layer's place: block and number, or 1000 and number for linear layers. */
    private final TreeMap<Integer, StoredTensor[]> layers = new TreeMap<>();

    private KerasVggNames(String file) {
        this.file = file;
    }

    /**
     * The tensors under torchvision's names; null if they are not such a network's.
     *
     * @param file what messages call it
     * @param names the layers' own names by path of their group, from Keras 3
     * @throws InputException if the names are such a network's, but tensors are missing or doubled
     */
    public static LinkedHashMap<String, StoredTensor> torchvision(String file, Map<String, StoredTensor> tensors,
                                                                 Map<String, String> names) {
        KerasVggNames vgg = new KerasVggNames(file);
        boolean byName = tensors.keySet().stream().anyMatch(path -> placeByName(path, names) >= 0);
        if (!byName && !isPlain(tensors)) {
            return null;
        }
        for (var tensor : tensors.entrySet()) {
            int place = byName ? placeByName(tensor.getKey(), names) : placeByNumber(tensor.getKey());
            if (place < 0) {
                return null;
            }
            vgg.put(place, tensor.getKey(), tensor.getValue());
        }
        return vgg.renamed();
    }

    /** Block and number of the convolution, or number of the linear layer, that a path names; -1 if it names neither. */
    private static int placeByName(String path, Map<String, String> names) {
        List<String> parts = new ArrayList<>(List.of(path.split("/")));
        names.forEach((group, name) -> {
            if (path.startsWith(group + "/")) {
                parts.add(name);
            }
        });
        for (String part : parts) {
            Matcher matcher = CONVOLUTION.matcher(part);
            if (matcher.matches()) {
                return Integer.parseInt(matcher.group(1)) * 100 + Integer.parseInt(matcher.group(2));
            }
            if (LINEAR.contains(part)) {
                return 100_000 + LINEAR.indexOf(part);
            }
        }
        return -1;
    }

    /** The same where Keras 3 kept no names: {@code conv2d}, {@code conv2d_1} and so on are in the network's order. */
    private static int placeByNumber(String path) {
        Matcher matcher = UNNAMED.matcher(path);
        if (!matcher.matches()) {
            return -1;
        }
        int number = matcher.group(2) == null ? 0 : Integer.parseInt(matcher.group(2));
        return matcher.group(1).equals("dense") ? 100_000 + number : number;
    }

    /** Whether unnamed layers are in number and widths those of VGG16 or VGG19. */
    private static boolean isPlain(Map<String, StoredTensor> tensors) {
        TreeMap<Integer, Integer> widths = new TreeMap<>();
        tensors.forEach((path, stored) -> {
            Shape shape = stored.values().shape();
            if (shape.rank() == 4 && placeByNumber(path) >= 0) {
                widths.put(placeByNumber(path), shape.dim(3));
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

    private void put(int place, String path, StoredTensor stored) {
        int rank = stored.values().shape().rank();
        StoredTensor[] pair = layers.computeIfAbsent(place, p -> new StoredTensor[2]);
        int which = rank == 1 ? 1 : 0;
        if (rank != 1 && rank != (place >= 100_000 ? 2 : 4) || pair[which] != null) {
            throw new InputException(file + ": " + Printable.plain(path) + " of shape " + stored.values().shape()
                    + " is not the kernel or bias of a VGG's layer, or is there twice; give the weights of one VGG alone");
        }
        pair[which] = stored;
    }

    private LinkedHashMap<String, StoredTensor> renamed() {
        LinkedHashMap<String, StoredTensor> renamed = new LinkedHashMap<>();
        int[] blocks = layers.firstKey() >= 100 ? null : BLOCKS.get((int) layers.keySet().stream().filter(p -> p < 100_000).count());
        int index = 0;
        int block = 1;
        int done = 0;
        int linear = 0;
        int channels = 0;
        for (var layer : layers.entrySet()) {
            StoredTensor kernel = layer.getValue()[0];
            StoredTensor bias = layer.getValue()[1];
            if (kernel == null || bias == null) {
                throw new InputException(file + ": a VGG's layer has no " + (kernel == null ? "kernel" : "bias")
                        + "; the file is incomplete, fetch it again");
            }
            String name;
            if (layer.getKey() < 100_000) {
                int now = blocks == null ? layer.getKey() / 100 : done == blocks[block - 1] ? block + 1 : block;
                index += now == block ? 0 : 1;   // a pooling lies between
                done = now == block ? done + 1 : 1;
                block = now;
                name = "features." + index;
                index += 2;
                channels = kernel.values().shape().dim(3);
                kernel = new StoredTensor(kernel.type(), PermutedTensor.kernel(kernel.values()));
            } else {
                name = "classifier." + 3 * linear;
                kernel = new StoredTensor(kernel.type(), PermutedTensor.matrix(kernel.values(), linear == 0 ? channels : 1));
                linear++;
            }
            renamed.put(name + ".weight", kernel);
            renamed.put(name + ".bias", bias);
        }
        return renamed;
    }
}

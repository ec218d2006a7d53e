package dev.sectional.weights.fetch;

import dev.sectional.core.InputException;
import java.net.URI;
import java.util.List;
import java.util.Locale;

/**
 * A file of weights that torchvision publishes as {@code IMAGENET1K_V1}, or a file at another address.
 *
 * @param name torchvision's name of the model
 * @param file name of the file, which contains the first eight digits of its SHA-256
 * @param sha256 in hexadecimal: all 64 digits where they are known, else the eight of the file's name; empty if unknown
 */
public record PublishedModel(String name, String file, String sha256) {
    private static final String FOLDER = "https://download.pytorch.org/models/";
    private static final List<PublishedModel> ALL = List.of(
            known("vgg11", "8a719046"), known("vgg11_bn", "6002323d"), known("vgg13", "19584684"),
                    known("vgg13_bn", "abd245e5"),
            known("vgg16", "397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0"),
                    known("vgg16_bn", "6c64b313"),
            known("vgg19", "dcbb9e9d"), known("vgg19_bn", "c79401a0"),
            known("resnet18", "f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec"),
                    known("resnet34", "b627a593"),
            known("resnet50", "0676ba61b6795bbe1773cffd859882e5e297624d384b6993f7c9e683e722fb8a"),
                    known("resnet101", "63fe2227"),
            known("resnet152", "394f9c45"), known("squeezenet1_0", "b66bff10"),
            known("squeezenet1_1", "b8a52dc049b60e4b6ab68ad0df457362afab8b6304b2febdc1650a5dab4d7e7b"));

    private static PublishedModel known(String name, String sha256) {
        return new PublishedModel(name, name + "-" + sha256.substring(0, 8) + ".pth", sha256);
    }

    /**
     * {@return the model of a name}
     *
     * @param name such as {@code vgg16}
     * @throws InputException if torchvision publishes none of that name
     */
    public static PublishedModel named(String name) {
        String wanted = name.toLowerCase(Locale.ROOT);
        return ALL.stream().filter(model -> model.name.equals(wanted)).findFirst()
                .orElseThrow(() -> new InputException("model '" + name
                + "' is unknown to fetch; known are: " + String.join(", ", names())
                        + "; give the address of another with --from"));
    }

    /**
     * {@return the model at another address} Its SHA-256 is unknown, except for digits in the file's name, as in
     * {@code vgg16-397923af.pth}.
     *
     * @param address of a file
     * @throws InputException if the address does not end in a plain file name
     */
    public static PublishedModel at(URI address) {
        String[] parts = (address.getPath() == null ? "" : address.getPath()).split("/");
        String file = parts.length == 0 ? "" : parts[parts.length - 1];
        if (!file.matches("[A-Za-z0-9_+-][A-Za-z0-9._+-]{0,199}")) {
            throw new InputException("--from " + Download.shown(address)
                    + ": the address does not end in a file name; give the address of the file itself");
        }
        String stem = file.replaceFirst("\\.(pth|pt|bin|safetensors|h5|hdf5|keras|npz|onnx|pth\\.tar)$", "");
        boolean digits = stem.matches(".+-[0-9a-f]{8}");
        return new PublishedModel(digits ? stem.substring(0, stem.length() - 9) : stem, file, digits
                ? stem.substring(stem.length() - 8) : "");
    }

    /** {@return the names that {@link #named} accepts} */
    public static List<String> names() {
        return ALL.stream().map(PublishedModel::name).toList();
    }

    /** {@return the address at which torchvision publishes the file} */
    public URI address() {
        return URI.create(FOLDER + file);
    }

    /** Returns whether a file of the given SHA-256, in hexadecimal, may be this one. */
    boolean matches(String digest) {
        return digest.startsWith(sha256);
    }
}

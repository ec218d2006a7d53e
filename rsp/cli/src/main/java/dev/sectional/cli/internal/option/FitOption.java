package dev.sectional.cli.internal.option;

import dev.sectional.core.InputException;
import dev.sectional.evaluation.run.Preprocessing;
import dev.sectional.images.Fit;
import dev.sectional.images.IccPolicy;
import dev.sectional.images.Image;
import dev.sectional.images.ImageFile;
import dev.sectional.images.InputImage;
import dev.sectional.images.Seen;
import dev.sectional.nn.Network;
import dev.sectional.viewer.ImagePreparation;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The option for the way to bring an image to the network's size. */
public final class FitOption {
    private static final String TORCHRAY = "torchray";

    @Option(names = "--fit", paramLabel = "squash|crop|pad|torchray",
            description = "How to bring an image to the network's size: squash resizes both sides; crop resizes the "
                    + "shorter one to 256/224 of it and cuts the centre, as torchvision does; pad adds borders of the "
                    + "mean colour; torchray resizes the shorter side and keeps the rest, for networks that take any "
                    + "size; default: squash.")
    private String fit = "squash";

    @Mixin
    private ProfileOption profile = new ProfileOption();

    /** @throws InputException if there is no such way */
    public void check() {
        profile.policy();
        if (!fit.equalsIgnoreCase(TORCHRAY)) {
            way();
        }
    }

    private Fit way() {
        try {
            return Fit.named(fit);
        } catch (IllegalArgumentException e) {
            throw new InputException("--fit " + fit + " is unknown: use squash, crop, pad or torchray", e);
        }
    }

    /** Returns {@code ignore} or {@code apply}. */
    public String profiles() {
        return profile.policy().toString();
    }

    /** Decodes an image from the bytes of its file, or from the file itself if there are none. */
    Image decode(Path file, byte[] content) {
        IccPolicy icc = profile.policy();
        return content == null ? ImageFile.read(file, icc) : ImageFile.read(file.toString(), content, icc);
    }

    /** Returns the way by its name. */
    public String name() {
        return fit.toLowerCase(Locale.ROOT);
    }

    /** Returns an image as the input of a network. */
    public InputImage prepare(Path file, Image image, Network network) {
        if (fit.equalsIgnoreCase(TORCHRAY)) {
            return new InputImage(file, Preprocessing.TORCHRAY.input(image, network),
                    image.seenBy(network.card().input().dim(0)), Seen.whole(image));
        }
        return InputImage.ofImage(file, image, network, way());
    }

    /** Returns the way as the page takes it. */
    public ImagePreparation preparation() {
        return new ImagePreparation() {
            @Override
            public Image decode(String name, byte[] content) {
                return FitOption.this.decode(Path.of(name), content);
            }

            @Override
            public InputImage prepare(Path file, Image image, Network network) {
                return FitOption.this.prepare(file, image, network);
            }

            @Override
            public String fit() {
                return name();
            }

            @Override
            public String icc() {
                return profiles();
            }

            @Override
            public String describe(InputImage image) {
                return FitOption.this.describe(image);
            }
        };
    }

    /** Returns what was done to an image, such as {@code squashed to 224x224}. */
    public String describe(InputImage image) {
        int height = image.tensor().shape().dim(1);
        int width = image.tensor().shape().dim(2);
        if (InputImage.isArray(image.file())) {
            return "taken as it is";
        }
        String way = fit.equalsIgnoreCase(TORCHRAY) ? "resized" : way().participle();
        return way + " to " + width + "x" + height;
    }
}

package dev.sectional.cli.internal.option;

import dev.sectional.images.IccPolicy;
import picocli.CommandLine.Option;

/** The option for the colour profiles of images. */
public final class ProfileOption {
    @Option(names = "--icc", paramLabel = "ignore|apply",
            description = "What to do with an image's colour profile: ignore it, as networks are trained, or convert "
                    + "the image to sRGB; default: ignore.")
    private String icc = "ignore";

    /** @throws dev.sectional.core.InputException if it is neither */
    IccPolicy policy() {
        return IccPolicy.named(icc);
    }
}

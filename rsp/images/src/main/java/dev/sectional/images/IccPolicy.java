package dev.sectional.images;

import dev.sectional.core.InputException;
import java.util.Arrays;
import java.util.Locale;

/** What happens to the ICC profile that an image file carries. The same for every format. */
public enum IccPolicy {
    /** The samples are taken as they are, as torchvision and Pillow take them: what networks were trained with. */
    IGNORE,
    /** The samples are converted from the profile to sRGB. Files without a profile are taken as they are. */
    APPLY;

    /**
     * {@return the policy of a name, {@code ignore} or {@code apply}}
     *
     * @param name as users write it, case aside
     * @throws InputException if there is none
     */
    public static IccPolicy named(String name) {
        return Arrays.stream(values()).filter(each -> each.name().equalsIgnoreCase(name)).findFirst()
                .orElseThrow(() -> new InputException("--icc " + name + ": use ignore or apply"));
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}

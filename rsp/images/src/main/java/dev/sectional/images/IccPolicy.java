package dev.sectional.images;

/** What happens to the ICC profile that an image file carries. The same for every format. */
public enum IccPolicy {
    /** The samples are taken as they are, as torchvision and Pillow take them: what networks were trained with. */
    IGNORE,
    /** The samples are converted from the profile to sRGB. Files without a profile are taken as they are. */
    APPLY
}

/**
 * Architectures that the names of their tensors tell, beyond those that nn itself knows.
 *
 * <ul>
 * <li>{@link dev.sectional.weights.internal.architecture.ArchitectureLoader} loads named tensors of any architecture.
 * <li>{@code Families} lists the architectures of torchvision and of timm's mobile networks; {@code PlainFamilies},
 *     {@code MobileFamilies}, {@code EfficientFamilies}, {@code InceptionFamilies}, {@code TransformerFamilies},
 *     {@code SwinFamilies}, {@code MaxVitFamilies} (both through {@code WindowAttention}) and {@code TimmFamilies}
 *     build them with {@code FamilyGraph}.
 * <li>{@code Lookalike} names in messages what a refused file looks like.
 * </ul>
 */
package dev.sectional.weights.internal.architecture;

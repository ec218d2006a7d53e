/**
 * Names of PyTorch libraries as torchvision's: {@code TorchvisionNames} removes prefixes of wrappers and knows the
 * layouts of timm and TorchRay, {@code TimmNames} timm's transformers and ConvNeXts; {@code TorchRayVgg} adds the
 * preprocessing of TorchRay's networks. Nothing here reads files.
 */
package dev.sectional.weights.internal.naming;

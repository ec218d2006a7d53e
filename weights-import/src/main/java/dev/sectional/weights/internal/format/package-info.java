/**
 * From a path to tensors: {@code FormatDetector} looks at the first bytes and calls the reader of the format,
 * {@code ShardedFile} joins files that an index lists, {@code ForeignFormats} names files that are not supported, and
 * {@code OpenedFile} is the result. A new format adds a reader in a package of its own and one case in
 * {@code FormatDetector.detect}. Parsing stays out.
 */
package dev.sectional.weights.internal.format;

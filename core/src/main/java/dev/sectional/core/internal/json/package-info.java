/**
 * JSON for the metadata of model files: {@link dev.sectional.core.internal.json.Json} parses and quotes it. Only what
 * those files contain belongs here: no mapping to objects, no streaming, no writer.
 */
package dev.sectional.core.internal.json;

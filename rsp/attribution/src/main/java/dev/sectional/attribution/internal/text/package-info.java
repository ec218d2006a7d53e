/**
 * Texts that users write: settings with quoted parts ({@link dev.sectional.attribution.internal.text.Quoted}) and
 * suggestions for misspelt words ({@link dev.sectional.attribution.internal.text.Spelling}). Not exported; depends on
 * no other package here.
 */
package dev.sectional.attribution.internal.text;

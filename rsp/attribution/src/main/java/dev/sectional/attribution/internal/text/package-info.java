/**
 * Texts that users write: settings with quoted parts ({@link dev.sectional.attribution.internal.text.Quoted}),
 * suggestions for misspelt words ({@link dev.sectional.attribution.internal.text.Spelling}), and names made visible
 * ({@link dev.sectional.attribution.internal.text.VisibleText}). Exported to the command line and evaluation alone;
 * depends on no other package here.
 */
package dev.sectional.attribution.internal.text;

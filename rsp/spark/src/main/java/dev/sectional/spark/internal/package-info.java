/**
 * What the tasks of one executor share: {@link dev.sectional.spark.internal.SharedNetwork} opens each weights file
 * once, {@link dev.sectional.spark.internal.SharedFiles} finds files and opens each dataset once, and {@code NodeCache}
 * copies remote files to this machine. Nothing in this package is sent to other machines.
 */
package dev.sectional.spark.internal;

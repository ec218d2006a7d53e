/**
 * What all tasks of one executor JVM share: {@link dev.sectional.spark.internal.SharedNetwork} opens each weights file
 * once,
 * {@link dev.sectional.spark.internal.SharedFiles} finds files that the job was given and opens each dataset once.
 * Nothing here travels between machines.
 */
package dev.sectional.spark.internal;

/**
 * What the tasks of one executor share, and the files of other file systems. Nothing in this package is sent to other
 * machines.
 *
 * <ul>
 *   <li>{@link dev.sectional.spark.internal.SharedNetwork}: opens each weights file once
 *   <li>{@link dev.sectional.spark.internal.SharedFiles}: finds files, and opens each dataset once
 *   <li>{@code NodeCache}: copies remote weights to this machine, with the files that {@code WeightParts} names
 *   <li>{@code RemoteFileSystem}, {@code RemoteProvider}, {@code RemotePath}: Hadoop's file systems as
 *       {@link java.nio.file.FileSystem}, for reading
 * </ul>
 */
package dev.sectional.spark.internal;

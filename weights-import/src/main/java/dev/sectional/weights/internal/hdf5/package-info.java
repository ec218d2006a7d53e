/**
 * Reads HDF5 files as Keras and h5py write them, after the HDF5 File Format Specification, version 3.
 *
 * <table>
 * <caption>Classes, from the file down to the elements</caption>
 * <tr><th>class</th><th>purpose</th></tr>
 * <tr><td>{@code Hdf5File}</td><td>superblock, groups, links: the tensors by path</td></tr>
 * <tr><td>{@code Hdf5ObjectHeader}</td><td>messages of a group or dataset</td></tr>
 * <tr><td>{@code Hdf5AttributeReader}</td><td>texts of groups and datasets; shapes</td></tr>
 * <tr><td>{@code Hdf5DatasetReader}</td><td>type and layout of a dataset</td></tr>
 * <tr><td>{@code Hdf5ChunkReader}</td><td>chunked, deflated and shuffled datasets</td></tr>
 * <tr><td>{@code Hdf5ChunkIndex}</td><td>the lists of chunks of HDF5 1.10 and later</td></tr>
 * <tr><td>{@code Hdf5HeapReader}, {@code Hdf5BTree2}</td><td>links, attributes and texts outside object
 * headers</td></tr>
 * <tr><td>{@code Hdf5Datatype}</td><td>element types</td></tr>
 * <tr><td>{@code Hdf5Input}, {@code Hdf5Cursor}</td><td>bounded access to the bytes</td></tr>
 * </table>
 *
 * <p>Knowledge of Keras' names belongs in {@code internal.keras}.
 */
package dev.sectional.weights.internal.hdf5;

package dev.sectional.weights.internal.torch;

import dev.sectional.core.DType;
import net.razorvine.pickle.PickleException;

/**
 * Values that tensors of a PyTorch file share, or a stretch of them.
 *
 * @param type of each value
 * @param key names the storage within its file
 * @param offset the first value of the stretch
 * @param count of values in the stretch
 */
record StorageRef(DType type, String key, long offset, long count) {
    StorageRef {
        if (offset < 0 || count < 0 || count > Long.MAX_VALUE / Long.BYTES - offset) {
            throw new PickleException("storage " + key + " claims " + count + " values from " + offset);
        }
    }

    /** A stretch of this one. */
    StorageRef view(long from, long values) {
        if (from < 0 || values < 0 || from > count || values > count - from) {
            throw new PickleException("a view leaves storage " + key);
        }
        return new StorageRef(type, key, offset + from, values);
    }
}

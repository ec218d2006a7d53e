package dev.sectional.core.internal.kernel;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The only code of the embedding modules that looks up anything by name: the method that loads a vector from a buffer,
 * which Java up to 18 and later versions name differently. A {@code static final} handle costs nothing in compiled
 * code. Where the host forbids the look-up, callers copy rows into arrays, with the same bits.
 */
final class BufferVectorLookup {
    /** From species, source, byte offset and byte order to a vector; null if there is no such method. */
    static final MethodHandle LOAD;
    /**
     * From a view of a buffer to the source that {@link #LOAD} takes; null if it takes the buffer itself. Of a view,
     * since the JDK makes a source of another class of a mapped {@link ByteBuffer}.
     */
    static final MethodHandle SEGMENT;

    static {
        MethodHandles.Lookup lookup = MethodHandles.lookup();
        MethodType any = MethodType.methodType(FloatVector.class, VectorSpecies.class, Object.class, int.class,
                ByteOrder.class);
        MethodHandle load = null;
        MethodHandle segment = null;
        try {
            load = lookup.findStatic(FloatVector.class, "fromByteBuffer",
                    any.changeParameterType(1, ByteBuffer.class)).asType(any);
        } catch (ReflectiveOperationException | SecurityException since19) {
            try {
                Class<?> kind = lookup.findClass("java.lang.foreign.MemorySegment");
                load = lookup.findStatic(FloatVector.class, "fromMemorySegment", any.changeParameterType(1, kind)
                        .changeParameterType(2, long.class)).asType(any);
                segment = lookup.findStatic(kind, "ofBuffer", MethodType.methodType(kind, Buffer.class))
                        .asType(MethodType.methodType(Object.class, FloatBuffer.class));
            } catch (ReflectiveOperationException | SecurityException neither) {
                load = null;
            }
        }
        LOAD = load;
        SEGMENT = segment;
    }

    private BufferVectorLookup() {
    }
}

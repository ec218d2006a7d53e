package dev.sectional.viewer.internal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A JSON text followed by float32 arrays: four bytes with the length of the text, the text, zeros up to a multiple of
 * four, and the arrays one after the other, all little-endian. The text says how long they are.
 */
public final class Payload {
    private Payload() {
    }

    /**
     * Returns the bytes.
     *
     * @param json whose arrays the text describes
     */
    public static byte[] of(String json, List<float[]> arrays) {
        byte[] text = json.getBytes(StandardCharsets.UTF_8);
        int start = Integer.BYTES + (text.length + 3) / 4 * 4;
        int floats = arrays.stream().mapToInt(array -> array.length).sum();
        ByteBuffer bytes = ByteBuffer.allocate(Math.addExact(start, Math.multiplyExact(Float.BYTES, floats)))
                .order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(text.length).put(text).position(start);
        for (float[] array : arrays) {
            bytes.asFloatBuffer().put(array);
            bytes.position(bytes.position() + Float.BYTES * array.length);
        }
        return bytes.array();
    }
}

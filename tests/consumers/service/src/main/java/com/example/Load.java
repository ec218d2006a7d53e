package com.example;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Eight clients of the service: {@code Load PORT SECONDS [strict]}. Equal images have to get equal answers. With
 * "strict" the used heap and the number of open files have to stay flat, and the 99th percentile of the time to an
 * answer has to be at most three times the median.
 */
public final class Load {
    private static final int CLIENTS = 8;
    private static final int IMAGES = 16;
    /** How often heap and files are read. */
    private static final int SAMPLES = 12;

    private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final String address;
    private final byte[][] images = new byte[IMAGES][];
    private final ConcurrentHashMap<Integer, byte[]> answers = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<Long> times = new ConcurrentLinkedQueue<>();
    private final AtomicReference<String> failure = new AtomicReference<>();

    private Load(String address) throws IOException, InterruptedException {
        this.address = address;
        int elements = (int) health()[2];
        for (int i = 0; i < IMAGES; i++) {
            Random random = new Random(i);
            ByteBuffer image = ByteBuffer.allocate(4 * elements).order(ByteOrder.LITTLE_ENDIAN);
            for (int j = 0; j < elements; j++) {
                image.putFloat((float) random.nextGaussian());
            }
            images[i] = image.array();
        }
    }

    public static void main(String[] arguments) throws Exception {
        Load load = new Load("http://127.0.0.1:" + arguments[0]);
        String fault = load.run(Integer.parseInt(arguments[1]), List.of(arguments).contains("strict"));
        if (fault != null) {
            System.err.println("service: " + fault);
            System.exit(1);
        }
    }

    private String run(int seconds, boolean strict) throws Exception {
        long end = System.nanoTime() + seconds * 1_000_000_000L;
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            int number = i;
            Thread thread = new Thread(() -> ask(number, end));
            thread.start();
            clients.add(thread);
        }
        List<long[]> health = new ArrayList<>();
        for (int i = 0; i < SAMPLES && failure.get() == null; i++) {
            Thread.sleep(seconds * 1000L / SAMPLES);
            health.add(health());
        }
        for (Thread thread : clients) {
            thread.join();
        }
        long[] sorted = times.stream().mapToLong(Long::longValue).sorted().toArray();
        if (failure.get() != null || sorted.length == 0) {
            return failure.get() != null ? failure.get() : "no answer";
        }
        double median = sorted[sorted.length / 2] / 1e6;
        double tail = sorted[(int) Math.ceil(0.99 * (sorted.length - 1))] / 1e6;
        System.out.printf("%d answers to %d clients in %d s: median %.1f ms, 99th percentile %.1f ms%n", sorted.length,
                CLIENTS, seconds, median, tail);
        health.forEach(each -> System.out.printf("heap %.1f MB, %d files%n", each[0] / 1e6, each[1]));
        return strict ? flat(health, median, tail) : null;
    }

    /** Compares the second half of the samples with the first; the first sample of all is start-up. */
    private static String flat(List<long[]> health, double median, double tail) {
        for (int i = 0; i < 2; i++) {
            int column = i;
            long early = health.subList(1, SAMPLES / 2).stream().mapToLong(each -> each[column]).max().orElseThrow();
            long late = health.subList(SAMPLES / 2, SAMPLES).stream().mapToLong(each -> each[column]).max()
                    .orElseThrow();
            if (late > early * 1.2 + (i == 0 ? 2e6 : 2)) {
                return (i == 0 ? "the heap grows: " : "open files grow: ") + early + " to " + late;
            }
        }
        return tail <= 3 * median ? null : "the 99th percentile, " + tail + " ms, is above 3 x the median, " + median;
    }

    private long[] health() throws IOException, InterruptedException {
        String[] numbers = client.send(HttpRequest.newBuilder(URI.create(address + "/health")).build(),
                HttpResponse.BodyHandlers.ofString()).body().split(" ");
        return Arrays.stream(numbers).mapToLong(Long::parseLong).toArray();
    }

    private void ask(int number, long end) {
        Random random = new Random(number);
        while (System.nanoTime() < end && failure.get() == null) {
            int image = random.nextInt(IMAGES);
            HttpRequest request = HttpRequest.newBuilder(URI.create(address + "/explain"))
                    .POST(HttpRequest.BodyPublishers.ofByteArray(images[image])).build();
            try {
                long began = System.nanoTime();
                HttpResponse<byte[]> response = client.send(request, HttpResponse.BodyHandlers.ofByteArray());
                times.add(System.nanoTime() - began);
                byte[] first = answers.putIfAbsent(image, response.body());
                if (response.statusCode() != 200) {
                    failure.compareAndSet(null, "status " + response.statusCode() + ": "
                            + new String(response.body()));
                } else if (first != null && !Arrays.equals(first, response.body())) {
                    failure.compareAndSet(null, "another answer to image " + image);
                }
            } catch (IOException | InterruptedException e) {
                failure.compareAndSet(null, e.toString());
            }
        }
    }
}

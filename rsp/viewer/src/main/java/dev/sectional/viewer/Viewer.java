package dev.sectional.viewer;

import com.sun.net.httpserver.HttpServer;
import dev.sectional.core.InputException;
import dev.sectional.viewer.internal.Guard;
import dev.sectional.viewer.internal.Jobs;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Serves the page on 127.0.0.1 until it is closed. Its address holds a random token without which every request is
 * refused. Nothing is written to disk. Uses {@code jdk.httpserver} and no library.
 *
 * <p>At most as many calculations run at once as there are processors; {@value #WAITING} more wait, and further ones
 * are refused with status 429. Uploads may have {@value #LARGEST_UPLOAD} bytes and {@link Studio#MOST_PIXELS} pixels.
 */
public final class Viewer implements AutoCloseable {
    /** Greatest size of an uploaded file in bytes. */
    static final int LARGEST_UPLOAD = 32 << 20;
    /** Greatest number of calculations that wait for a processor. */
    static final int WAITING = 16;
    /** Threads for requests that calculate nothing. */
    private static final int SPARE_THREADS = 8;
    private static final int BACKLOG = 256;
    private static final int WAITING_REQUESTS = 1024;
    private static final int SECONDS_TO_END = 60;

    static {
        // Without the first, each reply waits for a delayed acknowledgement, some 40 ms. The second, in seconds, frees
        // the thread of a client that never completes its request. Java reads both before it makes its first server.
        setDefault("sun.net.httpserver.nodelay", "true");
        setDefault("sun.net.httpserver.maxReqTime", "60");
    }

    private final HttpServer server;
    private final ThreadPoolExecutor threads;
    private final Jobs jobs;
    private final Studio studio;
    private final URI address;

    private Viewer(HttpServer server, ViewedModel model, List<Sample> samples) {
        this.server = server;
        int processors = Runtime.getRuntime().availableProcessors();
        int port = server.getAddress().getPort();
        Guard guard = new Guard(port);
        this.jobs = new Jobs(processors, WAITING);
        this.studio = new Studio(model, samples);
        int most = processors + WAITING + SPARE_THREADS;
        this.threads = new ThreadPoolExecutor(most, most, 10, TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(WAITING_REQUESTS), run -> {
            Thread thread = new Thread(run, "sectional-view");
            thread.setDaemon(true);
            return thread;
        });
        threads.allowCoreThreadTimeOut(true);
        this.address = URI.create("http://127.0.0.1:" + port + "/" + guard.token() + "/");
        server.setExecutor(threads);
        server.createContext("/", new Api(guard, studio, jobs));
    }

    private static void setDefault(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }

    /**
     * Starts to serve.
     *
     * @param port of the loopback interface; 0 for any free one
     * @throws InputException if the port is taken or not allowed
     */
    public static Viewer start(ViewedModel model, List<Sample> samples, int port) {
        try {
            InetSocketAddress local = new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port);
            Viewer viewer = new Viewer(HttpServer.create(local, BACKLOG), model, samples);
            viewer.server.start();
            return viewer;
        } catch (IOException | IllegalArgumentException e) {
            throw new InputException("cannot listen on 127.0.0.1:" + port + ": " + e.getMessage()
                    + "; choose another --port, or none for any free one", e);
        }
    }

    /** Returns the address of the page, with its token. */
    public URI address() {
        return address;
    }

    /**
     * Adds an image to the page, as if the user had dropped it there.
     *
     * @param name of the file, with the path by which a command finds it
     * @throws InputException if the content is no image
     */
    public void add(String name, byte[] content) {
        studio.add(name, content);
    }

    /** Returns the number of calculations that run now. */
    int running() {
        return jobs.running();
    }

    /** Stops to serve, cancels what is calculated and waits until the network is no longer used. */
    @Override
    public void close() {
        server.stop(0);
        jobs.close();
        threads.shutdownNow();
        try {
            jobs.awaitEnd(SECONDS_TO_END);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

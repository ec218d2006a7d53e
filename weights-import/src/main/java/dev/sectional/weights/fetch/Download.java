package dev.sectional.weights.fetch;

import dev.sectional.core.InputException;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;

/**
 * Brings a file here over HTTP. It goes to {@code NAME.part} and gets its name once its SHA-256 is right; a part that
 * is left over is resumed. User info and query of an address appear in no message. Proxies are those of the JDK's
 * settings ({@code https.proxyHost} and so on). The server is trusted with nothing: neither that it goes on sending,
 * nor lengths, nor ranges, nor where it sends us.
 */
public final class Download {
    private static final int MOST_REDIRECTS = 10;
    private static final long LARGEST = 16L << 30;
    private static final int BUFFER = 1 << 16;
    /** Fewer bytes than this within the patience count as none. */
    private static final int TRICKLE = 1 << 12;
    private static final int MOST_REQUESTS = 1000;

    private final URI address;
    private final String shown;
    private final Path file;
    private final Path part;
    private final PublishedModel model;
    private final Duration patience;
    private final int attempts;
    private final Progress progress;

    /** Is told from time to time how far a download is. */
    public interface Progress {
        /** @param total -1 if the server does not say */
        void at(long bytes, long total);
    }

    /** The server's answer cannot be used, now or ever. */
    private static final class Refused extends IOException {
        private static final long serialVersionUID = 1L;

        Refused(String why) {
            super(why);
        }
    }

    private Download(PublishedModel model, URI address, Path file, Duration patience, int attempts, Progress progress) {
        this.model = model;
        this.address = address;
        this.shown = shown(address);
        this.file = file;
        this.part = file.resolveSibling(file.getFileName() + ".part");
        this.patience = patience;
        this.attempts = attempts;
        this.progress = progress;
    }

    /**
     * Brings a file here, unless it is here already.
     *
     * @param address where from, HTTP or HTTPS
     * @param file where to; its folder is made if it is not there
     * @param patience how long the server may be silent
     * @param attempts how often in a row the server may fail before anything arrives
     * @return the file's SHA-256 in hexadecimal
     * @throws InputException if it cannot be had, or is not what it should be
     */
    public static String fetch(PublishedModel model, URI address, Path file, Duration patience, int attempts,
            Progress progress) {
        return new Download(model, address, file.toAbsolutePath(), patience, attempts, progress).run();
    }

    /** Returns an address without user info, query and fragment, which may hold secrets, for messages and metadata. */
    public static String shown(URI address) {
        if (address.getHost() == null) {
            return address.getScheme() + "://...";
        }
        String port = address.getPort() < 0 ? "" : ":" + address.getPort();
        return address.getScheme() + "://" + address.getHost() + port
                + (address.getRawPath() == null ? "" : address.getRawPath());
    }

    private String run() {
        requireWeb(address);
        try {
            Files.createDirectories(file.getParent());
            if (Files.isRegularFile(file)) {
                String digest = digest(file);
                if (model.matches(digest)) {
                    return digest;
                }
            }
            String digest;
            try (FileChannel out = FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                requireAlone(out);
                digest = whole(out);
            }
            Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            return digest;
        } catch (IOException e) {
            throw new InputException(file + ": cannot be written (" + e.getMessage()
                    + "); make room, or name another folder", e);
        } finally {
            deleteEmptyPart();
        }
    }

    /** Leaves no part behind of which nothing arrived; one that another process is filling has bytes. */
    private void deleteEmptyPart() {
        try {
            if (Files.exists(part) && Files.size(part) == 0) {
                Files.delete(part);
            }
        } catch (IOException e) {
            // An empty file does no harm.
        }
    }

    /** The lock goes when the file is closed. */
    private void requireAlone(FileChannel out) throws IOException {
        try {
            if (out.tryLock() != null) {
                return;
            }
        } catch (OverlappingFileLockException sameProcess) {
            // said below
        }
        throw new InputException(part + ": another download is writing it; wait for its end");
    }

    /** Fills the part until it is whole, and checks it. */
    private String whole(FileChannel out) throws IOException {
        if (model.sha256().isEmpty()) {
            out.truncate(0);   // nothing would tell that what is left over is of another file
        }
        boolean resumed = out.size() > 0;
        receiveAll(out);
        String digest = digest(part);
        if (!model.matches(digest) && resumed) {   // what was left over may have been of another file
            out.truncate(0);
            receiveAll(out);
            digest = digest(part);
        }
        if (!model.matches(digest)) {
            out.truncate(0);
            throw new InputException(shown + ": what came has SHA-256 " + digest + ", wanted " + model.sha256()
                    + "...; it was thrown away. Try again, or give another address by --from");
        }
        out.force(true);
        return digest;
    }

    private void receiveAll(FileChannel out) throws IOException {
        int failures = 0;
        int restarts = 0;
        for (int requests = 1; ; requests++) {
            long before = out.size();
            try {
                if (receive(out)) {
                    return;
                }
                restarts += out.size() < before ? 1 : 0;
                if (restarts >= attempts || requests >= MOST_REQUESTS) {
                    throw new Refused("sends other parts of the file than it is asked for, or breaks off each time, "
                            + requests + " requests in all");
                }
                failures = out.size() - before >= TRICKLE ? 0 : failures + 1;
            } catch (Refused e) {
                throw new InputException(shown + ": " + e.getMessage()
                        + "; check the address, or give another by --from", e);
            } catch (LocalFailure e) {
                throw (IOException) e.getCause();
            } catch (IOException e) {
                failures = out.size() - before >= TRICKLE ? 0 : failures + 1;
                if (failures >= attempts) {
                    throw new InputException(shown + ": cannot be fetched (" + reason(e) + "), tried " + failures
                            + " times; "
                            + (out.size() > 0 ? out.size() + " bytes are kept, the next fetch goes on with them"
                                    : "check the network and the proxy"), e);
                }
            }
            if (failures >= attempts) {
                throw new InputException(shown + ": the server ends each time before anything comes, " + failures
                        + " times; try again later, or give another address by --from");
            }
            pause(failures);
        }
    }

    /** One request from where the part ends; false if it has to be asked for anew. */
    private boolean receive(FileChannel out) throws IOException {
        long have = out.size();
        HttpURLConnection answer = open(address, have, 0);
        try {
            int status = answer.getResponseCode();
            if (status == 416) {   // the part is the whole, or more than it
                boolean complete = answer.getHeaderField("Content-Range") != null
                        && answer.getHeaderField("Content-Range").trim().equals("bytes */" + have);
                if (!complete) {
                    out.truncate(0);
                }
                return complete && have > 0;
            }
            if (status == 206 && !begins(answer, have)) {
                out.truncate(0);
                return false;
            }
            if (status == 200) {
                have = 0;
                out.truncate(0);
            }
            long length = answer.getContentLengthLong();
            requireRoom(have, length);
            out.position(have);
            long received = copy(answer.getInputStream(), out, have, length < 0 ? -1 : have + length);
            return length < 0 || received == length;
        } finally {
            answer.disconnect();
        }
    }

    private HttpURLConnection open(URI from, long have, int redirects) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) from.toURL().openConnection();
        connection.setConnectTimeout((int) patience.toMillis());
        connection.setReadTimeout((int) patience.toMillis());
        connection.setInstanceFollowRedirects(false);   // the JDK's own does not change from http to https
        connection.setUseCaches(false);
        connection.setRequestProperty("Accept-Encoding", "identity");
        connection.setRequestProperty("User-Agent", "sectional");
        if (have > 0) {
            connection.setRequestProperty("Range", "bytes=" + have + "-");
        }
        int status = connection.getResponseCode();
        if (status == 200 || status == 206 || status == 416 && have > 0) {
            return connection;
        }
        String location = connection.getHeaderField("Location");
        connection.disconnect();
        if (status >= 300 && status < 400 && location != null) {
            if (redirects == MOST_REDIRECTS) {
                throw new Refused("sends us on more than " + MOST_REDIRECTS + " times");
            }
            return open(target(from, location), have, redirects + 1);
        }
        if (status >= 500 || status == 408 || status == 429) {
            throw new IOException("the server answers " + status);
        }
        throw new Refused("the server answers " + status + (status == 404 ? ", there is no such file" : ""));
    }

    private static URI target(URI from, String location) throws Refused {
        try {
            URI to = from.resolve(new URI(location));
            boolean web = "http".equalsIgnoreCase(to.getScheme()) || "https".equalsIgnoreCase(to.getScheme());
            if (web && to.getHost() != null && !("https".equalsIgnoreCase(from.getScheme())
                    && "http".equalsIgnoreCase(to.getScheme()))) {
                return to;
            }
        } catch (URISyntaxException e) {
            // said below
        }
        throw new Refused("sends us on to "
                + location.replaceAll("\\p{Cntrl}", " ").replaceAll("[?#].*|//[^/]*@", "...") + ", where we do not go");
    }

    /** Whether an answer begins at the byte that was asked for. */
    private static boolean begins(HttpURLConnection answer, long at) {
        String range = answer.getHeaderField("Content-Range");
        return range != null && range.trim().startsWith("bytes " + at + "-");
    }

    private void requireRoom(long have, long length) throws IOException {
        if (length > LARGEST || have > LARGEST) {
            throw new Refused("claims to have " + length + " bytes, more than any weights");
        }
        long room = Files.getFileStore(part).getUsableSpace();
        if (length > room) {
            throw new InputException(file + ": " + (length >> 20) + " MB are needed and " + (room >> 20)
                    + " MB are free; make room, or name another folder");
        }
    }

    private long copy(InputStream in, FileChannel out, long have, long total) throws IOException {
        byte[] buffer = new byte[BUFFER];
        long received = 0;
        long since = System.nanoTime();
        long then = 0;
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
            if (total >= 0) {   // the JDK hands on what follows the end
                count = (int) Math.min(count, total - have - received);
            }
            received += count;
            if (have + received > LARGEST) {
                throw new Refused("sends more than any weights have");
            }
            ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, count);
            while (bytes.hasRemaining()) {
                write(out, bytes);
            }
            progress.at(have + received, total);
            if (have + received == total) {
                break;
            }
            if (System.nanoTime() - since > patience.toNanos()) {
                if (received - then < TRICKLE) {
                    throw new IOException("the server sends next to nothing");
                }
                since = System.nanoTime();
                then = received;
            }
        }
        return received;
    }

    /** A full disk is no fault of the server's. */
    private static final class LocalFailure extends IOException {
        private static final long serialVersionUID = 1L;

        LocalFailure(IOException cause) {
            super(cause);
        }
    }

    private static void write(FileChannel out, ByteBuffer bytes) throws LocalFailure {
        try {
            out.write(bytes);
        } catch (IOException e) {
            throw new LocalFailure(e);
        }
    }

    private void pause(int failures) {
        try {
            Thread.sleep(Math.min(patience.toMillis(), failures == 0 ? 0 : 250L << Math.min(failures, 6)));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InputException(shown
                    + ": the download was interrupted; the next fetch goes on with what is here", e);
        }
    }

    private static String digest(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            byte[] buffer = new byte[BUFFER];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                sha256.update(buffer, 0, count);
            }
            return HexFormat.of().formatHex(sha256.digest());
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);   // every JDK has it
        }
    }

    private static void requireWeb(URI address) {
        if (!"http".equalsIgnoreCase(address.getScheme()) && !"https".equalsIgnoreCase(address.getScheme())
                || address.getHost() == null) {
            throw new InputException("--from " + shown(address)
                    + ": is no address of the web; give one that begins with https://");
        }
    }

    private static String reason(IOException e) {
        String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        return e instanceof UnknownHostException ? "there is no host " + message
                : e instanceof SocketTimeoutException ? "the server is silent" : message.replaceAll("\\s+", " ");
    }
}

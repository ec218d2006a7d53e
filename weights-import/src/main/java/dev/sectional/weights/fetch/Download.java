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
 * Downloads a file over HTTP or HTTPS. The bytes go to {@code NAME.part}, which is renamed after its SHA-256 was found
 * right; a part of an earlier download is resumed. User info and query of an address appear in no message. Proxies are
 * those of the JDK's settings, such as {@code https.proxyHost}. Nothing that the server states is trusted: time limits
 * end a server that stops sending, and lengths, ranges and redirects are checked.
 */
public final class Download {
    private static final int MOST_REDIRECTS = 10;
    private static final long LARGEST = 16L << 30;
    private static final int BUFFER = 1 << 16;
    /** A server that sends fewer bytes than this within the time limit counts as silent. */
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

    /** Receives the progress of a download, after every buffer. */
    public interface Progress {
        /**
         * Receives the state of the download.
         *
         * @param bytes received so far, resumed ones included
         * @param total size of the file in bytes; -1 if the server does not state it
         */
        void at(long bytes, long total);
    }

    /** An answer that a further attempt would not improve. */
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
     * Downloads a file, unless a file of that name with the right SHA-256 exists.
     *
     * @param model what is published
     * @param address of the file, HTTP or HTTPS
     * @param file to write; its folder is created if necessary
     * @param patience how long the server may send nothing
     * @param attempts how many requests in a row may fail without progress; at least 1
     * @param progress receives the number of bytes so far
     * @return the file's SHA-256 in hexadecimal
     * @throws InputException if the server does not deliver the file, its SHA-256 is another, or it cannot be written
     */
    public static String fetch(PublishedModel model, URI address, Path file, Duration patience, int attempts,
            Progress progress) {
        return new Download(model, address, file.toAbsolutePath(), patience, attempts, progress).run();
    }

    /**
     * {@return an address without user info, query and fragment, which may hold secrets, for messages and metadata}
     *
     * @param address of a download
     */
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
        Path existing = file.getParent();
        while (!Files.exists(existing) && existing.getParent() != null) {
            existing = existing.getParent();
        }
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
            deleteIfEmpty(part);
            for (Path folder = file.getParent(); !folder.equals(existing) && deleteIfEmpty(folder);) {
                folder = folder.getParent();
            }
        }
    }

    /** Deletes a part or a folder if it is empty. A part that another process is filling has bytes. */
    private static boolean deleteIfEmpty(Path each) {
        try {
            return (Files.isDirectory(each) || Files.exists(each) && Files.size(each) == 0)
                    && Files.deleteIfExists(each);
        } catch (IOException e) {
            return false;   // a folder that holds something, or an empty part, which disturbs nobody
        }
    }

    /** Locks the part, until it is closed, against other downloads of the same file. */
    private void requireAlone(FileChannel out) throws IOException {
        try {
            if (out.tryLock() != null) {
                return;
            }
        } catch (OverlappingFileLockException sameProcess) {
            // The message below covers it.
        }
        throw new InputException(part + ": another download is writing it; wait until it has ended");
    }

    /** Receives what the part lacks, checks it, and returns its SHA-256. */
    private String whole(FileChannel out) throws IOException {
        if (model.sha256().isEmpty()) {
            out.truncate(0);   // without a checksum, bytes of another file would go unnoticed
        }
        boolean resumed = out.size() > 0;
        receiveAll(out);
        String digest = digest(part);
        if (!model.matches(digest) && resumed) {   // the earlier part may have been of another file
            out.truncate(0);
            receiveAll(out);
            digest = digest(part);
        }
        if (!model.matches(digest)) {
            out.truncate(0);
            throw new InputException(shown + ": the file received has SHA-256 " + digest + ", wanted " + model.sha256()
                    + "...; it was deleted. Try again, or give another address with --from");
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
                    throw new Refused("sends other parts of the file than requested, or ends each answer early, in "
                            + requests + " requests");
                }
                failures = out.size() - before >= TRICKLE ? 0 : failures + 1;
            } catch (Refused e) {
                throw new InputException(shown + ": " + e.getMessage()
                        + "; check the address, or give another with --from", e);
            } catch (LocalFailure e) {
                throw (IOException) e.getCause();
            } catch (IOException e) {
                failures = out.size() - before >= TRICKLE ? 0 : failures + 1;
                if (failures >= attempts) {
                    throw new InputException(shown + ": cannot be downloaded (" + reason(e) + ") in " + failures
                            + " attempts; "
                            + (out.size() > 0 ? out.size() + " bytes are kept, and the next fetch resumes from them"
                                    : "check the network and the proxy"), e);
                }
            }
            if (failures >= attempts) {
                throw new InputException(shown + ": the server ended " + failures + " answers before it sent anything;"
                        + " try again later, or give another address with --from");
            }
            pause(failures);
        }
    }

    /** Requests the file from the end of the part on; returns false if another request is necessary. */
    private boolean receive(FileChannel out) throws IOException {
        long have = out.size();
        HttpURLConnection answer = open(address, have, 0);
        try {
            int status = answer.getResponseCode();
            if (status == 416) {   // nothing lies beyond the part: it is complete, or of a longer file
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
        connection.setInstanceFollowRedirects(false);   // the JDK does not follow from http to https
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
                throw new Refused("redirects more than " + MOST_REDIRECTS + " times");
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
            // The message below covers it.
        }
        throw new Refused("redirects to " + location.replaceAll("\\p{Cntrl}", " ").replaceAll("[?#].*|//[^/]*@", "...")
                + ", which is not followed: only HTTP and HTTPS are, and never from HTTPS to HTTP");
    }

    /** Returns whether an answer begins at the requested byte. */
    private static boolean begins(HttpURLConnection answer, long at) {
        String range = answer.getHeaderField("Content-Range");
        return range != null && range.trim().startsWith("bytes " + at + "-");
    }

    private void requireRoom(long have, long length) throws IOException {
        if (length > LARGEST || have > LARGEST) {
            throw new Refused("states a length of " + length + " bytes, more than the limit of " + (LARGEST >> 30)
                    + " GB");
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
            if (total >= 0) {   // the JDK also delivers bytes beyond the stated length
                count = (int) Math.min(count, total - have - received);
            }
            received += count;
            if (have + received > LARGEST) {
                throw new Refused("sends more than the limit of " + (LARGEST >> 30) + " GB");
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
                    throw new IOException("the server sends fewer than " + TRICKLE + " bytes in "
                            + patience.toSeconds() + " s");
                }
                since = System.nanoTime();
                then = received;
            }
        }
        return received;
    }

    /** A failure to write, such as a full disk: no further request is made. */
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
                    + ": the download was interrupted; the next fetch resumes it", e);
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
                    + ": is not a web address; give one that begins with https://");
        }
    }

    private static String reason(IOException e) {
        String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        return e instanceof UnknownHostException ? "there is no host " + message
                : e instanceof SocketTimeoutException ? "the server sends nothing" : message.replaceAll("\\s+", " ");
    }
}

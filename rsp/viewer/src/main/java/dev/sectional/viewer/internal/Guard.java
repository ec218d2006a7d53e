package dev.sectional.viewer.internal;

import com.sun.net.httpserver.Headers;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.Set;

/**
 * Decides whether a request comes from the page itself. The address holds a random token, which other users of the
 * machine and other sites do not know. The Host header must name this server, which defeats DNS rebinding, and a
 * request from another site is refused by its Origin and Sec-Fetch-Site headers.
 */
public final class Guard {
    private static final int TOKEN_BYTES = 24;
    private static final int FORBIDDEN = 403;
    private static final Set<String> OWN_SITES = Set.of("same-origin", "none");

    private final String token;
    private final Set<String> hosts;

    /**
     * Draws a token.
     *
     * @param port of the server on the loopback interface
     */
    public Guard(int port) {
        byte[] random = new byte[TOKEN_BYTES];
        new SecureRandom().nextBytes(random);
        this.token = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
        this.hosts = Set.of("127.0.0.1:" + port, "localhost:" + port);
    }

    /** Returns the first part of the path of every address: 32 characters. */
    public String token() {
        return token;
    }

    /**
     * Returns the path below the token.
     *
     * @return without its first slash; empty for the page itself
     * @throws Refusal with status 403 if the request is not from the page; the message does not repeat the token
     */
    public String path(URI address, Headers headers) {
        List<String> host = headers.getOrDefault("Host", List.of());
        if (host.size() != 1 || !hosts.contains(host.get(0))) {
            throw new Refusal(FORBIDDEN, "this server answers only under its own address");
        }
        for (String origin : headers.getOrDefault("Origin", List.of())) {
            if (!origin.equals("http://" + host.get(0))) {
                throw new Refusal(FORBIDDEN, "this server answers only its own page");
            }
        }
        for (String site : headers.getOrDefault("Sec-fetch-site", List.of())) {
            if (!OWN_SITES.contains(site)) {
                throw new Refusal(FORBIDDEN, "this server answers only its own page");
            }
        }
        String[] parts = String.valueOf(address.getRawPath()).split("/", 3);
        if (parts.length < 3 || !parts[0].isEmpty() || !isToken(parts[1])) {
            throw new Refusal(FORBIDDEN, "wrong token: open the address that 'sectional view' printed");
        }
        return parts[2];
    }

    /** Compares in a time that does not depend on the characters. */
    private boolean isToken(String text) {
        return MessageDigest.isEqual(text.getBytes(StandardCharsets.UTF_8), token.getBytes(StandardCharsets.UTF_8));
    }
}

package dev.sectional.viewer.internal;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import dev.sectional.core.internal.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** One request and its reply. For one thread. */
public final class Call {
    private static final int WRONG = 400;
    private static final int TOO_LARGE = 413;
    /** Forbids every source but the page's own files; the photos and maps are drawn from memory. */
    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:"
            + " data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    private static final int LARGEST_JSON = 1 << 20;

    private final HttpExchange exchange;
    private final String path;

    /** @param path below the token */
    public Call(HttpExchange exchange, String path) {
        this.exchange = exchange;
        this.path = path;
    }

    /** Returns the path below the token. */
    public String path() {
        return path;
    }

    /** Returns the HTTP method; GET for HEAD, whose reply lacks the body alone. */
    public String verb() {
        return isHead() ? "GET" : exchange.getRequestMethod();
    }

    private boolean isHead() {
        return exchange.getRequestMethod().equals("HEAD");
    }

    /**
     * Returns a parameter of the query.
     *
     * @throws Refusal with status 400 if it is missing or malformed
     */
    public String parameter(String name) {
        String query = exchange.getRequestURI().getRawQuery();
        for (String pair : query == null ? new String[0] : query.split("&")) {
            if (pair.startsWith(name + "=")) {
                return decoded(pair.substring(name.length() + 1));
            }
        }
        throw new Refusal(WRONG, "the parameter " + name + " is missing");
    }

    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new Refusal(WRONG, "malformed text: " + e.getMessage());
        }
    }

    /** Returns a header in percent-encoded UTF-8, decoded; the default if it is missing. */
    public String header(String name, String otherwise) {
        String value = exchange.getRequestHeaders().getFirst(name);
        return value == null ? otherwise : decoded(value.replace("+", "%2B"));
    }

    /**
     * Returns the body.
     *
     * @throws Refusal with status 413 if it is longer than the limit: at once if its length is announced
     */
    public byte[] body(int limit) throws IOException {
        String length = exchange.getRequestHeaders().getFirst("Content-length");
        if (length != null && Long.parseLong(length.strip()) > limit) {
            throw tooLarge(limit);
        }
        InputStream in = exchange.getRequestBody();
        byte[] body = in.readNBytes(limit);
        if (body.length == limit && in.read() >= 0) {
            throw tooLarge(limit);
        }
        return body;
    }

    private static Refusal tooLarge(int limit) {
        return new Refusal(TOO_LARGE, "the file is larger than " + (limit >> 20) + " MB");
    }

    /**
     * Returns the body as a JSON object.
     *
     * @throws Refusal with status 400 if it is none
     */
    public Map<String, Object> json() throws IOException {
        try {
            return Json.object(new String(body(LARGEST_JSON), StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            throw new Refusal(WRONG, "the request is not JSON as expected: " + e.getMessage());
        }
    }

    /** Returns a text of a JSON object. */
    public static String text(Map<String, Object> json, String name) {
        if (json.get(name) instanceof String text) {
            return text;
        }
        throw new Refusal(WRONG, "the text '" + name + "' is missing");
    }

    /** Returns whole numbers of a JSON object. */
    public static List<Integer> numbers(Map<String, Object> json, String name) {
        if (json.get(name) instanceof List<?> list && list.stream().allMatch(each -> each instanceof Long number
                && number == number.intValue())) {
            return list.stream().map(each -> ((Long) each).intValue()).toList();
        }
        throw new Refusal(WRONG, "the whole numbers '" + name + "' are missing");
    }

    /** Answers with a JSON object. */
    public void reply(Map<String, ?> json) throws IOException {
        reply(200, "application/json", JsonText.of(json).getBytes(StandardCharsets.UTF_8));
    }

    /** Answers with an error as JSON. */
    public void refuse(int status, String message) throws IOException {
        if (status == 429) {
            exchange.getResponseHeaders().set("Retry-After", "1");
        }
        reply(status, "application/json", JsonText.of(Map.of("error", message)).getBytes(StandardCharsets.UTF_8));
    }

    /** Answers with bytes of a type. */
    public void reply(int status, String type, byte[] content) throws IOException {
        Headers headers = exchange.getResponseHeaders();
        headers.set("Content-Type", type);
        headers.set("Content-Security-Policy", POLICY);
        headers.set("X-Content-Type-Options", "nosniff");
        headers.set("Referrer-Policy", "no-referrer");
        headers.set("Cross-Origin-Opener-Policy", "same-origin");
        headers.set("Cross-Origin-Resource-Policy", "same-origin");
        headers.set("Cache-Control", "no-store");
        boolean empty = content.length == 0 || isHead();
        if (isHead()) {
            headers.set("Content-Length", String.valueOf(content.length));   // The server warns of one given to it.
        }
        exchange.sendResponseHeaders(status, empty ? -1 : content.length);
        if (!empty) {
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(content);
            }
        }
    }
}

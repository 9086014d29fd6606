package org.lares.shell.client;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Tells when the window of the terminal on standard input has another size (SIGWINCH). {@code sun.misc.Signal} is the
 * only way to hear of a signal; it is reached by name, as a JVM without it serves as well, at the size of the start.
 */
final class Window {
    private static final long LONGEST_SECONDS = 5;

    private Window() {}

    /** @param resized called with columns and rows, on a thread of the JVM's, one at a time */
    static void watch(Consumer<List<Long>> resized) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object lock = new Object();
            Object onWinch = Proxy.newProxyInstance(
                    Window.class.getClassLoader(),
                    new Class<?>[] {handler},
                    (proxy, method, args) -> switch (method.getName()) {
                        case "handle" -> {
                            synchronized (lock) {
                                tell(resized);
                            }
                            yield null;
                        }
                        case "equals" -> proxy == args[0];
                        case "hashCode" -> System.identityHashCode(proxy);
                        default -> "on SIGWINCH";
                    });
            signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance("WINCH"), onWinch);
        } catch (ReflectiveOperationException e) {
            // Not this JVM: the window keeps its size for the container.
            return;
        }
    }

    private static void tell(Consumer<List<Long>> resized) {
        try {
            Process stty = new ProcessBuilder("stty", "size")
                    .redirectInput(ProcessBuilder.Redirect.INHERIT)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String[] words = new String(stty.getInputStream().readNBytes(100), StandardCharsets.US_ASCII)
                    .strip()
                    .split(" ", -1);
            if (!stty.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS)) {
                stty.destroyForcibly();
            }
            if (words.length == 2) {
                resized.accept(List.of(Long.valueOf(words[1]), Long.valueOf(words[0])));
            }
        } catch (IOException | NumberFormatException e) {
            // There is no stty, or the terminal has gone: then its size is of no use either.
            return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

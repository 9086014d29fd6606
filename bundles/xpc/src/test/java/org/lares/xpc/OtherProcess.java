package org.lares.xpc;

import java.io.IOException;
import java.io.OutputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A client or a door in a JVM of its own. A client runs on this module's classes alone, without JNA and without
 * {@code --add-opens}, as a command line does.
 */
final class OtherProcess {

    private OtherProcess() {}

    /** What the child does: {@code <socket> hello|half|door}; prints one line. */
    public static void main(String[] args) throws IOException {
        Path socket = Path.of(args[0]);
        if (args[1].equals("hello")) {
            try (Connection connection = Client.connect(socket, "echo")) {
                connection.send("hello");
                System.out.println(connection.receive());
            } catch (IOException e) {
                System.out.println(e.getMessage());
            }
            return;
        }
        if (args[1].equals("door")) {
            Door.open(socket, false, DoorTest.one("echo", connection -> connection.send(connection.receive())));
            System.out.println("open");
            System.in.transferTo(OutputStream.nullOutputStream());
            return;
        }
        try (SocketChannel raw = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            raw.write(new Hello(Hello.VERSION, "echo").encode());
            FrameReader reader = new FrameReader(Hello.LARGEST);
            while (reader.next().isEmpty()) {
                SocketConnection.read(raw, reader);
            }
            raw.write(ByteBuffer.allocate(1000).putInt(500_000).put((byte) 4).rewind());
            System.out.println("half a message is sent");
            System.in.transferTo(OutputStream.nullOutputStream());
        }
    }

    static Process client(Path classes, List<String> prefix, Path socket, String mode) throws IOException {
        return start(prefix, List.of("-cp", classes.toString()), socket, mode);
    }

    static final String OPENS = "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED";

    static String ourClassPath() {
        return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    }

    static Process door(List<String> prefix, Path socket, String... options) throws IOException {
        return start(prefix, List.of(options), socket, "door");
    }

    private static Process start(List<String> prefix, List<String> options, Path socket, String mode)
            throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-XX:TieredStopAtLevel=1");
        command.addAll(options);
        command.addAll(List.of(OtherProcess.class.getName(), socket.toString(), mode));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    static String line(Process process) throws IOException {
        return process.inputReader(StandardCharsets.UTF_8).readLine();
    }

    /** The classes, where any user can read them. */
    static void copyClasses(Path folder) throws IOException {
        open(folder);
        for (String origin : List.of("target/classes", "target/test-classes")) {
            Path from = Path.of(origin).toAbsolutePath();
            List<Path> all;
            try (Stream<Path> walk = Files.walk(from)) {
                all = walk.toList();
            }
            for (Path each : all) {
                Path to = folder.resolve(from.relativize(each).toString());
                if (Files.isDirectory(each)) {
                    Files.createDirectories(to);
                    open(to);
                } else {
                    Files.copy(each, to, StandardCopyOption.REPLACE_EXISTING);
                    Files.setPosixFilePermissions(to, PosixFilePermissions.fromString("rw-r--r--"));
                }
            }
        }
    }

    static void open(Path folder) throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}

package org.lares.sandbox.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.lares.xpc.Client;
import org.lares.xpc.Connection;
import org.lares.xpc.cbor.Cbor;
import org.lares.xpc.host.FromContainer;
import org.lares.xpc.host.FromContainer.CheckedIn;
import org.lares.xpc.host.FromContainer.Configured;
import org.lares.xpc.host.FromContainer.Go;
import org.lares.xpc.host.FromContainer.Refused;
import org.lares.xpc.host.FromContainer.Stop;
import org.lares.xpc.host.FromHost;
import org.lares.xpc.host.FromHost.CheckIn;
import org.lares.xpc.host.FromHost.Kept;
import org.lares.xpc.host.FromHost.Last;
import org.lares.xpc.host.FromHost.Note;
import org.lares.xpc.host.FromHost.Ready;
import org.lares.xpc.host.FromHost.Wanted;
import org.lares.xpc.host.Order;

/** Speaks as a host does, and behaves as the system property {@code mode} says. Its main is started by a runner. */
final class FakeHost {
    private final Order order;
    private final String mode = System.getProperty("mode");
    private byte[] ticket;
    private Optional<String> run;
    private Connection line;

    private FakeHost(Order order) {
        this.order = order;
        this.ticket = order.ticket();
        this.run = order.run();
    }

    public static void main(String[] arguments) throws Exception {
        FakeHost host = new FakeHost(Order.decode(System.in.readAllBytes()));
        System.out.println("mode " + host.mode);
        host.run();
    }

    private void run() throws Exception {
        switch (mode) {
            case "silent" -> Thread.currentThread().join();
            case "patient" -> {
                Files.writeString(
                        Path.of(System.getProperty("tell")), HexFormat.of().formatHex(ticket) + "\n");
                Files.readString(Path.of(System.getProperty("wait")));
            }
            case "forger" -> {
                connect(new byte[Tickets.BYTES]);
                System.out.println("forged: " + receive());
            }
            case "mortal" -> {
                if (run.isEmpty()) {
                    System.out.println("a spare cannot live");
                    Runtime.getRuntime().halt(9);
                }
            }
            default -> {}
        }
        talk();
        // A spare ends with its line.
        while (run.isPresent()) {
            // The container may be away; who has left it comes back.
            try {
                talk();
            } catch (IOException e) {
                Thread.sleep(20);
            }
        }
    }

    private void connect(byte[] proof) throws IOException {
        line = Client.connect(order.socket(), Order.ENDPOINT);
        say(new CheckIn(order.id(), proof, run));
    }

    private void say(FromHost message) throws IOException {
        line.send(message.message());
    }

    private FromContainer receive() throws IOException {
        return FromContainer.of(line.receive()).orElseThrow();
    }

    private void talk() throws Exception {
        connect(ticket);
        try {
            while (true) {
                FromContainer message = receive();
                if (message instanceof CheckedIn in) {
                    byte[] used = ticket;
                    ticket = in.ticket();
                    say(new Kept());
                    if (run.isEmpty()) {
                        say(new Ready());
                    }
                    if (mode.equals("repeater")) {
                        repeat(used);
                    }
                } else if (message instanceof Go go) {
                    run = Optional.of(go.run());
                    List<String> texts = new ArrayList<>();
                    go.configurations().forEach(it -> texts.add(it.pid() + it.properties()));
                    say(new Note("go " + go.run() + " " + texts));
                    work();
                } else if (message instanceof Configured changed) {
                    say(new Note("configured " + changed.configuration().pid()
                            + changed.configuration().properties()));
                } else if (message instanceof Refused refused) {
                    System.out.println("refused: " + refused.reason());
                } else if (message instanceof Stop) {
                    end(new Last("STOPPED", Optional.empty(), ""), 0);
                }
            }
        } catch (java.io.EOFException e) {
            line.close();
        }
    }

    private void repeat(byte[] used) throws IOException {
        Connection first = line;
        connect(used);
        String answer = receive().toString();
        line.close();
        line = first;
        say(new Note("repeated: " + answer));
    }

    private void work() throws Exception {
        switch (mode) {
            case "slow" -> {}
            case "hung" -> write(new Last("ACTIVATION_FAILED", Optional.empty(), "it hangs here"));
            case "babbler" -> {
                Files.writeString(order.folder().resolve(Order.LAST_FRAME), "nonsense");
                Runtime.getRuntime().halt(7);
            }
            case "exit" -> end(new Last("EXIT_CALLED", Optional.empty(), "a stack"), 3);
            case "frameOnly" -> {
                write(new Last("UNCAUGHT", Optional.empty(), "java.lang.Error: oops"));
                Runtime.getRuntime().halt(5);
            }
            case "halt" -> Runtime.getRuntime().halt(7);
            case "memory" -> {
                List<byte[]> all = new ArrayList<>();
                while (true) {
                    all.add(new byte[1 << 20]);
                }
            }
            case "segv" -> signal("SEGV");
            case "kill" -> signal("KILL");
            case "wants" -> {
                say(new Wanted(List.of("later")));
                say(new Ready());
            }
            default -> say(new Ready());
        }
    }

    private static void signal(String name) throws Exception {
        new ProcessBuilder(
                        "kill",
                        "-" + name,
                        Long.toString(ProcessHandle.current().pid()))
                .start();
        Thread.currentThread().join();
    }

    private void write(Last last) throws IOException {
        Files.write(order.folder().resolve(Order.LAST_FRAME), Cbor.encode(last.message()));
    }

    private void end(Last last, int status) throws IOException {
        write(last);
        say(last);
        System.out.write("ended\n".getBytes(StandardCharsets.UTF_8));
        Runtime.getRuntime().halt(status);
    }
}

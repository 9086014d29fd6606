package org.lares.supervisor.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lares.job.Label;
import org.lares.supervisor.core.Memory;
import org.lares.xpc.cbor.Cbor;

/** Writes the store of format version 0 that is checked in as {@code version0.store}. The argument is the file. */
final class Version0 {

    /** What it says, in today's words. */
    static final Map<Label, Memory> MEMORIES = Map.of(
            Label.of("org.example.off"), memory(Optional.of(false), 0, false),
            Label.of("org.example.on"), memory(Optional.of(true), 2, true),
            Label.of("org.example.silent"), memory(Optional.empty(), 1, false));

    private Version0() {}

    private static Memory memory(Optional<Boolean> override, long runs, boolean started) {
        return new Memory(
                override,
                runs,
                0,
                started ? Optional.of(Samples.time(1)) : Optional.empty(),
                started ? Optional.of(Samples.time(1)) : Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Memory.Harm.NONE,
                Optional.empty());
    }

    public static void main(String[] args) throws IOException {
        Path file = Path.of(args[0]);
        Files.deleteIfExists(file);
        try (Segment segment = Segment.create(file, new Segment.Header(0, 1, 0x1234567890abcdefL, 1))) {
            segment.append(1, List.of(Records.encodeRuns(256), new Item(Item.Kind.SNAPSHOT_END, new byte[0])), false);
            Map<String, Object> time = Map.of(
                    "wall", Samples.time(1).wall(), "monotonic", Map.of("s", 1, "ns", 500_000_001), "bootId", "boot-1");
            segment.append(
                    2,
                    List.of(
                            save("org.example.off", Map.of("override", "disabled", "runs", 0, "successiveCrashes", 0)),
                            save(
                                    "org.example.on",
                                    Map.of(
                                            "override",
                                            "enabled",
                                            "runs",
                                            2,
                                            "successiveCrashes",
                                            0,
                                            "lastStart",
                                            time)),
                            save("org.example.silent", Map.of("runs", 1, "successiveCrashes", 0))),
                    false);
            segment.append(
                    3,
                    List.of(
                            Records.encode(new Write.Changed(Samples.entry(Samples.LABEL, 1))),
                            Records.encode(new Write.Ended(Samples.LABEL, Samples.run(1, "detail 1")))),
                    false);
        }
    }

    private static Item save(String label, Map<String, Object> memory) {
        return new Item(Item.Kind.SAVE, Cbor.encode(Map.of("label", label, "memory", memory)));
    }
}

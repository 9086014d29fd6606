package org.lares.supervisor.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lares.supervisor.store.Samples.LABEL;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.lares.job.RunEnd;
import org.lares.job.RunRecord;
import org.lares.job.StartReason;
import org.lares.xpc.cbor.Cbor;

class RecordsTest {
    private static final List<Write> WRITES = Samples.step(3);

    private static Map<Object, Object> fields(Item item) throws IOException {
        return new LinkedHashMap<>(Records.fields(item).map());
    }

    private static Item item(Item.Kind kind, Map<Object, Object> fields) {
        return new Item(kind, Cbor.encode(fields));
    }

    @Test
    void shouldPassOverUnknownFields() throws Exception {
        for (Write write : WRITES) {
            Item item = Records.encode(write);
            Map<Object, Object> fields = fields(item);
            fields.put("later", List.of(1L, "x"));
            assertEquals(write, Records.decode(item(item.kind(), fields)));
        }
    }

    @Test
    void shouldNameTheFieldThatIsMissingOrOfAnotherType() throws Exception {
        for (Write write : WRITES) {
            Item item = Records.encode(write);
            for (Object field : fields(item).keySet()) {
                if (field.equals("run")) {
                    continue;
                }
                Map<Object, Object> missing = fields(item);
                missing.remove(field);
                assertRefused(item(item.kind(), missing), field + " of a record is missing");
                Map<Object, Object> wrong = fields(item);
                wrong.put(field, 1.5);
                assertRefused(item(item.kind(), wrong), field + " of a record is not of type");
            }
        }
    }

    @Test
    void shouldRefuseValuesThatMeanNothing() throws Exception {
        Item entry = Records.encode(WRITES.get(0));
        for (Map.Entry<String, Object> wrong : Map.<String, Object>of(
                        "from", "SLEEPING", "run", 0L, "label", "../../etc/passwd")
                .entrySet()) {
            Map<Object, Object> fields = fields(entry);
            fields.put(wrong.getKey(), wrong.getValue());
            assertRefused(item(entry.kind(), fields), "");
        }
        assertRefused(new Item(Item.Kind.SAVE, new byte[] {1, 2, 3}), "");
        assertRefused(new Item(Item.Kind.SAVE, Cbor.encode("text")), "not a map");
    }

    private static void assertRefused(Item item, String reason) {
        IOException refused = assertThrows(IOException.class, () -> Records.decode(item));
        assertTrue(refused.getMessage().contains(reason), refused.getMessage());
    }

    @Test
    void shouldCutLongTextsAndSayIt() throws Exception {
        String cause = "x".repeat(100_000);
        Write write = new Write.Ended(
                LABEL,
                new RunRecord(
                        Samples.run(1, "").run(),
                        new StartReason(StartReason.Kind.DEMAND, cause),
                        Samples.WALL,
                        Samples.WALL,
                        RunEnd.of(RunEnd.Cause.THREW, cause),
                        Optional.empty(),
                        Optional.empty(),
                        OptionalLong.empty()));
        Write.Ended read = (Write.Ended) Records.decode(Records.encode(write));
        String detail = read.record().reason().detail();
        assertEquals(Records.TEXT_LIMIT, detail.length());
        assertTrue(detail.endsWith("(cut)"), detail.substring(4000));
        assertEquals(RunEnd.DETAIL_LIMIT, read.record().end().detail().length());
    }
}

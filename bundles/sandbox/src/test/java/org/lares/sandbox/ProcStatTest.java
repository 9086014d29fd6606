package org.lares.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.lares.xpc.posix.Epoll;
import org.lares.xpc.posix.Pidfd;
import org.lares.xpc.posix.Posix;
import org.lares.xpc.posix.Spawn;

class ProcStatTest {

    @Test
    void shouldReadANameWithParenthesesAndBlanks() {
        String text = "42 (a) b (c) S 1 40 39 0 -1 4194560 0 0 0 0 150 50 0 0 20 0 1 0 12345 0 0 18446744073709551615"
                + " 0 0 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 35072\n";
        assertEquals(
                new ProcStat(42, 'S', 1, 40, 39, 12345, Duration.ofSeconds(2), 137 << 8), ProcStat.parse(42, text));
    }

    @Test
    void shouldTellHowADeadProcessEndedThatNobodyWaitedFor() throws Exception {
        for (String script : List.of("exit 137", "kill -9 $$")) {
            try (Pidfd process = new Spawn("/bin/sh", List.of("sh", "-c", script), List.of()).start(0);
                    Epoll epoll = new Epoll()) {
                epoll.add(process, 1);
                assertEquals(1, epoll.await(-1).length);
                ProcStat stat = ProcStat.of(process.pid()).orElseThrow();
                assertTrue(stat.dead());
                assertTrue(stat.showsWaitStatus(Posix.uid()));
                assertEquals(script.startsWith("exit") ? 137 << 8 : 9, stat.waitStatus());
                assertTrue(process.reap().isPresent());
                assertEquals(Optional.empty(), ProcStat.of(process.pid()));
            }
        }
    }

    @Test
    void shouldNotTrustTheStatusOfAnothersProcess() {
        assertFalse(ProcStat.of(1).orElseThrow().showsWaitStatus(12345));
    }
}

package org.lares.host.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.TimeZone;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RunOutputTest {
    private final TimeZone zone = TimeZone.getDefault();

    @AfterEach
    void restore() {
        TimeZone.setDefault(zone);
    }

    @ParameterizedTest
    @ValueSource(strings = {"UTC", "Europe/Zurich", "America/St_Johns", "Asia/Kathmandu"})
    void shouldWriteTimesAsTheContainerDoes(String name) {
        TimeZone.setDefault(TimeZone.getTimeZone(name));
        for (String each : new String[] {
            "2026-11-23T02:03:04Z",
            "2026-07-01T00:00:00.001Z",
            "2026-01-31T23:59:59.010999Z",
            "2026-03-29T01:00:00.100Z",
            "2026-10-25T01:00:00.120Z",
            "2026-12-31T23:30:00.123Z"
        }) {
            Instant at = Instant.parse(each);
            StringBuilder written = new StringBuilder();
            RunOutput.time(written, at);
            assertEquals(
                    DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(
                            at.truncatedTo(ChronoUnit.MILLIS).atZone(ZoneId.systemDefault())),
                    written.toString());
        }
    }

    @Test
    void shouldRefuseALevelThatThereIsNot() {
        assertThrows(IllegalArgumentException.class, () -> RunOutput.threshold("loud"));
    }
}

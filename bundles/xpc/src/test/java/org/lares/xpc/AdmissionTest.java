package org.lares.xpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class AdmissionTest {
    private static final long SELF = 1000;

    @Test
    void shouldLetOneOtherUserHaveOnlyHisShare() {
        Admission admission = new Admission(SELF, true, Admission.VISITS);
        assertEquals(Admission.VISITS.each(), fill(admission, 2000));
        assertEquals(1, fill(admission, 2001, 1));
        admission.leave(2000);
        assertEquals(1, fill(admission, 2000));
    }

    @Test
    void shouldKeepPlacesForOursAndRoot() {
        Admission admission = new Admission(SELF, true, Admission.VISITS);
        int others = 0;
        for (long uid = 2000; uid < 2100; uid++) {
            others += fill(admission, uid);
        }
        assertEquals(Admission.VISITS.foreign(), others);
        assertEquals(8, fill(admission, 0, 8));
        assertEquals(8, fill(admission, SELF));
    }

    @Test
    void shouldLetOursHaveAll() {
        Admission admission = new Admission(SELF, true, Admission.VISITS);
        assertEquals(Admission.VISITS.all(), fill(admission, SELF));
        assertTrue(admission.enter(0).isPresent());
        admission.leave(SELF);
        assertEquals(Optional.empty(), admission.enter(0));
    }

    @Test
    void shouldKeepOthersOutIfAskedTo() {
        Admission admission = new Admission(SELF, false, Admission.VISITS);
        assertEquals(0, fill(admission, 2000));
        assertEquals(1, fill(admission, SELF, 1));
        assertEquals(1, fill(admission, 0, 1));
    }

    private static int fill(Admission admission, long uid) {
        return fill(admission, uid, Integer.MAX_VALUE);
    }

    private static int fill(Admission admission, long uid, int most) {
        int entered = 0;
        while (entered < most && admission.enter(uid).isEmpty()) {
            entered++;
        }
        return entered;
    }
}

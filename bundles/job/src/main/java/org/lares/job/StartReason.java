package org.lares.job;

/**
 * Why a run was started; launchctl's {@code immediate reason} and the answer of {@code blame}.
 *
 * @param detail which key, event or caller; for people
 */
public record StartReason(Kind kind, String detail) {

    /** launchctl's words. */
    public enum Kind {
        /** RunAtLoad, KeepAlive. */
        SPECULATIVE("speculative"),
        /** kickstart. */
        DEMAND("non-ipc demand"),
        INTERVAL("interval"),
        /** A message or a connection waits. */
        IPC("ipc");

        private final String text;

        Kind(String text) {
            this.text = text;
        }

        public String text() {
            return text;
        }
    }

    @Override
    public String toString() {
        return detail.isEmpty() ? kind.text() : kind.text() + " (" + detail + ")";
    }
}

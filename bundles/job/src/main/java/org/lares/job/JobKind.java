package org.lares.job;

/** What a job is for; decides its domain and its defaults. */
public enum JobKind {
    /** Runs in the system domain, knows no users, only answers. */
    DAEMON("LaunchDaemon"),
    /** Runs in a user's domain, on behalf of that user. */
    AGENT("LaunchAgent"),
    /** Belongs to one application; isolated by default. */
    XPC_SERVICE("XPCService"),
    /** Started once at login, never restarted. */
    LOGIN_ITEM("LoginItem");

    private final String text;

    JobKind(String text) {
        this.text = text;
    }

    /** launchctl's word for it ({@code type = LaunchDaemon}). */
    public String text() {
        return text;
    }
}

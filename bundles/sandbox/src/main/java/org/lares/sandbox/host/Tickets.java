package org.lares.sandbox.host;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Optional;

/**
 * The tickets of one host, by their hashes: whoever reads these cannot check in.
 *
 * @param current good for the next check-in
 * @param next good too, while it is not known whether the host has got it
 */
record Tickets(byte[] current, Optional<byte[]> next) {
    static final int BYTES = 32;
    private static final SecureRandom RANDOM = new SecureRandom();

    static byte[] create() {
        byte[] ticket = new byte[BYTES];
        RANDOM.nextBytes(ticket);
        return ticket;
    }

    static Tickets first(byte[] ticket) {
        return new Tickets(hash(ticket), Optional.empty());
    }

    /** In constant time. */
    boolean admit(byte[] ticket) {
        byte[] hash = hash(ticket);
        boolean isCurrent = MessageDigest.isEqual(hash, current);
        boolean isNext = MessageDigest.isEqual(hash, next.orElse(new byte[BYTES]));
        return isCurrent | isNext;
    }

    /** @param used an admitted one, from now on the only one that is good beside the new one */
    Tickets rotate(byte[] used, byte[] created) {
        return new Tickets(hash(used), Optional.of(hash(created)));
    }

    /** The host has the next one: only that is good now. */
    Tickets kept() {
        return next.map(it -> new Tickets(it, Optional.empty())).orElse(this);
    }

    private static byte[] hash(byte[] ticket) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(ticket);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}

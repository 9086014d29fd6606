package org.lares.supervisor.core;

/** Names a request that waits for its {@link Effect.Answer}; unique within one life of the supervisor. */
public record RequestId(long value) {}

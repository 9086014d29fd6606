package org.lares.supervisor.core;

import java.util.List;

/** What a step decided: the job from now on, and what is to be done about it, in order. */
public record Decision(Job next, List<Effect> effects) {
    public Decision {
        effects = List.copyOf(effects);
    }
}

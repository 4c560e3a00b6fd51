package io.tenfold.job;

import java.util.List;

/** Fired inside a relay when the broker has these events and they are marked as published. One may come twice after a crash. */
public record EventsTold(List<EventOutbox.Waiting> events) {

    public EventsTold {
        events = List.copyOf(events);
    }
}

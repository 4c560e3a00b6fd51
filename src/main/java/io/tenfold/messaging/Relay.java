package io.tenfold.messaging;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.tenfold.job.EventOutbox;
import io.tenfold.job.EventOutbox.Waiting;
import io.tenfold.job.EventsTold;
import io.tenfold.job.EventsWait;
import io.tenfold.job.Role;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Event;
import jakarta.enterprise.event.Observes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Empties the outbox into the events topic: at once after a write in this process, else by looking. */
@ApplicationScoped
public class Relay {

    private static final Logger LOG = Logger.getLogger(Relay.class);

    /** After everybody who still writes events while the worker stops. */
    private static final int LAST = 5_000;

    private static final long SHORTEST_LOOK_MILLIS = 250;
    private static final long LONGEST_LOOK_MILLIS = 1_000;
    private static final long LONGEST_PAUSE_MILLIS = 10_000;
    private static final long STOP_MILLIS = 5_000;

    private final EventOutbox outbox;
    private final EventWriter writer;
    private final Event<EventsTold> eventsTold;
    private final boolean relay;
    private final Semaphore wake = new Semaphore(0);
    private volatile boolean stopping;
    private volatile @Nullable Thread thread;

    Relay(
            EventOutbox outbox,
            EventWriter writer,
            Event<EventsTold> eventsTold,
            @ConfigProperty(name = "tenfold.roles") Optional<List<Role>> roles) {
        this.eventsTold = eventsTold;
        this.outbox = outbox;
        this.writer = writer;
        this.relay = roles.orElse(List.of()).contains(Role.RELAY);
    }

    void start(@Observes StartupEvent event) {
        if (relay) {
            thread = Thread.ofPlatform().name("relay").daemon().start(this::loop);
        }
    }

    /** Whether this worker still does what its role asks: the thread that publishes is there. */
    boolean lives() {
        Thread loop = thread;
        return !relay || stopping || loop == null || loop.isAlive();
    }

    void eventsWait(@Observes EventsWait event) {
        if (wake.availablePermits() == 0) {
            wake.release();
        }
    }

    /** Publishes what was written until now, then stops. */
    void stop(@Observes @Priority(LAST) ShutdownEvent event) {
        stopping = true;
        wake.release();
        Thread running = thread;
        if (running != null) {
            try {
                running.join(STOP_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void loop() {
        long look = SHORTEST_LOOK_MILLIS;
        long pause = SHORTEST_LOOK_MILLIS;
        boolean last = false;
        while (!last) {
            last = stopping;
            try {
                int published = publishAll();
                look = published > 0 ? SHORTEST_LOOK_MILLIS : Math.min(2 * look, LONGEST_LOOK_MILLIS);
                pause = SHORTEST_LOOK_MILLIS;
                await(look);
            } catch (RuntimeException | Error e) {
                LOG.warnf("events wait in the outbox: %s", e);
                pauseFor(pause);
                pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS);
            }
        }
    }

    private int publishAll() {
        int all = 0;
        for (int published = 1; published > 0; all += published) {
            List<Waiting> told = new ArrayList<>();
            published = outbox.publish(stories -> {
                List<Integer> delivered = writer.deliver(stories);
                told.clear();
                for (int story = 0; story < stories.size(); story++) {
                    told.addAll(stories.get(story).subList(0, delivered.get(story)));
                }
                return delivered;
            });
            if (!told.isEmpty()) {
                eventsTold.fire(new EventsTold(told));
            }
        }
        return all;
    }

    private void await(long millis) {
        try {
            if (!stopping && wake.tryAcquire(millis, TimeUnit.MILLISECONDS)) {
                wake.drainPermits();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            stopping = true;
        }
    }

    /** Unlike a look, no new event cuts this short. */
    private void pauseFor(long millis) {
        long end = System.nanoTime() + millis * 1_000_000;
        while (!stopping && System.nanoTime() < end) {
            await(Math.max(1, (end - System.nanoTime()) / 1_000_000));
        }
    }
}

package dev.sectional.weights;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.jacoco.agent.rt.IAgent;
import org.jacoco.agent.rt.RT;
import org.jacoco.core.data.ExecutionDataReader;

/** The branches of the readers that were reached, as JaCoCo's agent counts them. */
final class FuzzCoverage {
    private final IAgent agent;
    private final Map<Long, boolean[]> reached = new HashMap<>();

    private FuzzCoverage(IAgent agent) {
        this.agent = agent;
    }

    /** Returns a counter; without the agent it reports nothing new. */
    static FuzzCoverage start() {
        try {
            return new FuzzCoverage(RT.getAgent());
        } catch (IllegalStateException notStarted) {
            return new FuzzCoverage(null);
        }
    }

    /** Returns whether a branch was reached since the last call that was not reached before. */
    boolean grew() throws IOException {
        if (agent == null) {
            return false;
        }
        ExecutionDataReader reader = new ExecutionDataReader(new ByteArrayInputStream(agent.getExecutionData(true)));
        boolean[] grew = {false};
        reader.setSessionInfoVisitor(session -> { });
        reader.setExecutionDataVisitor(data -> grew[0] |= add(data.getId(), data.getProbes()));
        reader.read();
        return grew[0];
    }

    private boolean add(long id, boolean[] probes) {
        boolean[] before = reached.computeIfAbsent(id, unknown -> new boolean[probes.length]);
        boolean grew = false;
        for (int i = 0; i < probes.length; i++) {
            grew |= probes[i] && !before[i];
            before[i] |= probes[i];
        }
        return grew;
    }

    /** Returns the number of branches that were reached so far. */
    long branches() {
        long count = 0;
        for (boolean[] probes : reached.values()) {
            for (boolean probe : probes) {
                count += probe ? 1 : 0;
            }
        }
        return count;
    }
}

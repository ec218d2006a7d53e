package dev.sectional.evaluation.run;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Numbers by name. Rows share their names, as a large dataset has millions of rows. */
final class NamedValues extends AbstractMap<String, Double> {
    private final Names names;
    private final double[] values;

    /** Names in their order, shared by rows. */
    static final class Names {
        private final List<String> list;
        private final Map<String, Integer> indices = new HashMap<>();

        Names(List<String> list) {
            this.list = List.copyOf(list);
            this.list.forEach(name -> indices.put(name, indices.size()));
        }

        List<String> list() {
            return list;
        }
    }

    NamedValues(Names names, double[] values) {
        this.names = names;
        this.values = Arrays.copyOf(values, names.list.size());
    }

    @Override
    public Double get(Object name) {
        Integer index = names.indices.get(name);
        return index == null ? null : values[index];
    }

    @Override
    public boolean containsKey(Object name) {
        return names.indices.containsKey(name);
    }

    @Override
    public Set<Entry<String, Double>> entrySet() {
        return new AbstractSet<>() {
            @Override
            public Iterator<Entry<String, Double>> iterator() {
                Iterator<String> keys = names.list.iterator();
                return new Iterator<>() {
                    private int at;

                    @Override
                    public boolean hasNext() {
                        return keys.hasNext();
                    }

                    @Override
                    public Entry<String, Double> next() {
                        return Map.entry(keys.next(), values[at++]);
                    }
                };
            }

            @Override
            public int size() {
                return names.list.size();
            }
        };
    }
}

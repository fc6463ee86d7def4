/**
 * What can be made different for a command. `time`: another date. `path`: another working directory. `order`: directories list
 * their names in another order. `cpus`: one processor instead of all. `locale`: another language and time zone.
 */
export type Variation = 'time' | 'path' | 'order' | 'cpus' | 'locale';

/** How a run can be unlike others on purpose. `still`: the clock does not move, and says the same in each such run. */
export type Circumstance = Variation | 'still';

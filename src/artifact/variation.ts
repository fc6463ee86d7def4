/**
 * What can be made different for a command. `time`: another date. `path`: another working directory. `order`: directories list
 * their names in another order. `cpus`: one processor instead of all. `locale`: another language and time zone.
 */
export type Variation = 'time' | 'path' | 'order' | 'cpus' | 'locale';

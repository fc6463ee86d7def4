export interface AptDifference {
  /** Names of packages that only tbuild, and that only apt would install. */
  readonly tbuild: readonly string[];
  readonly apt: readonly string[];
  readonly reason: string;
}

/** By what is asked for: where tbuild chooses other packages than apt, and why it should. */
export const APT_DIFFERENCES: Readonly<Record<string, AptDifference>> = {
  'homer-api': {
    tbuild: [
      'debianutils',
      'default-mysql-client',
      'homer-api-mysql',
      'kamailio-mysql-modules',
      'libconfig-inifiles-perl',
      'libdbd-mysql-perl',
      'libmariadb3',
      'libncurses6',
      'mariadb-client',
      'mariadb-client-core',
      'mariadb-common',
      'mysql-common',
      'php-mysql',
      'php8.2-mysql',
    ],
    apt: [
      'homer-api-postgresql',
      'kamailio-postgres-modules',
      'libdbd-pg-perl',
      'libpq5',
      'netbase',
      'php-pgsql',
      'php8.2-pgsql',
      'postgresql-client',
      'postgresql-client-15',
      'postgresql-client-common',
    ],
    reason:
      'homer-api-datastore is only a name, which homer-api-mysql and homer-api-postgresql provide, and nothing prefers one of them. ' +
      'apt takes the one that its cache happens to have first, which other packages of the archive decide; tbuild takes the ' +
      'first by name, so that the choice stays the same when the archive changes.',
  },
};

/** image.yaml of a corpus that is one directory of files. */
export function filesManifest(compression) {
  const chosen = compression === undefined ? '' : `compression: ${compression}\n`;
  return `version: 1
created: 0
platforms: [linux/amd64]
base: scratch
${chosen}layers:
  - name: all
    contents:
      - { files: ./root, to: /data }
`;
}

/** image.yaml of a corpus of Debian packages. */
export function packagesManifest(packages) {
  return `version: 1
created: 0
platforms: [linux/amd64]
base: scratch
layers:
  - name: packages
    contents:
      - debian:
          suite: bookworm
          recommends: false
          packages: [${packages.join(', ')}]
`;
}

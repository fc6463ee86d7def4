import type { SourceSpan } from '../errors/index.js';
import type { BuildManifest, ManifestPath, PlatformManifest } from '../manifest/index.js';

/** Settings of the plan that are values of their own in image.yaml → whether they are written there. */
function pathOf(field: string, { config, annotations }: PlatformManifest): ManifestPath | undefined {
  const dot = field.indexOf('.');
  const group = dot < 0 ? field : field.slice(0, dot);
  const name = dot < 0 ? '' : field.slice(dot + 1);
  switch (group) {
    case 'env':
    case 'labels':
      return Object.hasOwn(config[group], name) ? ['config', group, name] : undefined;
    case 'annotations':
      return Object.hasOwn(annotations, name) ? ['annotations', name] : undefined;
    case 'ports':
    case 'volumes':
      return config[group].includes(name) ? ['config', group, config[group].indexOf(name)] : undefined;
    case 'entrypoint':
    case 'cmd':
    case 'user':
    case 'workdir':
      return config[group] === undefined ? undefined : ['config', group];
    case 'stop-signal':
      return config.stopSignal === undefined ? undefined : ['config', group];
    case 'created':
    case 'compression':
      return [group];
    default:
      return undefined;
  }
}

/** Where image.yaml says the value of a setting (`env.PORT`); undefined where it does not. */
export function placeOfSetting(
  field: string,
  manifest: BuildManifest,
  platform: PlatformManifest,
): SourceSpan | undefined {
  const path = pathOf(field, platform);
  return path === undefined || !manifest.isWritten(path) ? undefined : manifest.spanOf(path);
}

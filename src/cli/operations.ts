import type { Host } from '../host/index.js';
import type { Json } from '../oci/index.js';
import type {
  ApplyRequest,
  ApplyResult,
  CacheGcRequest,
  CacheGcResult,
  CacheStatsResult,
  CacheVerifyResult,
  DocumentKind,
  FilesRequest,
  FilesResult,
  ImageRequest,
  InspectResult,
  OperationOptions,
  PlanRequest,
  VerifyRequest,
  VerifyResult,
} from '../operations/index.js';
import type { Plan } from '../plan/index.js';

/** The verbs, as the commands see them: what `operations/` exports, so that a command loads it only when it runs. */
export interface Operations {
  planImage(host: Host, request: PlanRequest): Promise<Plan>;
  applyImage(host: Host, request: ApplyRequest): Promise<ApplyResult>;
  verifyImage(host: Host, request: VerifyRequest): Promise<VerifyResult>;
  inspectImage(host: Host, request: ImageRequest): Promise<InspectResult>;
  listFiles(host: Host, request: FilesRequest): Promise<FilesResult>;
  cacheStatistics(host: Host, options: OperationOptions): Promise<CacheStatsResult>;
  cacheVerify(host: Host, options: OperationOptions): Promise<CacheVerifyResult>;
  cacheGc(host: Host, request: CacheGcRequest): Promise<CacheGcResult>;
  jsonSchema(kind: DocumentKind): Json;
}

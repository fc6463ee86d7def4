import type { Host } from '../host/index.js';
import type { Json } from '../oci/index.js';
import type {
  ApplyImagesRequest,
  ApplyPlanRequest,
  ApplySet,
  CacheGcRequest,
  CacheGcResult,
  CacheStatsResult,
  CacheVerifyResult,
  CopyRequest,
  CopyResult,
  DeleteRequest,
  DeleteResult,
  DiffRequest,
  DiffResult,
  DocumentKind,
  FilesRequest,
  FilesResult,
  ImportRequest,
  ImportResult,
  InspectRequest,
  InspectResult,
  LockRequest,
  LockResult,
  LoginRequest,
  LoginResult,
  LogoutRequest,
  LogoutResult,
  OperationOptions,
  PlanImagesRequest,
  PlanSet,
  RunRequest,
  RunResult,
  SyncRequest,
  SyncResult,
  TagsRequest,
  TagsResult,
  VerifyRecordRequest,
  VerifyRequest,
  VerifyResult,
} from '../operations/index.js';

/** The verbs, as the commands see them: what `operations/` exports, so that a command loads it only when it runs. */
export interface Operations {
  planImages(host: Host, request: PlanImagesRequest): Promise<PlanSet>;
  applyImages(host: Host, request: ApplyImagesRequest): Promise<ApplySet>;
  applyPlan(host: Host, request: ApplyPlanRequest): Promise<ApplySet>;
  lockImage(host: Host, request: LockRequest): Promise<LockResult>;
  importManifest(host: Host, request: ImportRequest): Promise<ImportResult>;
  verifyImage(host: Host, request: VerifyRequest): Promise<VerifyResult>;
  verifyRecord(host: Host, request: VerifyRecordRequest): Promise<VerifyResult>;
  diffImages(host: Host, request: DiffRequest): Promise<DiffResult>;
  runImage(host: Host, request: RunRequest): Promise<RunResult>;
  inspectImage(host: Host, request: InspectRequest): Promise<InspectResult>;
  listFiles(host: Host, request: FilesRequest): Promise<FilesResult>;
  copyImage(host: Host, request: CopyRequest): Promise<CopyResult>;
  syncImages(host: Host, request: SyncRequest): Promise<SyncResult>;
  listTags(host: Host, request: TagsRequest): Promise<TagsResult>;
  deleteImage(host: Host, request: DeleteRequest): Promise<DeleteResult>;
  cacheStatistics(host: Host, options: OperationOptions): Promise<CacheStatsResult>;
  cacheVerify(host: Host, options: OperationOptions): Promise<CacheVerifyResult>;
  cacheGc(host: Host, request: CacheGcRequest): Promise<CacheGcResult>;
  logIn(host: Host, request: LoginRequest): Promise<LoginResult>;
  logOut(host: Host, request: LogoutRequest): Promise<LogoutResult>;
  jsonSchema(kind: DocumentKind): Json;
}

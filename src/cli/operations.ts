import type { Host } from '../host/index.js';
import type { Json } from '../oci/index.js';
import type {
  ApplyRequest,
  ApplyResult,
  CacheGcRequest,
  CacheGcResult,
  CacheStatsResult,
  CacheVerifyResult,
  CopyRequest,
  CopyResult,
  DeleteRequest,
  DeleteResult,
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
  PlanRequest,
  SyncRequest,
  SyncResult,
  TagsRequest,
  TagsResult,
  VerifyRequest,
  VerifyResult,
} from '../operations/index.js';
import type { Plan } from '../plan/index.js';

/** The verbs, as the commands see them: what `operations/` exports, so that a command loads it only when it runs. */
export interface Operations {
  planImage(host: Host, request: PlanRequest): Promise<Plan>;
  applyImage(host: Host, request: ApplyRequest): Promise<ApplyResult>;
  lockImage(host: Host, request: LockRequest): Promise<LockResult>;
  importManifest(host: Host, request: ImportRequest): Promise<ImportResult>;
  verifyImage(host: Host, request: VerifyRequest): Promise<VerifyResult>;
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

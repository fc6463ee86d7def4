/** How a registry differs from others without breaking a rule, or breaking one that is often broken. */
export interface Quirks {
  /** Bytes of an upload whose connection was cut: kept; or the whole session is gone, as with docker-registry. */
  partialUploads: 'kept' | 'cancelled';
  /** Locations have another `_state` when bytes have come, and those before are refused with 404, as docker-registry does. */
  changingState: boolean;
  /** Where the Location of an upload leads: an origin is another server, which must have been opened by `openFront`. */
  uploadLocations: 'relative' | 'absolute' | `http://${string}` | `https://${string}`;
  /** The Range of an upload without bytes: `0-0` as docker-registry has it, or none. */
  emptyRange: '0-0' | 'none';
  /** In OCI-Chunk-Min-Length; after a smaller PATCH no other is accepted. */
  minChunkBytes: number | undefined;
  /** A request with a larger body is refused with 413 before it is read. */
  maxBodyBytes: number | undefined;
  /** False: a POST with the digest and the bytes of a blob only begins an upload, as docker-registry has it. */
  uploadByPost: boolean;
  patchStatus: 201 | 202;
  blobPutStatus: 201 | 204;
  /** `accepted`: 202, an upload instead; the others are errors. */
  mounts: 'created' | 'accepted' | 'unauthorised' | 'missing';
  /** False: HEAD is answered with 405. */
  heads: boolean;
  /** Docker-Content-Digest. */
  digestHeaders: 'right' | 'missing' | 'wrong';
  /** False: a request for a range is answered with everything and 200. */
  ranges: boolean;
  /** False: a Content-Range that does not continue the upload is accepted, as docker-registry does. */
  checksContentRange: boolean;
  /** `null`: a repository without tags has `"tags": null`, as docker-registry has. */
  noTags: 'null' | 'empty';
  /** Tags and referrers in one answer; undefined: all, and `n` is ignored. */
  pageSize: number | undefined;
  /** Of Link. */
  links: 'relative' | 'absolute' | `http://${string}` | `https://${string}`;
  /** `missing`: 404, and no OCI-Subject at PUT. */
  referrers: 'filtered' | 'unfiltered' | 'missing';
  /** What a PUT to a tag that is there is answered with. */
  immutableTags: 409 | 412 | undefined;
  deletes: boolean;
  /** False: only manifests can be deleted by their digest, as with docker-registry. */
  deletesTags: boolean;
  /** Writing is answered with 405, as a read-only docker-registry does. */
  readOnly: boolean;
  /** Origin of a front, to which every GET of a blob is redirected. */
  blobsAt: string | undefined;
  /** A manifest whose blobs are not all there is refused with 400 MANIFEST_BLOB_UNKNOWN. */
  checksBlobs: boolean;
  /** How an error names a digest: as docker-registry does, or as `{"digest": …}`. */
  details: 'text' | 'object';
  /** ETag at manifests, and If-Match is honoured. */
  etags: boolean;
}

export const plainQuirks: Readonly<Quirks> = {
  partialUploads: 'kept',
  changingState: true,
  uploadLocations: 'absolute',
  emptyRange: '0-0',
  minChunkBytes: undefined,
  maxBodyBytes: undefined,
  uploadByPost: true,
  patchStatus: 202,
  blobPutStatus: 201,
  mounts: 'created',
  heads: true,
  digestHeaders: 'right',
  ranges: true,
  checksContentRange: true,
  noTags: 'null',
  pageSize: 1000,
  links: 'relative',
  referrers: 'filtered',
  immutableTags: undefined,
  deletes: true,
  deletesTags: true,
  readOnly: false,
  blobsAt: undefined,
  checksBlobs: true,
  details: 'text',
  etags: false,
};

/** As docker-registry 2.8.2. */
export const distributionQuirks: Readonly<Partial<Quirks>> = {
  partialUploads: 'cancelled',
  uploadByPost: false,
  checksContentRange: false,
  pageSize: undefined,
  referrers: 'missing',
  deletesTags: false,
};

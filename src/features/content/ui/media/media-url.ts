/** Addresses of a file; images cannot send headers, so the organisation stands in the address. */
export function fileUrl(organizationId: string, assetId: string): string {
  return `/api/media/${assetId}/file?organizationId=${encodeURIComponent(organizationId)}`;
}

/** @param width pixels the preview should have at least. */
export function thumbUrl(organizationId: string, assetId: string, width: number): string {
  return `/api/media/${assetId}/thumb?organizationId=${encodeURIComponent(organizationId)}&w=${width}`;
}

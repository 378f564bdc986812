'use client';
import { createContext, useContext } from 'react';
import type { MediaAsset } from '../../media-schema';
import { fileUrl, thumbUrl } from './media-url';

type Addressed = Pick<MediaAsset, 'id' | 'organizationId'>;

/** Where pictures of the library are fetched: members by their session, others by what lets them in. */
export interface MediaAddress {
  file(asset: Addressed): string;
  /** @param width pixels the preview should have at least. */
  thumb(asset: Addressed, width: number): string;
}

export const MediaAddressContext = createContext<MediaAddress>({
  file: ({ organizationId, id }) => fileUrl(organizationId, id),
  thumb: ({ organizationId, id }, width) => thumbUrl(organizationId, id, width),
});

export const useMediaAddress = (): MediaAddress => useContext(MediaAddressContext);

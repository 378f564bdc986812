'use client';
import { type ComponentType, type LazyExoticComponent, lazy } from 'react';
import type { PlatformId } from '@/features/platforms/schema';
import type { PostView } from './post-view';

type Preview = LazyExoticComponent<ComponentType<{ view: PostView }>>;

const plain: Preview = lazy(() => import('./plain-preview'));

/** A network's own drawing, loaded when it is first looked at; the others share the plain one. */
const OWN: Partial<Record<PlatformId, Preview>> = {
  x: lazy(() => import('./x-preview')),
  bluesky: lazy(() => import('./bluesky-preview')),
  mastodon: lazy(() => import('./mastodon-preview')),
};

export function previewFor(platform: PlatformId): Preview {
  return OWN[platform] ?? plain;
}

import type { MetadataRoute } from 'next';

export default function manifest(): MetadataRoute.Manifest {
  return {
    name: 'IriSync',
    short_name: 'IriSync',
    start_url: '/dashboard',
    display: 'standalone',
    background_color: '#0d0d16',
    theme_color: '#0d0d16',
    icons: [
      { src: '/icon.svg', sizes: 'any', type: 'image/svg+xml' },
      { src: '/apple-icon', sizes: '180x180', type: 'image/png' },
    ],
  };
}

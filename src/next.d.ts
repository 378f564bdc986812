/// <reference types="next" />
/// <reference types="next/image-types/global" />
// Stands in for the generated next-env.d.ts, which, because of the public pages in src/pages, would make
// every `usePathname()` of the app nullable; those hooks are used in src/app alone.

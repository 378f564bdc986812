'use client';
import { useQuery } from '@tanstack/react-query';
import { api } from '@/client/api';
import type { AiSettings } from '../model';
import { aiKey } from './ai-key';

/** What the organisation decided about AI; only those who manage it may ask. */
export function useAiSettings(organizationId: string, allowed: boolean) {
  return useQuery({
    queryKey: aiKey(organizationId, 'settings'),
    queryFn: ({ signal }) => api<AiSettings>('GET', `/api/ai/settings/${organizationId}`, { signal }),
    enabled: allowed,
  });
}

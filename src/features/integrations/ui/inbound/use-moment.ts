'use client';
import { useEffect, useRef, useState } from 'react';
import { useSession } from '@/client/session';
import { useLiveQuery } from '@/client/use-live-query';
import { inboundEventModel } from '../../inbound/schema';
import type { Address } from './address';

/** A busy address does not ask the API more often than this. */
const EVERY_MS = 1_500;

/** Changes whenever the address or its newest delivery does, so that what the API tells is asked for anew. */
export function useMoment({ id, updatedAt }: Address): string {
  const { organization } = useSession();
  const newest = useLiveQuery({
    model: inboundEventModel,
    where: [
      ['organizationId', '==', organization.id],
      ['registrationId', '==', id],
    ],
    orderBy: [['receivedAt', 'desc']],
    limit: 1,
  }).items[0];
  return useCalm([updatedAt.getTime(), newest?.id, newest?.status].join(' '));
}

/** The value, taken over at most every so often. */
function useCalm(value: string): string {
  const [held, setHeld] = useState(value);
  const latest = useRef(value);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => {
    latest.current = value;
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      setHeld(latest.current);
    }, EVERY_MS);
  }, [value]);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    },
    [],
  );
  return held;
}

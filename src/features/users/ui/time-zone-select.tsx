'use client';
import { useMemo } from 'react';
import { Select, type SelectProps } from '@/ui/select';

/** Every zone the browser knows, and the chosen one even if it does not. */
export function TimeZoneSelect({ value, ...props }: Omit<SelectProps, 'options'> & { value: string }) {
  const options = useMemo(() => {
    const zones = new Set(['UTC', value, ...Intl.supportedValuesOf('timeZone')]);
    return [...zones].map((zone) => ({ value: zone, label: zone.replaceAll('_', ' ') }));
  }, [value]);
  return <Select {...props} value={value} options={options} />;
}

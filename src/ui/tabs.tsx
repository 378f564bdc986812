'use client';

import { Tabs as BaseTabs } from '@base-ui/react/tabs';
import type { ReactNode } from 'react';
import { cn } from './cn';

export type TabsProps<T extends string = string> = {
  value: T;
  onValueChange: (value: T) => void;
  tabs: readonly { value: T; label: ReactNode; count?: number | undefined; disabled?: boolean | undefined }[];
  'aria-label'?: string | undefined;
  /** The content of the chosen tab. */
  children?: ReactNode;
  className?: string | undefined;
};

/** Parts of one page. Arrow keys move between tabs; keep the choice in the URL where it can be shared. */
export function Tabs<T extends string>(props: TabsProps<T>) {
  return (
    <BaseTabs.Root
      value={props.value}
      onValueChange={(value) => props.onValueChange(value as T)}
      className={props.className}
    >
      <BaseTabs.List
        aria-label={props['aria-label']}
        className="relative flex gap-1 overflow-x-auto border-b border-line"
      >
        {props.tabs.map((tab) => (
          <BaseTabs.Tab
            key={tab.value}
            value={tab.value}
            disabled={tab.disabled ?? false}
            className="-mb-px flex h-9 items-center gap-1.5 border-b-2 border-transparent px-2.5 text-base whitespace-nowrap text-muted outline-offset-[-3px] transition-colors hover:text-ink data-active:border-iris data-active:font-medium data-active:text-ink data-disabled:opacity-50 pointer-coarse:h-11"
          >
            {tab.label}
            {tab.count !== undefined && (
              <span className="rounded-md bg-sunken px-1.5 text-xs text-muted tabular-nums">{tab.count}</span>
            )}
          </BaseTabs.Tab>
        ))}
      </BaseTabs.List>
      {props.children !== undefined && (
        <BaseTabs.Panel value={props.value} className={cn('pt-4 outline-offset-4')}>
          {props.children}
        </BaseTabs.Panel>
      )}
    </BaseTabs.Root>
  );
}

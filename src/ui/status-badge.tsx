import { Circle, CircleAlert, CircleCheck, CircleDot, CircleX, Info, Radio } from 'lucide-react';
import type { ReactNode } from 'react';
import { Badge, type Tone } from './badge';
import type { IconProp } from './icon';

const ICONS = {
  neutral: Circle,
  iris: CircleDot,
  ok: CircleCheck,
  warn: CircleAlert,
  danger: CircleX,
  info: Info,
  coral: Radio,
} satisfies Record<Tone, unknown>;

export type StatusBadgeProps = {
  tone: Tone;
  /** Replaces the tone's own icon. */
  icon?: IconProp;
  className?: string | undefined;
  children: ReactNode;
};

/** A state told three ways: colour, icon and word. */
export function StatusBadge({ tone, icon, className, children }: StatusBadgeProps) {
  const Default = ICONS[tone];
  return (
    <Badge tone={tone} icon={icon ?? <Default size={12} aria-hidden="true" />} className={className}>
      {children}
    </Badge>
  );
}

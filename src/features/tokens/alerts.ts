import { type Figures, netTokens, usedShare } from './balance';

export type Alert = 'warning' | 'depleted';

const WARN_AT = 0.8;

/** Which announcements a change calls for: at 80 % and at 100 %, each once per period (named by its end). */
export function alertsDue(
  figures: Figures,
  sent: { nextRefreshDate: Date; warnedFor: Date | null; depletedFor: Date | null },
): Alert[] {
  const share = usedShare(figures);
  const same = (date: Date | null) => date?.getTime() === sent.nextRefreshDate.getTime();
  const due: Alert[] = [];
  if (share >= WARN_AT && !same(sent.warnedFor)) due.push('warning');
  if ((share >= 1 || (share > 0 && netTokens(figures) <= 0)) && !same(sent.depletedFor)) due.push('depleted');
  return due;
}

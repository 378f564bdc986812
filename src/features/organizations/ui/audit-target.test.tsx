import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import { AuditTarget } from './audit-target';

const draw = (targetType: string) =>
  renderToStaticMarkup(<AuditTarget targetType={targetType} targetId="r1" targetLabel="label" />);

it('leads from a record that the log knows by its id alone to the record, and from nothing else', () => {
  expect(draw('crm_record')).toMatch(/<a [^>]*href="\/crm\/r1"[^>]*>label<\/a>/);
  expect(draw('member')).toBe('label');
});

'use client';
import { useTranslations } from 'next-intl';
import { z } from 'zod';
import { SETTINGS_SCHEMAS } from '@/features/platforms/rules/settings';
import type { PlatformId } from '@/features/platforms/schema';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { Select } from '@/ui/select';
import { Switch } from '@/ui/switch';
import { TargetSetting } from './target-setting';

interface Property {
  type?: string;
  enum?: string[];
  default?: unknown;
  /** See the settings schemas: what there is to choose from is known to the network alone. */
  chooses?: 'target' | 'label';
  of?: string;
}

/** The network's own settings schema, as fields; a network with a new setting needs no new form. */
function propertiesOf(platform: PlatformId): [string, Property][] {
  const made = z.toJSONSchema(SETTINGS_SCHEMAS[platform], { io: 'input', unrepresentable: 'any' }) as {
    properties?: Record<string, Property>;
  };
  return Object.entries(made.properties ?? {}).filter(
    ([, property]) => property.enum || property.type === 'boolean' || property.type === 'string',
  );
}

/** "replySettings" → "Reply settings", where nobody has named it. */
function spoken(key: string): string {
  const words = key.replaceAll(/([A-Z])/g, ' $1').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export interface ChannelSettingsProps {
  connectionId: string;
  platform: PlatformId;
  settings: Readonly<Record<string, unknown>>;
  onSetting: (key: string, value: unknown) => void;
}

/** What this network lets one decide per post: who may reply, visibility, a content warning. */
export default function ChannelSettings({
  connectionId,
  platform,
  settings,
  onSetting,
}: ChannelSettingsProps) {
  const t = useTranslations('content.settings');
  const named = (key: string) => (t.has(`names.${key}`) ? t(`names.${key}`) : spoken(key));
  const option = (value: string) => (t.has(`values.${value}`) ? t(`values.${value}`) : spoken(value));
  const properties = propertiesOf(platform);
  if (properties.length === 0) return <p className="text-sm text-muted">{t('none')}</p>;
  return (
    <div className="grid gap-3">
      {properties.map(([key, property]) => {
        const value = settings[key] ?? property.default;
        if (property.enum) {
          return (
            <Field key={key} label={named(key)}>
              <Select
                value={typeof value === 'string' ? value : ''}
                onValueChange={(next) => onSetting(key, next === property.default ? undefined : next)}
                options={property.enum.map((one) => ({ value: one, label: option(one) }))}
                {...(property.default === undefined ? { placeholder: t('default') } : {})}
              />
            </Field>
          );
        }
        if (property.chooses) {
          const of = property.of === undefined ? undefined : settings[property.of];
          return (
            <TargetSetting
              key={key}
              label={named(key)}
              connectionId={connectionId}
              value={typeof value === 'string' ? value : ''}
              onValue={(next) => onSetting(key, next)}
              {...(property.chooses === 'label' ? { labelsOf: typeof of === 'string' ? of : '' } : {})}
            />
          );
        }
        if (property.type === 'boolean') {
          return (
            <Switch
              key={key}
              label={named(key)}
              checked={value === true}
              onCheckedChange={(next) => onSetting(key, next || undefined)}
            />
          );
        }
        return (
          <Field key={key} label={named(key)}>
            <Input
              value={typeof value === 'string' ? value : ''}
              onChange={(event) => onSetting(key, event.target.value)}
              maxLength={500}
            />
          </Field>
        );
      })}
    </div>
  );
}

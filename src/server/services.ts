import 'server-only';
import './core';

/**
 * The composition root. Each room describes in `services/<room>.ts` how its singletons are built, with what they need handed to
 * their constructors; importing this file registers all of them. Nothing is built before its first `getInstance()`.
 *
 * Import it from routes (through `server/route.ts`), cron entries, the worker and scripts; never from a feature.
 * One line per room, in alphabetical order:
 */
import './services/accounts';
import './services/ai';
import './services/analytics';
import './services/billing';
import './services/content';
import './services/crm';
import './services/crm-dedup';
import './services/dashboard';
import './services/feeds';
import './services/health';
import './services/inbox';
import './services/integrations';
import './services/integrations-facade';
import './services/integrations-data';
import './services/integrations-changes';
import './services/integrations-limits';
import './services/integrations-shards';
import './services/integrations-writes';
import './services/mail';
import './services/mcp';
import './services/notification-channels';
import './services/notifications';
import './services/organizations';
import './services/platforms';
import './services/publishing';
import './services/tokens';

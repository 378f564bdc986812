import { loadFirestore } from '@/client/firebase';
import type { UserSettings } from '../schema';

/** Settings are the one thing the browser writes itself; the security rules check them and the time stamp. */
export async function writeSettings(userId: string, settings: UserSettings): Promise<void> {
  const { db, sdk } = await loadFirestore();
  await sdk.updateDoc(sdk.doc(db, 'users', userId), { settings, updatedAt: sdk.serverTimestamp() });
}

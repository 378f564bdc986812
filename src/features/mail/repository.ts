import 'server-only';
import type { Db, Doc, Ref, Tx } from '@/core/db/db';
import type { NewDoc } from '@/core/db/model';
import { mailModel } from './schema';

export type Mail = Doc<typeof mailModel>;

export class MailRepository {
  constructor(readonly db: Db) {}

  ref(id: string): Ref<typeof mailModel> {
    return this.db.doc(mailModel, id);
  }

  mail(id: string): Promise<Mail | null> {
    return this.db.get(this.ref(id));
  }

  run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.db.run(work);
  }

  createIn(tx: Tx, id: string, mail: NewDoc<typeof mailModel>): void {
    tx.create(this.ref(id), mail);
  }

  /** Those that should have been sent between the two instants, oldest first. */
  overdue(from: Date, to: Date, limit: number): Promise<Mail[]> {
    return this.db.find(
      this.db
        .collection(mailModel)
        .where('status', '==', 'waiting')
        .where('sendAt', '>', from)
        .where('sendAt', '<=', to)
        .orderBy('sendAt')
        .limit(limit),
    );
  }
}

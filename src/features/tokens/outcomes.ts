export interface Reservation {
  requestId: string;
  amount: number;
  /** What could still be reserved after it. */
  available: number;
  /** True when this request id had reserved before. */
  replayed: boolean;
}

export interface Settlement {
  /** Tokens charged. */
  charged: number;
  /** The part of the charge that the balance could not cover. */
  debt: number;
  available: number;
  replayed: boolean;
}

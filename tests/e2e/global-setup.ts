/** The browser tests need the emulators and the demo organisation that `npm test` prepares. */
export default function requireEmulators(): void {
  if (!process.env.FIRESTORE_EMULATOR_HOST)
    throw new Error('Run the browser tests with: npm test -- --only e2e');
}

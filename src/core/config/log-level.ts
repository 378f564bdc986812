/** Read apart from the schema so that a broken environment can still be logged. */
export const logLevel = process.env.LOG_LEVEL || 'info';

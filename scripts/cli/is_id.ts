const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether a text is a UUID, as configurations, transactions, users and projects have. */
export function isId(text: string): boolean {
  return UUID.test(text);
}
